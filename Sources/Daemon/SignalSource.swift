import Glibc
public import LinuxIO

/// A signal that ends the daemon in order.
public enum StopSignal: Int32, CaseIterable, Sendable {
    /// `kill`, `systemctl stop`.
    case terminate = 15
    /// Ctrl-C.
    case interrupt = 2
    /// The terminal went away.
    case hangUp = 1
    /// Ctrl-\.
    case quit = 3

    /// As `kill -l` names it.
    public var name: String {
        switch self {
        case .terminate: "SIGTERM"
        case .interrupt: "SIGINT"
        case .hangUp: "SIGHUP"
        case .quit: "SIGQUIT"
        }
    }
}

/// The signals that end the daemon, read where it suits; made before any thread is.
public struct SignalSource: ~Copyable, Sendable {
    private let queue: SignalQueue

    /// Takes the signals from here on, in this thread and those it starts. Broken pipes and limits on
    /// file sizes are errors of the calls that meet them, not signals.
    public init() throws(LinuxIOError) {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        queue = try SignalQueue(StopSignal.allCases.map(\.rawValue))
    }

    /// For waiting on it.
    public var descriptor: Int32 { queue.descriptor }

    /// The next one that came; `nil` if none did.
    public func next() -> StopSignal? { queue.next().flatMap(StopSignal.init) }
}
