public import PayloadHAL

/// Why a ``RotctldMount`` refused or failed.
public enum RotctldError<Connection: InstrumentError>: InstrumentError {
    /// No line came, or too long a one.
    case line(LineError<Connection>)
    /// `RPRT` with a negative code: -1 invalid parameter, -4 not implemented, -5 time-out on the
    /// rotator's bus, -6 its input or output failed, -11 not available (Hamlib `rig.h`).
    case report(code: Int, command: String)
    /// An answer that the protocol does not have.
    case unexpected(answer: String, command: String)
    /// The direction asked for lies outside the limits that the rotator reports, rad.
    case outside(azimuth: Double, elevation: Double, limits: MountReach)

    /// The coarse meaning of this error.
    public var fault: InstrumentFault {
        switch self {
        case .line(let error): error.fault
        case .report(let code, _): code == -5 ? .timedOut : code == -6 ? .unreachable : .refused
        case .unexpected: .garbled
        case .outside: .outOfRange
        }
    }
}
