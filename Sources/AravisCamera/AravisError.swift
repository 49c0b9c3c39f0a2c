import CAravis
public import PayloadHAL

/// Why an `AravisCamera` refused or failed.
public enum AravisError: InstrumentError, Equatable {
    /// The library is not on this machine, or another version is; says so in one line.
    case missing(String)
    /// Aravis said no; the code is that of `ArvDeviceError`, -1 of something else.
    case library(code: Int32, text: String, doing: String)
    /// The camera cannot do what is needed.
    case unsuitable(String)
    /// No whole frame by the deadline.
    case silent
    /// Frames were asked of a camera that was not started.
    case stopped

    /// The coarse meaning of this error.
    public var fault: InstrumentFault {
        switch self {
        case .missing: .unreachable
        case .library(LODESTAR_ARV_DEVICE_ERROR_TIMEOUT, _, _): .timedOut
        case .library(LODESTAR_ARV_DEVICE_ERROR_NOT_CONNECTED, _, _),
            .library(LODESTAR_ARV_DEVICE_ERROR_TRANSFER_ERROR, _, _),
            .library(LODESTAR_ARV_DEVICE_ERROR_NOT_FOUND, _, _):
            .unreachable
        case .library, .unsuitable: .refused
        case .silent, .stopped: .timedOut
        }
    }
}
