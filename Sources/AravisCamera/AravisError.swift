public import PayloadHAL

/// Why an `AravisCamera` refused or failed.
public enum AravisError: InstrumentError, Equatable {
    /// Aravis said no; the code is that of `ArvDeviceError`, -1 of something else.
    case library(code: Int, text: String, doing: String)
    /// The camera cannot do what is needed.
    case unsuitable(String)
    /// No whole frame by the deadline.
    case silent
    /// Frames were asked of a camera that was not started.
    case stopped

    /// The coarse meaning of this error.
    public var fault: InstrumentFault {
        switch self {
        // ARV_DEVICE_ERROR_TIMEOUT; NOT_CONNECTED, PROTOCOL, TRANSFER and NOT_FOUND.
        case .library(5, _, _): .timedOut
        case .library(2, _, _), .library(4, _, _), .library(6, _, _): .unreachable
        case .library, .unsuitable: .refused
        case .silent, .stopped: .timedOut
        }
    }
}
