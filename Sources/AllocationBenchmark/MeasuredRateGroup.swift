import CAllocationCounter
import Quantities
import RealTime

/// The loop of a rate group with the allocator watched, on the kernel's clock.
///
/// The period is 20 us, so that sleeps, late starts and missed releases are all among the ticks.
struct MeasuredRateGroup {
    /// What was counted after the warm-up.
    struct Result {
        var ticks: UInt64 = 0
        var missed: UInt64 = 0
        var allocations: UInt64 = 0
    }

    private static let warmUp = 100
    private static let ticks = 100_000

    /// Runs the loop and counts.
    func run() throws -> Result {
        var arena = try Arena(byteCount: 1 << 20, refused: RefusedByMachine())
        let counters = try arena.rateCounters("measured")
        arena.close()
        var group = RateGroup(
            period: Picoseconds(20_000_000), clock: MonotonicClock(), counters: counters)
        var last = Int64.zero
        for _ in 0..<Self.warmUp { last = group.next().number }
        let before = lodestar_allocations()
        lodestar_count_allocations(1)
        for _ in 0..<Self.ticks { last = group.next().number }
        lodestar_count_allocations(0)
        precondition(last >= Int64(Self.ticks))
        let pointee = counters.counters
        return Result(
            ticks: pointee.pointee.ticks, missed: pointee.pointee.missed,
            allocations: lodestar_allocations() - before)
    }
}
