public import Quantities
import Synchronization

/// What a rate group says of itself: one thread writes, any thread reads, nobody waits.
public struct RateCounters: ~Copyable, Sendable {
    /// The group's name, for telemetry.
    public let name: StaticString
    /// Time between two releases, ps; 0 before the group is made.
    let period = Atomic<Int64>(0)
    let tickCount = Atomic<UInt64>(0)
    let missedCount = Atomic<UInt64>(0)
    let slipCount = Atomic<UInt64>(0)
    /// From the release to the body's start.
    public let wakeUp = LatencyHistogram()
    /// From the body's start to its end.
    public let busy = LatencyHistogram()

    /// Counters of a group that has not run.
    public init(name: StaticString) { self.name = name }

    /// Times the body was started.
    public var ticks: UInt64 { tickCount.load(ordering: .relaxed) }
    /// Releases that went by without a start of their own.
    public var missed: UInt64 { missedCount.load(ordering: .relaxed) }
    /// Times the body was still at work at the next release.
    public var slips: UInt64 { slipCount.load(ordering: .relaxed) }

    /// Adds to a count of this group; for the group's thread alone.
    static func add(_ count: UInt64, to counter: borrowing Atomic<UInt64>) {
        counter.store(counter.load(ordering: .relaxed) &+ count, ordering: .relaxed)
    }

    /// A copy of what the counters say now.
    public var snapshot: RateSnapshot {
        RateSnapshot(
            name: "\(name)", period: Picoseconds(period.load(ordering: .relaxed)), ticks: ticks,
            missed: missed, slips: slips, wakeUp: wakeUp.summary, busy: busy.summary)
    }
}

/// Where the counters of a rate group lie, for the group and for those who read them.
public struct RateReference: @unchecked Sendable {
    /// The counters; they outlive every reference.
    public let counters: UnsafePointer<RateCounters>

    /// A reference to `counters`, which live as long as anybody uses it.
    public init(_ counters: UnsafePointer<RateCounters>) { self.counters = counters }
}

extension Arena {
    /// Counters for a rate group of this name, in the arena for good.
    public mutating func rateCounters(_ name: StaticString) throws(ArenaError) -> RateReference {
        RateReference(try place(RateCounters(name: name)))
    }
}

/// What a rate group said of itself at one moment.
public struct RateSnapshot: Equatable, Sendable {
    /// The group's name.
    public var name: String
    /// Time between two releases.
    public var period: Picoseconds
    /// Times the body was started.
    public var ticks: UInt64
    /// Releases that went by without a start of their own.
    public var missed: UInt64
    /// Times the body was still at work at the next release.
    public var slips: UInt64
    /// From the release to the body's start; `nil` before the first.
    public var wakeUp: LatencySummary?
    /// From the body's start to its end; `nil` before the first.
    public var busy: LatencySummary?
}
