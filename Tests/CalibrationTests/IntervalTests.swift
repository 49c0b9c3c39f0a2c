import Calibration
import Simulator
import Testing
import TimeTags

/// Goal: dead time, after-pulses, cross-talk and the interlock are found from times between clicks.
@Suite struct IntervalTests {
    @Test func theHistogramCountsIntervalsAndNotAcrossMissingTags() throws {
        let memory = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 1_000)
        defer { memory.deallocate() }
        var measurement = try DeadTime(channel: 3, histogram: memory)
        let tags = [
            TimeTag(time: 0, channel: 3), TimeTag(time: 30_000, channel: 3),
            TimeTag(time: 31_000, channel: 4), TimeTag(time: 60_050, channel: 3),
            TimeTag(time: 61_000, channel: 0, kind: .lossBegin),
            TimeTag(time: 62_000, channel: 0, kind: .lossEnd),
            TimeTag(time: 80_000, channel: 3),
        ]
        tags.withUnsafeBufferPointer { measurement.take($0) }
        #expect(memory[300] == 2)
        #expect(memory.reduce(0, +) == 2)
        do {
            _ = try measurement.result()
            Issue.record("a dead time from two intervals")
        } catch {
            #expect(error == .tooFewCounts(found: 2, needed: 1_000))
        }
    }

    @Test func doubleEdgesDoNotPassForTheDeadTime() throws {
        let detectors = CalibrationBench.usualDetectors()
        var bench = CalibrationBench(detectors, seed: 8)
        var light = BenchLight(.steady(rate: 1e6))
        light.only = 0
        light.threshold = 130
        let tags = bench.run(light, for: 300_000_000_000)
        let memory = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 1_000)
        defer { memory.deallocate() }
        var measurement = try DeadTime(channel: 3, histogram: memory)
        tags.withUnsafeBufferPointer { measurement.take($0) }
        // Three of four clicks ring: the edge must be found all the same, or the reading refused.
        do {
            let result = try measurement.result()
            #expect(result.violations > 10_000)
        } catch {
            #expect(error == .notFound(.deadTimeEdge))
        }
        light.threshold = 215
        var clean = try DeadTime(channel: 3, histogram: memory)
        let later = bench.run(light, for: 300_000_000_000)
        later.withUnsafeBufferPointer { clean.take($0) }
        let result = try clean.result()
        #expect(result.violations > 500)
        #expect(abs(result.deadTime.value - 22_000) < 200)
    }

    @Test func theAfterpulseBiasAboveTwoHundredThousandCountsIsTold() throws {
        var detectors = CalibrationBench.usualDetectors()
        detectors[0].afterpulseProbability = 0.01
        var found: [Bool: Afterpulsing.Result] = [:]
        for (isBright, rate) in [(false, 180_000.0), (true, 2e6)] {
            var bench = CalibrationBench(detectors, seed: 4)
            var light = BenchLight(.steady(rate: rate / 0.55))
            light.only = 0
            let tags = bench.run(light, for: isBright ? 600_000_000_000 : 4_000_000_000_000)
            var measurement = try Afterpulsing(channel: 3, deadTime: 22_000)
            tags.withUnsafeBufferPointer { measurement.take($0) }
            found[isBright] = try measurement.result()
        }
        let dim = try #require(found[false])
        #expect(!dim.isBiased)
        #expect(abs(dim.probability.value - 0.01) < 0.001)
        #expect(try #require(found[true]).isBiased)
    }

    @Test func lightThatChangesIsRefused() throws {
        let detectors = CalibrationBench.usualDetectors()
        var bench = CalibrationBench(detectors, seed: 4)
        var measurement = try Afterpulsing(channel: 3, deadTime: 22_000)
        for rate in [100_000.0, 300_000] {
            let tags = bench.run(BenchLight(.steady(rate: rate)), for: 1_000_000_000_000)
            tags.withUnsafeBufferPointer { measurement.take($0) }
        }
        do throws(CalibrationError) {
            _ = try measurement.result()
            Issue.record("took two light levels for one")
        } catch {
            guard case .unsteadyLight(let deviations) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(deviations > 6)
        }
    }

    @Test func noCrosstalkIsFoundWhereThereIsNone() throws {
        let detectors = CalibrationBench.usualDetectors()
        var bench = CalibrationBench(detectors, seed: 12)
        // Both lit: accidental pairs must drop out.
        let tags = bench.run(BenchLight(.steady(rate: 6e5)), for: 1_000_000_000_000)
        var measurement = try Crosstalk(lit: 3, dark: 4)
        tags.withUnsafeBufferPointer { measurement.take($0) }
        let result = try measurement.result()
        #expect(abs(result.value) < 4 * result.sigma)
        #expect(result.counts > 1_000)
    }

    @Test func anInterlockThatDoesNotActIsCounted() throws {
        var bench = InterlockBench(BenchDetector(channel: 3), seed: 1)
        bench.isConnected = false
        let tags = bench.run(
            cycles: 6, on: InterlockResponse.lightOn, cleared: InterlockResponse.cleared)
        var measurement = try InterlockResponse(channel: 3, settling: 5_000_000_000)
        tags.withUnsafeBufferPointer { measurement.take($0) }
        #expect(try measurement.result().unblanked == 6)
    }
}
