public import PayloadHAL

/// Why a ``LineGate`` was not made, or did not obey.
public enum LineGateError<Line: InstrumentError>: InstrumentError {
    /// The line under it failed.
    case line(Line)
    /// The line's safe level would open the gate; the board file says the two differently.
    case opensWhenSafe

    /// The coarse meaning of this error.
    public var fault: InstrumentFault {
        switch self {
        case .line(let error): error.fault
        case .opensWhenSafe: .outOfRange
        }
    }
}

/// A detector's gate on one output line.
///
/// The line goes to its safe level, which blanks the detector, when the value goes away.
public struct LineGate<Line: OutputLine & ~Copyable>: DetectorGate, ~Copyable {
    /// This driver's own error.
    public typealias Failure = LineGateError<Line.Failure>

    /// What the last order left behind.
    public private(set) var state = GateState.unknown
    private var line: Line
    private let isOpenWhenActive: Bool

    /// Takes over `line` for good and blanks the detector.
    ///
    /// - Parameter isInverted: Whether the line blanks when active, as an inhibit input does.
    public init(_ line: consuming Line, isInverted: Bool = false) throws(Failure) {
        self.line = line
        isOpenWhenActive = !isInverted
        guard self.line.isActiveWhenSafe == isInverted else { throw .opensWhenSafe }
        try blank()
    }

    /// Lets the detector click.
    public mutating func open() throws(Failure) {
        try drive(isOpenWhenActive)
        state = .open
    }

    /// Blinds the detector.
    public mutating func blank() throws(Failure) {
        try drive(!isOpenWhenActive)
        state = .blanked
    }

    private mutating func drive(_ isActive: Bool) throws(Failure) {
        state = .unknown
        do throws(Line.Failure) { try line.set(isActive) } catch { throw .line(error) }
    }
}
