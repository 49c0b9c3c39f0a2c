import Calibration
import Quantities
import Simulator
import Testing
import TimeTags

/// Goal: widths, tails and skews are those of the response, whatever bins, places and noise.
@Suite struct ResponseTests {
    /// A Gaussian response of `sigma` ps about `centre` with exact counts.
    private func gaussian(
        _ memory: UnsafeMutableBufferPointer<Int64>, centre: Double, sigma: Double,
        counts: Double, background: Double
    ) throws -> PhaseHistogram {
        let histogram = try PhaseHistogram(memory, period: 100_000)
        let width = histogram.binWidth
        for bin in memory.indices {
            var offset = (Double(bin) + 0.5) * width - centre
            offset -= (offset / 100_000).rounded() * 100_000
            let x = offset / sigma
            let density = Elementary.exp(-x * x / 2) / (sigma * (2 * Double.pi).squareRoot())
            memory[bin] = Int64((counts * density * width + background).rounded())
        }
        return histogram
    }

    @Test(arguments: [50_000.0, 3.0, 99_950.0])
    func aGaussianHasTheWidthsOfAGaussian(centre: Double) throws {
        let memory = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 10_000)
        defer { memory.deallocate() }
        let histogram = try gaussian(
            memory, centre: centre, sigma: 150, counts: 1e6, background: 20)
        let shape = try ResponseShape(histogram)
        #expect(abs(shape.halfWidth.value - 2.354_82 * 150) < 0.5)
        #expect(abs(shape.tenthWidth.value - 4.291_93 * 150) < 1)
        #expect(shape.tail == nil)
        #expect(abs(shape.background - 20) < 0.5)
        let centroid = try ChannelSkew.centroid(histogram)
        var off = centroid.value - centre
        off -= (off / 100_000).rounded() * 100_000
        #expect(abs(off) < 0.1)
        // 150 ps over the root of a million.
        #expect(centroid.sigma > 0.149 && centroid.sigma < 0.3)
    }

    @Test func noPeakIsFoundInNoise() throws {
        let memory = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 1_000)
        defer { memory.deallocate() }
        let histogram = try PhaseHistogram(memory, period: 100_000)
        var random = SeededGenerator(seed: 1, stream: 1)
        for _ in 0..<50_000 { histogram.count(delay: 100_000 * random.uniform()) }
        #expect(throws: CalibrationError.notFound(.peak)) { _ = try ResponseShape(histogram) }
    }

    @Test func bothSkewsAgreeWithTheShiftPutIn() throws {
        let findings = try BenchProcedure.skew.run(seed: 77)
        for finding in findings {
            #expect(finding.estimate.counts > 4_000)
            #expect(abs(finding.pull) < 4)
            // 5,000 counts of 230 ps in both.
            #expect(finding.estimate.sigma < 10)
        }
    }

    @Test func skewChangesWithTheRateWhereThereIsWalk() throws {
        var detectors = CalibrationBench.usualDetectors()
        detectors[1].walk = 400
        detectors[1].skew = 30
        var skews: [Estimate] = []
        for photons in [0.002, 0.02, 0.2] {
            var bench = CalibrationBench(detectors, seed: 3)
            var pulses = BenchLight.Pulses(period: 100_000, photons: photons)
            pulses.divider = 10
            pulses.delay = 30_000
            let tags = bench.run(
                BenchLight(.pulsed(pulses)), for: Int64(0.02 / photons * 1e11))
            let memory = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 40_000)
            defer { memory.deallocate() }
            var recorder = try ResponseRecorder(
                channels: SIMD4(3, 4, 0, 0), sync: CalibrationBench.syncChannel, period: 100_000,
                syncPeriod: 1_000_000, memory: memory)
            tags.withUnsafeBufferPointer { recorder.take($0) }
            skews.append(
                try ChannelSkew.byCentroid(recorder.histograms[0], recorder.histograms[1]))
        }
        let walk = ChannelSkew.walk(skews[0], skews[1], skews[2])
        #expect(walk.value > 5 * walk.sigma)
        #expect(abs(skews[0].value - 30) < 4 * skews[0].sigma + 3)
    }

    @Test func clicksBetweenSyncEdgesFallIntoOnePeriod() throws {
        let memory = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 4 * 100)
        defer { memory.deallocate() }
        var recorder = try ResponseRecorder(
            channels: SIMD4(3, 0, 0, 0), sync: 9, period: 1_000, syncPeriod: 10_000,
            memory: memory)
        let tags = [
            TimeTag(time: 5, channel: 3), TimeTag(time: 100, channel: 9),
            TimeTag(time: 355, channel: 3), TimeTag(time: 7_355, channel: 3),
            // Later than any pulse could be.
            TimeTag(time: 90_000, channel: 3),
        ]
        tags.withUnsafeBufferPointer { recorder.take($0) }
        #expect(recorder.histograms[0].counts[25] == 2)
        #expect(recorder.clicksWithout == 2)
    }
}
