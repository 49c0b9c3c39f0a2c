public import PayloadHAL
public import Quantities

/// Why a ``GCSMirror`` refused or failed.
public enum GCSError<Connection: InstrumentError>: InstrumentError {
    /// No line came, or too long a one.
    case line(LineError<Connection>)
    /// `ERR?` answered with this code: 1 syntax, 2 unknown command, 5 servo off, 7 position out of
    /// limits, 10 stopped by command, 15 no such axis (General Command Set 2.0).
    case report(code: Int)
    /// An answer that the protocol does not have.
    case unexpected(answer: String, command: String)
    /// The tilt asked for lies outside the stroke, rad.
    case outside(MirrorTilt, stroke: MirrorStroke)
    /// An earlier order went unanswered; nothing is sent before the mirror is recovered.
    case outOfStep

    /// The coarse meaning of this error.
    public var fault: InstrumentFault {
        switch self {
        case .line(let error): error.fault
        case .report: .refused
        case .unexpected: .garbled
        case .outside: .outOfRange
        case .outOfStep: .timedOut
        }
    }
}
