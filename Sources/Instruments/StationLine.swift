public import BoardFile
public import FaultyDrivers
public import LinuxIO
public import PayloadHAL

/// An output line of the board: one of the kernel's, or none where the board names none.
public struct StationLine: OutputLine, ~Copyable {
    private var line: FaultyLine<GPIOOutput>?
    /// The level last ordered.
    public private(set) var isActive = false

    /// Takes the line and drives it to its safe level, inactive.
    ///
    /// - Parameters:
    ///   - instrument: Whose line it is, for faults on order.
    ///   - faults: Where they are ordered, if the board allows them.
    public init(
        _ line: Board.Line?, as instrument: FaultyInstrument = .gate, faults: FaultOrders? = nil
    ) throws(GPIOError) {
        guard let line else {
            self.line = nil
            return
        }
        let output = try GPIOOutput(
            GPIOLineAddress(chip: line.chip, line: "\(line.offset)"),
            isActiveLow: line.isActiveLow)
        self.line = FaultyLine(output, as: instrument, orders: faults)
    }

    /// Inactive: a gate blanked, the shutter closed.
    public var isActiveWhenSafe: Bool { false }

    /// Drives the line, if there is one.
    public mutating func set(_ isActive: Bool) throws(GPIOError) {
        if line != nil { try line!.set(isActive) }
        self.isActive = isActive
    }
}
