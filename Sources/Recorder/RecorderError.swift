/// Why a pass could not be recorded or read back.
public enum RecorderError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The operating system refused; `code` is its errno.
    case system(operation: String, path: String, code: Int32, message: String)
    /// The directory holds a recording already; nothing was touched.
    case exists(path: String)
    /// The file is no recording, not even a damaged one.
    case notARecording(path: String)
    /// A parameter lies outside its range.
    case parameter(name: String, value: Int64, allowed: ClosedRange<Int64>)
    /// An earlier error ended this recording; what was written before stays valid.
    case stopped(path: String)
    /// The telemetry database refused.
    case database(path: String, message: String)
    /// The manifest cannot be read; `message` says why.
    case manifest(path: String, message: String)

    /// What happened, where, and what to do.
    public var description: String {
        switch self {
        case .system(let operation, let path, _, let message):
            "cannot \(operation) \(path): \(message)"
        case .exists(let path):
            "\(path) exists already; give another directory, recordings are never overwritten"
        case .notARecording(let path): "\(path) is not a raw recording of Lodestar"
        case .parameter(let name, let value, let allowed):
            "\(name) is \(value); allowed is \(allowed.lowerBound) to \(allowed.upperBound)"
        case .stopped(let path):
            "\(path): recording stopped at an earlier error; what was written before is valid"
        case .database(let path, let message): "telemetry \(path): \(message)"
        case .manifest(let path, let message): "manifest \(path): \(message)"
        }
    }
}
