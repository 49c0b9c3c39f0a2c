public import RealTime
import Synchronization

/// Which pass to run.
public enum PassOrder: String, Equatable, Sendable {
    /// One that begins at once.
    case now
    /// The next one that the predictions name.
    case next
}

/// Why no pass was begun.
public enum PassRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// This program cannot run passes on such a board.
    case notInThisBuild(board: String)
    /// Nothing says when the next pass is.
    case noPrediction(board: String)
    /// Something that the pass needs is not fit.
    case notReady(String)

    /// One line that says what to do.
    public var description: String {
        switch self {
        case .notInThisBuild(let board):
            "no live pass in this build: board \(board) is no simulated one; "
                + "use a board with [world], as boards/sim.toml"
        case .noPrediction(let board):
            "board \(board) does not say when the next pass is; use: pass start now"
        case .notReady(let problem): problem
        }
    }
}

/// Runs passes for the daemon, one at a time.
///
/// - Note: For implementers: ``run(_:_:)`` has a thread of its own and may take as long as a pass. It
///   ends soon after the context's stop is asked, in order, with every instrument it has used in its
///   safe state. Threads that it starts with the context's supervisor stop the whole daemon when they
///   fail; what can be survived it must catch itself.
public protocol PassRunner: Sendable {
    /// Takes what memory it needs, once, before the arena is closed.
    func prepare(_ arena: inout Arena, _ context: PassContext) throws
    /// Says at once if no such pass can be run now.
    func check(_ order: PassOrder) throws(PassRefusal)
    /// Runs one pass to its end; returns one line about what came of it.
    func run(_ order: PassOrder, _ context: PassContext) throws -> String
}

/// What the daemon gives a pass: where to report, and when to stop.
public final class PassContext: Sendable {
    /// Who is told about threads that end.
    public let supervisor: ThreadSupervisor
    /// What the machine refused.
    public let refused: RefusedByMachine
    /// What must keep moving, and how late it is.
    public let monitor: RuntimeMonitor
    /// What the pass counts, for whoever looks.
    public let live: LiveCounts
    /// What was noted last.
    public let events: EventRing
    private let state = Mutex(State())

    private struct State {
        var isStopAsked = false
        var progress = ""
        var stop: (@Sendable () -> Void)?
    }

    /// A context of a daemon, or of a test.
    public init(
        supervisor: ThreadSupervisor = ThreadSupervisor(),
        refused: RefusedByMachine = RefusedByMachine(), monitor: RuntimeMonitor = RuntimeMonitor(),
        live: LiveCounts = LiveCounts(), events: EventRing = EventRing()
    ) {
        self.live = live
        self.events = events
        self.supervisor = supervisor
        self.refused = refused
        self.monitor = monitor
    }

    /// Whether the pass should end.
    public var isStopAsked: Bool { state.withLock { $0.isStopAsked } }

    /// What the pass last said of itself.
    public var progress: String { state.withLock { $0.progress } }

    /// Says how the pass goes, in one line.
    public func report(_ text: String) { state.withLock { $0.progress = text } }

    /// Calls `body` when the pass should end; at once if that is so already.
    public func onStop(_ body: @escaping @Sendable () -> Void) {
        let isAsked = state.withLock {
            $0.stop = body
            return $0.isStopAsked
        }
        if isAsked { body() }
    }

    /// Asks the pass to end.
    func askToStop() {
        let stop = state.withLock {
            $0.isStopAsked = true
            return $0.stop
        }
        stop?()
    }

    /// Begins anew for another pass.
    func reset() { state.withLock { $0 = State() } }
}

/// Runs no pass, and says so.
public struct NoPassRunner: PassRunner {
    private let board: String

    /// For a board of this name.
    public init(board: String) { self.board = board }

    /// Takes nothing.
    public func prepare(_ arena: inout Arena, _ context: PassContext) {}

    /// Refuses.
    public func check(_ order: PassOrder) throws(PassRefusal) {
        throw .notInThisBuild(board: board)
    }

    /// Refuses.
    public func run(_ order: PassOrder, _ context: PassContext) throws -> String {
        throw PassRefusal.notInThisBuild(board: board)
    }
}
