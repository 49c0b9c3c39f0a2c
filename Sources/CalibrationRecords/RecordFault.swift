/// Why records could not be written or read.
public enum RecordFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// A call of the operating system failed.
    case system(operation: String, path: String, message: String)
    /// No space is left.
    case diskFull(path: String)
    /// Others than the owner may read the private key.
    case keyPermissions(path: String, mode: String)
    /// The file of the private key is none.
    case keyLength(path: String, bytes: Int)
    /// A record that is not whole, not signed, or not where it belongs.
    case broken(file: String, problem: String)
    /// Somebody else writes records at this moment.
    case busy(path: String)
    /// A value that is no number cannot be recorded.
    case notFinite(name: String)

    /// One line that says what to do.
    public var description: String {
        switch self {
        case .system(let operation, let path, let message):
            "cannot \(operation) \(path): \(message)"
        case .diskFull(let path): "no space is left for \(path); free some and repeat"
        case .keyPermissions(let path, let mode):
            "\(path) has mode \(mode); a private key belongs to its owner alone: chmod 600 it"
        case .keyLength(let path, let bytes):
            "\(path) holds \(bytes) bytes; a station's key has 32. Restore it from its copy"
        case .broken(let file, let problem): "\(file): \(problem)"
        case .busy(let path): "\(path) is held by another calibration; wait until it is done"
        case .notFinite(let name): "\(name) is no number and is not recorded"
        }
    }
}
