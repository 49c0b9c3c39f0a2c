import GateDrivers
import Quantities
import Testing
import TimeTags

private let millisecond: Int64 = 1_000_000_000

@Suite struct RateGuardTests {
    @Test func lightOverTheLimitIsSeenWithinItsWindowAndSoonerTheBrighterItIs() throws {
        let rule = try #require(RateGuard.Rule())
        #expect(rule.counts == 1250)
        for (rate, limit) in [(5.05e6, 250e6), (1e7, 126e6), (4.5e7, 28e6)] {
            let rates = WatchedRates(rule)
            // A second of dark counts, then the light.
            _ = rates.take(clicks(2, from: 0, every: 10 * millisecond, count: 100))
            let begin = 1000 * millisecond
            var seen: Int64?
            for tag in clicks(2, from: begin, every: Int64(1e12 / rate), count: 3000) {
                if rates.take([tag]) == DetectorSet(1) { seen = seen ?? tag.time - begin }
            }
            let latency = try #require(seen)
            #expect(latency <= Int64(limit))
            #expect(rates.latched == DetectorSet(1))
            #expect(rates.trip(1).counts == 1251)
            #expect(rates.trip(1).time.count - rates.trip(1).since.count <= rule.window.count)
        }
    }

    /// Against a count of every window by its definition.
    @Test func itTripsWhereAPlainCountOfEveryWindowDoes() throws {
        let rule = try #require(
            RateGuard.Rule(limit: 1e6, window: Picoseconds(50 * 1_000_000)))
        #expect(rule.counts == 50)
        for seed in 1...60 as ClosedRange<UInt64> {
            // Near the limit, so that about half of them trip.
            let tags = randomClicks(
                5, rate: 0.62e6, from: 0, to: millisecond, seed: seed)
            let first = tags.indices.first { last in
                let window = tags[...last].filter {
                    tags[last].time - $0.time <= rule.window.count
                }
                return window.count > rule.counts
            }
            let rates = WatchedRates(rule)
            let blanked = rates.take(tags)
            #expect(blanked == (first == nil ? [] : DetectorSet(2)), "seed \(seed)")
            if let first { #expect(rates.trip(2).time.count == tags[first].time, "seed \(seed)") }
        }
    }

    @Test func halfTheLimitNeverTripsAndTheSplitOfBatchesChangesNothing() throws {
        let rule = try #require(RateGuard.Rule())
        let tags = randomClicks(1, rate: 2.5e6, from: 0, to: 100 * millisecond, seed: 7)
        let whole = WatchedRates(rule)
        #expect(whole.take(tags).isEmpty)
        let bright = randomClicks(9, rate: 6e6, from: 0, to: 2 * millisecond, seed: 8)
        let split = WatchedRates(rule)
        let joined = WatchedRates(rule)
        var blanked = DetectorSet()
        for tag in bright { blanked.formUnion(split.take([tag])) }
        #expect(joined.take(bright) == blanked)
        #expect(blanked == DetectorSet(3))
        #expect(joined.trip(3) == split.trip(3))
    }

    @Test func detectorsAreCountedApartAndOtherChannelsNotAtAll() throws {
        let rule = try #require(RateGuard.Rule())
        let rates = WatchedRates(rule)
        // Each at 0.8 of the limit, the beacon's channel far over it.
        var tags: [TimeTag] = []
        for channel in [1, 2, 5, 9] as [UInt8] {
            tags += clicks(channel, from: 0, every: 250_000, count: 8000)
        }
        tags += clicks(0, from: 0, every: 10_000, count: 10_000)
        #expect(rates.take(tags).isEmpty)
        #expect(rates.take(clicks(5, from: millisecond * 9, every: 1, count: 1251)) == .init(2))
    }

    @Test func aLatchHoldsUntilSomebodyReArmsIt() throws {
        let rule = try #require(RateGuard.Rule())
        let rates = WatchedRates(rule)
        let flash = clicks(1, from: 0, every: 100_000, count: 1300)
        #expect(rates.take(flash) == DetectorSet(0))
        // What was under way is no second order.
        #expect(rates.take(clicks(1, from: millisecond, every: 100_000, count: 5000)).isEmpty)
        #expect(rates.latched == DetectorSet(0))
        #expect(rates.stuck.isEmpty)
        rates.rearm(DetectorSet(0))
        #expect(rates.latched.isEmpty)
        let dim = clicks(1, from: 2 * millisecond, every: 400_000, count: 1300)
        #expect(rates.take(dim).isEmpty)
        #expect(
            rates.take(clicks(1, from: 9 * millisecond, every: 100_000, count: 1300))
                == DetectorSet(0))
    }

    @Test func aDetectorThatGoesOnClickingAfterItWasBlankedIsStuck() throws {
        let rule = try #require(RateGuard.Rule())
        let rates = WatchedRates(rule)
        #expect(rates.take(clicks(2, from: 0, every: 100_000, count: 1251)) == DetectorSet(1))
        let later = clicks(2, from: 21 * millisecond, every: 100_000, count: 1251)
        #expect(rates.take(later) == DetectorSet(1))
        #expect(rates.stuck == DetectorSet(1))
    }

    @Test func tagsThatTheTaggerLostCountAgainstAllDetectors() throws {
        let rule = try #require(RateGuard.Rule())
        func loss(of count: UInt32, in span: Int64, _ reason: LossReason) -> [TimeTag] {
            [
                TimeTag(time: 0, channel: 0, kind: .lossBegin, detail: reason.rawValue),
                TimeTag(
                    time: span, channel: 0, kind: .lossEnd, detail: reason.rawValue, count: count),
            ]
        }
        for (tags, trips) in [
            (loss(of: 60_000, in: 10 * millisecond, .taggerOverflow), true),
            (loss(of: 40_000, in: 10 * millisecond, .taggerOverflow), false),
            (loss(of: 100, in: 10, .taggerOverflow), false),
            (loss(of: 60_000, in: 10 * millisecond, .sequenceGap), false),
            (loss(of: 0, in: 10 * millisecond, .taggerOverflow), false),
            (loss(of: .max, in: .min, .taggerOverflow), true),
        ] {
            let rates = WatchedRates(rule)
            #expect(rates.take(tags) == (trips ? .all : []))
        }
    }

    @Test func timesAtTheEndsOfTheirRangeTripNothingAndTrapNothing() throws {
        let rule = try #require(RateGuard.Rule(limit: 2, window: .seconds(1)))
        for times in [
            [.min, .max, .min, 0], [.max, .min, 0, .min], [10, 0, -10, -20, -30],
            [.min, .min, .min, 0],
        ] as [[Int64]] {
            let rates = WatchedRates(rule)
            #expect(rates.take(times.map { TimeTag(time: $0, channel: 1) }).isEmpty)
        }
        let rates = WatchedRates(rule)
        let together = [TimeTag](repeating: TimeTag(time: .max, channel: 1), count: 3)
        #expect(rates.take(together) == DetectorSet(0))
    }

    @Test func limitsThatMakeNoSenseAreRefused() {
        for limit in [0, -1, 1, Double.nan, .infinity, 1e15] {
            #expect(RateGuard.Rule(limit: limit) == nil)
        }
        #expect(RateGuard.Rule(window: .zero) == nil)
        #expect(RateGuard.Rule(settling: Picoseconds(-1)) == nil)
    }
}
