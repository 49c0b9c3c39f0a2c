public import Quantities

/// One start of a rate group's body.
public struct Tick: Equatable, Sendable, BitwiseCopyable {
    /// Number of the release that this start is for, from 0; missed ones are skipped.
    public var number: Int64
    /// When it was due.
    public var due: Picoseconds
    /// When the body could begin.
    public var woke: Picoseconds
    /// Releases that were missed between the last start and this one.
    public var missed: Int64
}

/// Work at a fixed period on one thread, by absolute times, that keeps count of its own lateness.
///
/// Releases lie at `start + n * period`. A body that is late by less than a period is run at once; one
/// that is later is run once, and the releases in between are counted as missed: it never runs twice
/// to catch up. The loop of ``next()`` and the body allocates nothing and takes no lock.
public struct RateGroup<Clock: RateClock>: ~Copyable {
    private let period: Int64
    private let clock: Clock
    private let counters: UnsafePointer<RateCounters>
    private let start: Int64
    private var number: Int64 = -1
    private var woke: Int64

    /// A group whose first release is one period from now.
    ///
    /// - Parameters:
    ///   - period: More than 0 ps, up to an hour.
    ///   - reference: Counters that no other group uses.
    public init(period: Picoseconds, clock: Clock, counters reference: RateReference) {
        precondition(period > .zero)
        precondition(period <= .seconds(3_600))
        self.period = period.count
        self.clock = clock
        counters = reference.counters
        counters.pointee.period.store(period.count, ordering: .relaxed)
        start = clock.now.count + period.count
        woke = start
    }

    /// Ends the tick under way, sleeps until the next release, and begins its tick.
    @_specialize(where Clock == MonotonicClock)
    public mutating func next() -> Tick {
        let ended = clock.now.count
        var due = start + (number + 1) * period
        if number >= 0 {
            counters.pointee.busy.record(Picoseconds(ended - woke))
            if ended > due { RateCounters.add(1, to: counters.pointee.slipCount) }
        }
        if ended < due { clock.sleep(until: Picoseconds(due)) }
        woke = max(clock.now.count, due)
        // Of the releases that have passed, the last is run and the others were missed.
        let missed = (woke - due) / period
        counters.pointee.wakeUp.record(Picoseconds(woke - due))
        due += missed * period
        number += 1 + missed
        if missed > 0 { RateCounters.add(UInt64(missed), to: counters.pointee.missedCount) }
        RateCounters.add(1, to: counters.pointee.tickCount)
        return Tick(
            number: number, due: Picoseconds(due), woke: Picoseconds(woke), missed: missed)
    }

    /// Runs `body` at every release until it returns `false`.
    public mutating func run(_ body: (Tick) -> Bool) {
        // Ends when the body says so.
        while body(next()) {}
    }
}
