public import PayloadHAL

/// Why an order to a ``GateBank`` failed, and at what.
public enum GateBankError<Gate: InstrumentError, Shutter: InstrumentError>: InstrumentError {
    /// The gate of this detector, 0 to 3.
    case gate(detector: Int, Gate)
    /// The shutter before all of them.
    case shutter(Shutter)

    /// The coarse meaning of this error.
    public var fault: InstrumentFault {
        switch self {
        case .gate(_, let error): error.fault
        case .shutter(let error): error.fault
        }
    }
}

/// The gates of a receiver's four detectors and the shutter before them.
///
/// When the value goes away all are blanked and the shutter closed, each by its own line.
public struct GateBank<
    Gate: DetectorGate & ~Copyable, Shutter: OutputLine & ~Copyable
>: ~Copyable {
    /// This driver's own error.
    public typealias Failure = GateBankError<Gate.Failure, Shutter.Failure>

    private var first: Gate, second: Gate, third: Gate, fourth: Gate
    private var shutter: Shutter
    /// Whether the last order to the shutter failed.
    private var isShutterUnknown = false

    /// Takes over four gates, by detector number, and the shutter, whose line is open when active.
    public init(
        _ first: consuming Gate, _ second: consuming Gate, _ third: consuming Gate,
        _ fourth: consuming Gate, shutter: consuming Shutter
    ) {
        self.first = first
        self.second = second
        self.third = third
        self.fourth = fourth
        self.shutter = shutter
    }

    /// Whether the shutter is open; `nil` if its last order failed.
    public var isShutterOpen: Bool? { isShutterUnknown ? nil : shutter.isActive }

    /// What the last order left of the gate of one detector, 0 to 3.
    public func state(of detector: Int) -> GateState {
        switch detector {
        case 0: first.state
        case 1: second.state
        case 2: third.state
        default: fourth.state
        }
    }

    /// The detectors that may click: open, or in an unknown state.
    public var mayClick: DetectorSet {
        var set = DetectorSet()
        for detector in 0..<4 where state(of: detector) != .blanked {
            set.insert(DetectorSet(detector))
        }
        return set
    }

    /// Those of `detectors` that are not known to be open.
    func closed(of detectors: DetectorSet) -> DetectorSet {
        var set = DetectorSet()
        for detector in 0..<4 where state(of: detector) != .open {
            set.insert(DetectorSet(detector))
        }
        return set.intersection(detectors)
    }

    /// Opens the gates of `detectors`; the others stay as they are.
    ///
    /// All are tried; the first error is thrown.
    public mutating func open(_ detectors: DetectorSet) throws(Failure) {
        try order(detectors, isOpen: true)
    }

    /// Blanks the gates of `detectors`; the others stay as they are.
    ///
    /// All are tried; the first error is thrown.
    public mutating func blank(_ detectors: DetectorSet) throws(Failure) {
        try order(detectors, isOpen: false)
    }

    /// Opens or closes the shutter.
    public mutating func setShutter(isOpen: Bool) throws(Failure) {
        isShutterUnknown = true
        do throws(Shutter.Failure) { try shutter.set(isOpen) } catch { throw .shutter(error) }
        isShutterUnknown = false
    }

    /// Blanks all detectors, which takes microseconds, and closes the shutter, which takes longer.
    ///
    /// All are tried; the first error is thrown.
    public mutating func close() throws(Failure) {
        var failure: Failure?
        do throws(Failure) { try blank(.all) } catch { failure = error }
        do throws(Failure) { try setShutter(isOpen: false) } catch { failure = failure ?? error }
        if let failure { throw failure }
    }

    private mutating func order(_ detectors: DetectorSet, isOpen: Bool) throws(Failure) {
        var failure: Failure?
        for detector in 0..<4 where detectors.contains(DetectorSet(detector)) {
            do throws(Gate.Failure) {
                switch detector {
                case 0: try Self.order(&first, isOpen: isOpen)
                case 1: try Self.order(&second, isOpen: isOpen)
                case 2: try Self.order(&third, isOpen: isOpen)
                default: try Self.order(&fourth, isOpen: isOpen)
                }
            } catch { failure = failure ?? .gate(detector: detector, error) }
        }
        if let failure { throw failure }
    }

    private static func order(_ gate: inout Gate, isOpen: Bool) throws(Gate.Failure) {
        if isOpen { try gate.open() } else { try gate.blank() }
    }
}
