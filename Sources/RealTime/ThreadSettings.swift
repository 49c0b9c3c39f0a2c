/// How a thread is run: its name, its place in the queue, its processors and its stack.
public struct ThreadSettings: Equatable, Sendable {
    /// When a thread may run.
    public enum Priority: Equatable, Sendable {
        /// Like any other program.
        case normal
        /// Before all threads of lower priority, 1 to 99, until it sleeps (SCHED_FIFO).
        case fifo(Int)
    }

    /// Name in logs and in what the system lists, of which the system keeps 15 bytes.
    public var name: String
    /// When it may run.
    public var priority: Priority
    /// The processors it may run on, numbered from 0; empty for any.
    public var processors: [Int]
    /// Its stack, bytes, all of it touched before the body runs; from 128 KiB.
    public var stackByteCount: Int

    /// How to run a thread; by default as any other, with a stack of 1 MiB.
    public init(
        name: String, priority: Priority = .normal, processors: [Int] = [],
        stackByteCount: Int = 1 << 20
    ) {
        precondition(stackByteCount >= 131_072)
        if case .fifo(let level) = priority { precondition((1...99).contains(level)) }
        self.name = name
        self.priority = priority
        self.processors = processors
        self.stackByteCount = stackByteCount
    }
}
