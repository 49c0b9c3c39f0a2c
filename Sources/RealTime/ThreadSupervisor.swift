import Synchronization

/// How a thread ended.
public struct ThreadEnd: Equatable, Sendable {
    /// The thread's name.
    public var name: String
    /// What it threw, in words; `nil` if its body returned.
    public var failure: String?

    /// An end of a thread.
    public init(name: String, failure: String?) {
        self.name = name
        self.failure = failure
    }
}

/// Is told how each thread ended, and wakes whoever waits for that.
public final class ThreadSupervisor: Sendable {
    private let ends = Mutex<[ThreadEnd]>([])
    private let notify: @Sendable () -> Void

    /// A supervisor that knows of no end.
    ///
    /// - Parameter notify: Called on the ending thread after its end is noted.
    public init(notify: @escaping @Sendable () -> Void = {}) { self.notify = notify }

    /// Notes an end.
    public func note(_ end: ThreadEnd) {
        ends.withLock { $0.append(end) }
        notify()
    }

    /// The ends since the last call, in order.
    public func take() -> [ThreadEnd] {
        ends.withLock { list in
            defer { list = [] }
            return list
        }
    }
}
