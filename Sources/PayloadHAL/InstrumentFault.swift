/// What a caller can do about a failed instrument, whatever the hardware.
public enum InstrumentFault: Equatable, Sendable {
    /// No whole answer by the deadline. What the instrument does now is unknown: ask, or stop it.
    case timedOut
    /// The connection is gone, or was never there. Open it again; nothing else will help.
    case unreachable
    /// An answer that the protocol does not have. Treat the instrument as in an unknown state.
    case garbled
    /// The instrument said no, or reports an error of its own. It stands where it stood.
    case refused
    /// The order lies outside what this instrument can do. Nothing was sent.
    case outOfRange
}

/// A driver's own error, which can always be sorted into an ``InstrumentFault``.
public protocol InstrumentError: Error, Sendable {
    /// The coarse meaning of this error.
    var fault: InstrumentFault { get }
}
