import Quantities
import RealTime
import Synchronization
import Testing

/// A clock that stands still unless it is slept on or pushed; each sleep ends late by what is listed.
final class VirtualClock: RateClock {
    private let state: Mutex<(now: Int64, lateness: [Int64])>

    init(lateness: [Int64] = []) { state = Mutex((now: 500, lateness: lateness)) }

    var now: Picoseconds { Picoseconds(state.withLock { $0.now }) }

    func sleep(until time: Picoseconds) {
        state.withLock {
            let late = $0.lateness.isEmpty ? 0 : $0.lateness.removeFirst()
            $0.now = max($0.now, time.count) + late
        }
    }

    /// Time that the body takes.
    func work(_ time: Int64) { state.withLock { $0.now += time } }
}

@Suite struct RateGroupTests {
    static let period: Int64 = 1_000_000

    /// A group on `clock` that runs `body`, and what its counters say after.
    func run(
        _ clock: VirtualClock, _ body: (Tick) -> Bool
    ) -> (snapshot: RateSnapshot, starts: [Tick]) {
        let counters = UnsafeMutablePointer<RateCounters>.allocate(capacity: 1)
        counters.initialize(to: RateCounters(name: "test"))
        defer {
            counters.deinitialize(count: 1)
            counters.deallocate()
        }
        var group = RateGroup(
            period: Picoseconds(Self.period), clock: clock,
            counters: RateReference(counters))
        var starts: [Tick] = []
        group.run {
            starts.append($0)
            return body($0)
        }
        return (counters.pointee.snapshot, starts)
    }

    @Test func releasesLieOnePeriodApartHoweverLateEachWakesUp() {
        let clock = VirtualClock(lateness: [40, 700, 0, 300, 1])
        let (snapshot, ticks) = run(clock) { $0.number < 4 }
        #expect(ticks.map(\.due.count) == (1...5).map { 500 + $0 * Self.period })
        #expect(ticks.map { $0.woke.count - $0.due.count } == [40, 700, 0, 300, 1])
        #expect(snapshot.ticks == 5)
        #expect(snapshot.missed == 0)
        #expect(snapshot.slips == 0)
        #expect(snapshot.wakeUp?.maximum == Picoseconds(700))
    }

    @Test func aBodyThatOverrunsByLessThanAPeriodIsASlipAndNothingIsMissed() {
        let clock = VirtualClock()
        let (snapshot, ticks) = run(clock) {
            clock.work($0.number == 1 ? Self.period + 200 : 10)
            return $0.number < 3
        }
        #expect(ticks.map(\.number) == [0, 1, 2, 3])
        #expect(snapshot.slips == 1)
        #expect(snapshot.missed == 0)
        // The release after the slip begins at once, 200 ps late, and the next is on time again.
        #expect(ticks.map { $0.woke.count - $0.due.count } == [0, 0, 200, 0])
    }

    @Test func releasesThatPassDuringALongBodyAreMissedAndNotMadeUpFor() {
        let clock = VirtualClock()
        let (snapshot, ticks) = run(clock) {
            clock.work($0.number == 1 ? 3 * Self.period + 200 : 10)
            return $0.number < 5
        }
        #expect(ticks.map(\.number) == [0, 1, 4, 5])
        #expect(ticks.map(\.missed) == [0, 0, 2, 0])
        #expect(snapshot.missed == 2)
        #expect(snapshot.slips == 1)
        // Every release is a start or missed.
        #expect(snapshot.ticks + snapshot.missed == 6)
        #expect(snapshot.busy?.maximum == Picoseconds(3 * Self.period + 200))
    }

    @Test func aWakeUpLaterThanAPeriodMissesWithoutASlip() {
        let clock = VirtualClock(lateness: [0, 2 * Self.period + 7])
        let (snapshot, ticks) = run(clock) { $0.number < 4 }
        #expect(ticks.map(\.number) == [0, 3, 4])
        #expect(snapshot.missed == 2)
        #expect(snapshot.slips == 0)
        #expect(snapshot.wakeUp?.maximum == Picoseconds(2 * Self.period + 7))
    }
}
