public import PayloadHAL

/// Why the system did not do what it was asked.
public enum LinuxIOError: InstrumentError, Equatable {
    /// The call failed with this `errno`.
    case system(call: String, number: Int32)
    /// The call did not get through by its deadline.
    case timedOut(call: String)
    /// Whoever asked for it said that it should not be waited for any longer.
    case interrupted
    /// The other end closed the connection, or it was never open.
    case closed
    /// This is no address that the system knows.
    case address(String)
    /// The other end connected to us; only it can do so again.
    case cannotReopen
    /// There is no such device, or it is of another kind than wanted.
    case device(String, wanted: String)

    /// The coarse meaning of this error.
    public var fault: InstrumentFault {
        switch self {
        case .timedOut, .interrupted: .timedOut
        case .system, .closed, .address, .cannotReopen, .device: .unreachable
        }
    }
}
