import Calibration
import Simulator
import Testing
import TimeTags

/// Goal: rates and scans say what was counted, and refuse what cannot be worked with.
@Suite struct CountingTests {
    private let millisecond: Int64 = 1_000_000_000

    private func counted(_ tags: [TimeTag], until end: Int64) throws -> DarkCounts.Result {
        var counts = try DarkCounts(channel: 3, start: 0)
        tags.withUnsafeBufferPointer { counts.take($0) }
        counts.close(at: end)
        return try counts.result()
    }

    @Test func evenlySpacedCountsHaveNoSpread() throws {
        // One count in each of 1,000 bins of 10 ms.
        let tags = (0..<1_000).map {
            TimeTag(time: Int64($0) * 10 * millisecond + 7, channel: 3)
        }
        let result = try counted(tags, until: 10_000 * millisecond)
        #expect(result.rate.value == 100)
        #expect(result.fano.value == 0)
        #expect(result.rate.counts == 1_000)
    }

    @Test func countsInPairsHaveAFanoFactorOfTwo() throws {
        let bench = try BenchProcedure.dark.run(seed: 5)
        #expect(abs(bench[1].estimate.value - 1) < 0.1)
        var tags: [TimeTag] = []
        for tag in CalibrationBench.exampleDarkCounts(seed: 3) {
            tags.append(tag)
            tags.append(TimeTag(time: tag.time + 1_000, channel: 3))
        }
        let result = try counted(tags, until: 60_000 * millisecond)
        #expect(abs(result.fano.value - 2) < 5 * result.fano.sigma)
    }

    @Test func binsWithMissingTagsAreLeftOut() throws {
        var tags = (0..<1_000).map {
            TimeTag(time: Int64($0) * 10 * millisecond + 7, channel: 3)
        }
        // Nothing from 2 s to 3 s, and the tagger says so.
        tags.removeAll { $0.time > 2_000 * millisecond && $0.time < 3_000 * millisecond }
        tags.append(TimeTag(time: 2_000 * millisecond + 8, channel: 0, kind: .lossBegin))
        tags.append(TimeTag(time: 3_000 * millisecond, channel: 0, kind: .lossEnd))
        tags.sort { $0.time < $1.time }
        let result = try counted(tags, until: 10_000 * millisecond)
        #expect(result.spoiledBins == 101)
        #expect(abs(result.rate.value - 100) < 1e-9)
    }

    @Test func aRateCounterLeavesOutTheTimeOfALoss() {
        var counter = RateCounter(channels: SIMD4(3, 0, 0, 0), start: 0)
        let tags = [
            TimeTag(time: 10, channel: 3),
            TimeTag(time: 1_000 * millisecond, channel: 0, kind: .lossBegin),
            TimeTag(time: 1_500 * millisecond, channel: 0, kind: .lossEnd),
            TimeTag(time: 1_600 * millisecond, channel: 3),
        ]
        tags.withUnsafeBufferPointer { counter.take($0) }
        let step = counter.counts(until: 2_000 * millisecond)
        #expect(step.counts.x == 2)
        #expect(step.seconds == 1.5)
    }

    @Test func tooFewCountsAreRefusedByNumber() throws {
        #expect(throws: CalibrationError.tooFewPoints(found: 0, needed: 100)) {
            _ = try counted([], until: 0)
        }
    }

    @Test func theCorrectionUndoesDeadTimeAndAfterpulses() throws {
        // 2 Mcps true, 22 ns, 1 %: 1.935 Mcps counted.
        let correction = try RateCorrection(deadTime: 22_000, afterpulsing: 0.01)
        let counted = 2e6 / (1 - 0.01 + 2e6 * 22e-9)
        #expect(abs(counted - 1.935e6) < 1_000)
        let rate = try correction.rate(of: counted, in: 1)
        #expect(abs(rate.value - 2e6) < 1)
        #expect(throws: CalibrationError.self) { _ = try correction.rate(of: 5e7, in: 1) }
    }

    @Test func whatIsNoNumberIsRefused() throws {
        #expect(throws: CalibrationError.self) {
            _ = try RateCorrection.none.rate(of: .nan, in: 1)
        }
        #expect(throws: CalibrationError.self) {
            _ = try RateCorrection.none.rate(of: 1, in: .nan)
        }
        var counts = [SIMD4<Double>](repeating: SIMD4(repeating: .nan), count: 8)
        counts.withUnsafeMutableBufferPointer { buffer in
            do throws(CalibrationError) {
                _ = try GateScan(buffer, step: 1, background: SIMD4(repeating: 0))
                Issue.record("took what is no number")
            } catch {
                #expect(error != .tooFewCounts(found: 0, needed: 100))
            }
        }
        let far = [
            TimeTag(time: .min, channel: 3), TimeTag(time: .max, channel: 3),
            TimeTag(time: .min, channel: 3),
        ]
        _ = try? counted(far, until: .max)
        let memory = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 1_000)
        defer { memory.deallocate() }
        var deadTime = try DeadTime(channel: 3, histogram: memory)
        far.withUnsafeBufferPointer { deadTime.take($0) }
        var afterpulsing = try Afterpulsing(channel: 3, deadTime: 22_000)
        far.withUnsafeBufferPointer { afterpulsing.take($0) }
        var crosstalk = try Crosstalk(lit: 3, dark: 3)
        far.withUnsafeBufferPointer { crosstalk.take($0) }
        #expect(throws: CalibrationError.self) { _ = try afterpulsing.result() }
    }

    @Test func limitsTellAVerdict() {
        let limit = CalibrationLimit(22_000, within: 1_000)
        let met = Estimate(value: 22_100, sigma: 50, counts: 1)
        #expect(limit.verdict(of: met) == .met)
        #expect(limit.verdict(of: Estimate(value: 22_950, sigma: 50, counts: 1)) == .unclear)
        #expect(limit.verdict(of: Estimate(value: 23_001, sigma: 50, counts: 1)) == .missed)
        #expect(limit.verdict(of: Estimate(value: .nan, sigma: 50, counts: 1)) == .missed)
    }

    @Test func widthsSubtractInQuadrature() throws {
        let whole = Estimate(value: 500, sigma: 5, counts: 1)
        let laser = Estimate(value: 300, sigma: 0, counts: 1)
        let none = Estimate(value: 0, sigma: 0, counts: 1)
        let rest = try #require(whole.without(laser, none))
        #expect(abs(rest.value - 400) < 1e-9)
        #expect(abs(rest.sigma - 6.25) < 1e-9)
        #expect(whole.without(whole, laser) == nil)
    }

    @Test func aPlateauNeedsFlanks() {
        let steps = (0..<10).map {
            ThresholdStep(
                threshold: Double(100 + 50 * $0),
                rate: Estimate(value: 1e5, sigma: 300, counts: 100_000), doubleEdges: 0)
        }
        #expect(throws: CalibrationError.notFound(.plateau)) {
            try steps.withUnsafeBufferPointer { _ = try ThresholdPlateau($0) }
        }
    }

    @Test func aDetectorThatGoesQuietInBrightLightIsToldOf() throws {
        // 10^6 counts per second and 22 ns; blinded at ten times the light.
        let rate = { (light: Double) in 1e6 * light / (1 + 1e6 * light * 22e-9) }
        var steps = [0.05, 0.1, 0.15, 1, 2, 5].map {
            LightStep(light: $0, counts: rate($0), seconds: 1)
        }
        let correction = try RateCorrection(deadTime: 22_000, afterpulsing: 0)
        let dark = Estimate(value: 0, sigma: 1, counts: 0)
        let sound = try steps.withUnsafeBufferPointer {
            try Linearity($0, dark: dark, correction: correction)
        }
        #expect(sound.blindingLight == nil)
        #expect(abs(sound.departure.value) < 1e-9)
        #expect(abs(sound.deadTime.value - 22_000) < 1)
        steps.append(LightStep(light: 100, counts: 10, seconds: 1))
        let blinded = try steps.withUnsafeBufferPointer {
            try Linearity($0, dark: dark, correction: correction)
        }
        #expect(blinded.blindingLight == 100)
    }

    @Test func aGateThatFavoursOneDetectorIsSeen() throws {
        // Four gates of 20 steps; the last opens two steps late. Exact numbers, no noise.
        var counts = (0..<60).map { place in
            var row = SIMD4<Double>(repeating: 0)
            for lane in 0..<4 {
                let open = lane == 3 ? 22 : 20
                row[lane] = place >= open && place < open + 20 ? 10_000 : 0
            }
            return row
        }
        try counts.withUnsafeMutableBufferPointer { buffer in
            let scan = try GateScan(buffer, step: 100, background: SIMD4(repeating: 0))
            #expect(scan.centre(0).value == 2_950)
            #expect(scan.centre(3).value == 3_150)
            #expect(try scan.width(0).value == 2_000)
            let early = try scan.gate(first: 20, length: 10)
            #expect(abs(early.mismatch.value - 1.25) < 1e-12)
            let common = try scan.gate(first: 22, length: 18)
            #expect(abs(common.mismatch.value - 1) < 1e-12)
            #expect(common.largestRatio == 1)
            #expect(try scan.best(length: 18).first == 22)
            #expect(throws: CalibrationError.self) { _ = try scan.gate(first: 50, length: 20) }
        }
    }
}

extension CalibrationBench {
    /// A minute of dark counts of one detector without after-pulses.
    static func exampleDarkCounts(seed: UInt64) -> [TimeTag] {
        var detectors = usualDetectors()
        detectors[0].afterpulseProbability = 0
        var bench = CalibrationBench(detectors, seed: seed)
        return bench.run(BenchLight(.dark), for: 60_000_000_000_000).filter { $0.channel == 3 }
    }
}
