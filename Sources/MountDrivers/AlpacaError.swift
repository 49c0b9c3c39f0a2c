public import PayloadHAL

/// Why an ``AlpacaMount`` refused or failed.
public enum AlpacaError<Connection: InstrumentError>: InstrumentError {
    /// No answer of HTTP.
    case exchange(HTTPError<Connection>)
    /// A status other than 200: 400 means a wrong request, 404 no such method, 500 a fault.
    case status(Int, text: String, method: String)
    /// The driver's own error: 0x400 not implemented, 0x401 invalid value, 0x402 value not set,
    /// 0x407 not connected, 0x408 parked, 0x40B invalid operation, 0x500 to 0xFFF its own (ASCOM).
    case report(number: Int, message: String, method: String)
    /// An answer that is no JSON, or lacks what it must have.
    case unexpected(String, method: String)
    /// The mount's axes are not azimuth and elevation, or cannot be moved at rates.
    case unsuitable(String)
    /// The direction asked for lies outside the limits, rad.
    case outside(azimuth: Double, elevation: Double, limits: MountReach)

    /// The coarse meaning of this error.
    public var fault: InstrumentFault {
        switch self {
        case .exchange(let error): error.fault
        case .report(let number, _, _): number == 0x407 ? .unreachable : .refused
        case .status, .unsuitable: .refused
        case .unexpected: .garbled
        case .outside: .outOfRange
        }
    }
}
