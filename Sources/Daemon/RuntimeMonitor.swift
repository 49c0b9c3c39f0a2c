public import Quantities
public import RealTime
import Synchronization

/// What must keep moving in this process, and what it says of its own lateness.
public final class RuntimeMonitor: Sendable {
    private struct State {
        var liveness = Liveness()
        var rates: [RateReference] = []
    }

    /// How long an ordinary thread may stand still.
    public let patience: Picoseconds

    private let state = Mutex(State())
    private let now: @Sendable () -> Picoseconds

    /// Watches nothing yet, by `now`.
    ///
    /// - Parameter watchdog: Period of the service's watchdog: a thread may stand still for three
    ///   fifths of it, and for 3 s at least.
    public init(
        watchdog: Picoseconds? = nil,
        now: @escaping @Sendable () -> Picoseconds = { MonotonicClock().now }
    ) {
        patience = max(.seconds(3), Picoseconds((watchdog?.count ?? 0) / 5 * 3))
        self.now = now
    }

    /// Watches a rate group, which must start its body at least once in `limit`.
    ///
    /// - Parameter reference: Counters of a group that runs; they outlive this.
    public func watch(_ reference: RateReference, limit: Picoseconds) {
        state.withLock {
            $0.rates.removeAll { $0.counters == reference.counters }
            $0.rates.append(reference)
        }
        watch("\(reference.counters.pointee.name)", limit: limit) {
            reference.counters.pointee.ticks
        }
    }

    /// Watches a count that must rise at least once in `limit`, which is asked at each look.
    public func watch(
        _ name: String, limit: @autoclosure @escaping @Sendable () -> Picoseconds,
        beats: @escaping @Sendable () -> UInt64
    ) {
        let now = now()
        state.withLock {
            $0.liveness.forget(name)
            $0.liveness.watch(name, limit: limit(), now: now, beats: beats)
        }
    }

    /// Watches `name` no longer: it may stand still. Its counters are still reported.
    public func forget(_ name: String) { state.withLock { $0.liveness.forget(name) } }

    /// Who has stood still for longer than allowed; empty is well.
    public var stalled: [String] {
        let now = now()
        return state.withLock { $0.liveness.stalled(now: now) }
    }

    /// What the rate groups say of themselves now.
    public var rates: [RateSnapshot] {
        state.withLock { $0.rates.map { $0.counters.pointee.snapshot } }
    }
}
