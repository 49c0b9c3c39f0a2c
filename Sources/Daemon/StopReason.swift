/// What the daemon's exit code says; the numbers above 63 are those of `sysexits.h`.
public enum ExitStatus: Int32, CaseIterable, Sendable {
    /// Stopped in order, by a signal or by the order `quit`.
    case stopped = 0
    /// The command line was wrong.
    case usage = 64
    /// An instrument of the board could not be opened.
    case instrument = 69
    /// A thread of the daemon failed or stood still.
    case software = 70
    /// State, lock or control socket could not be made.
    case cannotCreate = 73
    /// Something could not be brought into its safe state: look at the station.
    case notSafe = 74
    /// Another daemon runs here.
    case busy = 75
    /// The board file has faults, or is gone.
    case board = 78

    /// What it means, in a few words.
    public var meaning: String {
        switch self {
        case .stopped: "stopped in order"
        case .usage: "the command line was wrong"
        case .instrument: "an instrument of the board could not be opened"
        case .software: "a thread of the daemon failed"
        case .cannotCreate: "state, lock or control socket could not be made"
        case .notSafe: "something could not be brought into its safe state"
        case .busy: "another daemon runs here"
        case .board: "the board file has faults, or is gone"
        }
    }
}

/// Why the daemon stops.
public enum StopReason: Equatable, Sendable, CustomStringConvertible {
    /// A signal came.
    case signal(StopSignal)
    /// Somebody ordered it, and said why.
    case order(String)
    /// A thread failed.
    case threadFailed(name: String, failure: String)
    /// An instrument could not be opened.
    case instrument(name: String, problem: String)
    /// The board file is gone.
    case boardLost(String)
    /// State, lock or socket could not be made.
    case cannotCreate(String)
    /// Another daemon runs here.
    case busy(String)

    /// The exit code, if all else goes well.
    public var exitStatus: ExitStatus {
        switch self {
        case .signal, .order: .stopped
        case .threadFailed: .software
        case .instrument: .instrument
        case .boardLost: .board
        case .cannotCreate: .cannotCreate
        case .busy: .busy
        }
    }

    /// One line for people.
    public var description: String {
        switch self {
        case .signal(let signal): "signal \(signal.name)"
        case .order(let reason): "ordered: \(reason)"
        case .threadFailed(let name, let failure): "thread \(name) failed: \(failure)"
        case .instrument(let name, let problem): "instrument \(name): \(problem)"
        case .boardLost(let path):
            "the board file \(path) is gone; put it back, or name another with --board"
        case .cannotCreate(let problem), .busy(let problem): problem
        }
    }
}
