public import Quantities
import Synchronization

/// A count that a living thread raises and a watchdog reads.
public struct Heartbeat: ~Copyable, Sendable {
    private let count = Atomic<UInt64>(0)

    /// A heart that has not beaten.
    public init() {}

    /// Beats once; neither locks nor allocates. For one thread.
    public func beat() {
        count.store(count.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    /// Beats so far.
    public var beats: UInt64 { count.load(ordering: .relaxed) }
}

/// Whether everything that should move does: what the service's watchdog is fed by.
///
/// Not for several threads at once.
public struct Liveness {
    private struct Watched {
        var name: String
        var limit: @Sendable () -> Picoseconds
        var beats: @Sendable () -> UInt64
        var last: UInt64
        var moved: Int64
    }

    private var watched: [Watched] = []

    /// Nothing watched yet.
    public init() {}

    /// Watches a count that must rise at least once in `limit`, from `now` on.
    ///
    /// - Parameter limit: More than 0; asked at each look, as some work may take longer than other.
    public mutating func watch(
        _ name: String, limit: @autoclosure @escaping @Sendable () -> Picoseconds,
        now: Picoseconds, beats: @escaping @Sendable () -> UInt64
    ) {
        precondition(limit() > .zero)
        watched.append(
            Watched(name: name, limit: limit, beats: beats, last: beats(), moved: now.count))
    }

    /// Watches no longer what is called `name`.
    public mutating func forget(_ name: String) { watched.removeAll { $0.name == name } }

    /// Who has not moved for longer than allowed; empty is well.
    public mutating func stalled(now: Picoseconds) -> [String] {
        var names: [String] = []
        for index in watched.indices {
            let beats = watched[index].beats()
            if beats != watched[index].last {
                watched[index].last = beats
                watched[index].moved = now.count
            } else if now.count - watched[index].moved > watched[index].limit().count {
                names.append(watched[index].name)
            }
        }
        return names
    }
}
