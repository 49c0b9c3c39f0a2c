import Foundation

/// What is kept about the daemon from one run to the next.
public struct SavedState: Codable, Equatable, Sendable {
    /// How often the daemon was started here.
    public var starts = 0
    /// Whether the last run ended in order, in the safe state.
    public var isClean = true
    /// Where the last run was.
    public var phase = DaemonPhase.stopped
    /// The process of the last run.
    public var process: Int32 = 0
    /// When this was written, Unix seconds.
    public var written: Int64 = 0
    /// Why the last run ended, if it ended in order.
    public var reason: String?
    /// What the last pass came to.
    public var lastPass: String?

    /// The state of a first run.
    public init() {}

    enum CodingKeys: String, CodingKey {
        case starts, phase, process, reason
        case isClean = "clean"
        case written = "written_s"
        case lastPass = "last_pass"
    }
}

/// Where the daemon is in its life.
public enum DaemonPhase: String, Codable, Equatable, Sendable {
    /// Reads, locks, opens.
    case starting
    /// Waits for orders.
    case ready
    /// Runs a pass.
    case pass
    /// Ends what runs, makes everything safe.
    case stopping
    /// Nothing runs.
    case stopped
}

/// The daemon's own directory: one daemon at a time, and what it knew when it ended.
public struct StateDirectory: ~Copyable, Sendable {
    private static let stateName = "state.json"
    private static let lockName = "lock"

    /// Where it is.
    public let path: String
    private let lock: Int32

    /// Takes the directory, made if missing.
    ///
    /// - Throws: `StopReason.busy` or `.cannotCreate`.
    public init(_ path: String) throws(StopFault) {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o750])
        } catch {
            throw .cannotCreate("the state directory \(path) cannot be made: \(Self.why())")
        }
        let name = path + "/" + Self.lockName
        let lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard lock >= 0 else {
            throw .cannotCreate("\(name) cannot be opened: \(Self.why())")
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let holder = Self.text(lock)
            close(lock)
            throw .busy(
                "another daemon holds \(path) (\(holder)); stop it first, or use --state")
        }
        self.lock = lock
        let text = Array("process \(getpid())".utf8)
        if ftruncate(lock, 0) == 0 { _ = pwrite(lock, text, text.count, 0) }
    }

    deinit { close(lock) }

    /// What the last run left; the state of a first run if there is none that can be read.
    public func load() -> SavedState {
        guard let data = FileManager.default.contents(atPath: path + "/" + Self.stateName),
            data.count <= 65_536
        else { return SavedState() }
        return (try? JSONDecoder().decode(SavedState.self, from: data)) ?? SavedState()
    }

    /// Writes `state` in place of the last; whole or not at all. Returns why it could not.
    public func save(_ state: SavedState) -> String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        do {
            let data = try encoder.encode(state)
            try data.write(
                to: URL(fileURLWithPath: path + "/" + Self.stateName), options: .atomic)
            return nil
        } catch {
            return "\(path)/\(Self.stateName) cannot be written: \(error.localizedDescription)"
        }
    }

    private static func why() -> String { String(cString: strerror(errno)) }

    private static func text(_ lock: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = pread(lock, &bytes, bytes.count, 0)
        guard count > 0 else { return "of unknown process" }
        let line = bytes[..<count].prefix { $0 >= 0x20 && $0 < 0x7F }
        return String(decoding: line, as: UTF8.self)
    }
}

/// A reason to stop, thrown.
public struct StopFault: Error, Equatable, CustomStringConvertible {
    /// The reason.
    public var reason: StopReason
    /// One line for people.
    public var description: String { "\(reason)" }

    static func cannotCreate(_ problem: String) -> StopFault {
        StopFault(reason: .cannotCreate(problem))
    }
    static func busy(_ problem: String) -> StopFault { StopFault(reason: .busy(problem)) }
}
