import Calibration
import TimeTags

/// Calibrations from the times between clicks.
struct BenchIntervals {
    let seed: UInt64
    private let second: Int64 = 1_000_000_000_000

    func deadTime(rate: Double = 1e6) throws(CalibrationError) -> [BenchFinding] {
        let detectors = CalibrationBench.usualDetectors()
        var bench = CalibrationBench(detectors, seed: seed)
        var light = BenchLight(.steady(rate: rate / detectors[0].efficiency))
        light.only = 0
        let tags = bench.run(light, for: second / 2)
        var memory = [Int64](repeating: 0, count: 2_000)
        let result = try lending(&memory) { (histogram) throws(CalibrationError) in
            var measurement = try DeadTime(channel: detectors[0].channel, histogram: histogram)
            lending(tags) { measurement.take($0) }
            return try measurement.result()
        }
        return [
            BenchFinding("dead time", "ps", truth: detectors[0].deadTime, result.deadTime)
        ]
    }

    func afterpulsing(rate: Double = 190_000) throws(CalibrationError) -> [BenchFinding] {
        let detectors = CalibrationBench.usualDetectors()
        var bench = CalibrationBench(detectors, seed: seed)
        var light = BenchLight(.steady(rate: rate / detectors[0].efficiency))
        light.only = 0
        let tags = bench.run(light, for: 6 * second)
        var measurement = try Afterpulsing(
            channel: detectors[0].channel, deadTime: detectors[0].deadTime)
        lending(tags) { measurement.take($0) }
        return [
            BenchFinding(
                "after-pulsing", "", truth: detectors[0].afterpulseProbability,
                try measurement.result().probability)
        ]
    }

    func crosstalk() throws(CalibrationError) -> [BenchFinding] {
        var detectors = CalibrationBench.usualDetectors()
        detectors[0].crosstalk[1] = 3e-4
        var bench = CalibrationBench(detectors, seed: seed)
        var light = BenchLight(.steady(rate: 9e5))
        light.only = 0
        let tags = bench.run(light, for: second)
        var measurement = try Crosstalk(
            lit: detectors[0].channel, dark: detectors[1].channel)
        lending(tags) { measurement.take($0) }
        return [
            BenchFinding("cross-talk", "", truth: 3e-4, try measurement.result())
        ]
    }

    func interlock() throws(CalibrationError) -> [BenchFinding] {
        var detector = BenchDetector(channel: 3)
        detector.recoveryTime = 5_000_000_000
        var bench = InterlockBench(detector, seed: seed)
        let tags = bench.run(
            cycles: 40, on: InterlockResponse.lightOn, cleared: InterlockResponse.cleared)
        var measurement = try InterlockResponse(channel: 3, settling: 8_000_000_000)
        lending(tags) { measurement.take($0) }
        let result = try measurement.result()
        guard let recovery = result.recovery else {
            throw .notFound(.recovery)
        }
        return [
            BenchFinding("interlock reaction", "ps", truth: bench.reaction.mean, result.reaction),
            BenchFinding(
                "recovery time", "ps", truth: detector.recoveryTime, recovery),
        ]
    }
}

/// Lends the memory of `array` to `body`.
func lending<Element, Result>(
    _ array: inout [Element],
    _ body: (UnsafeMutableBufferPointer<Element>) throws(CalibrationError) -> Result
) throws(CalibrationError) -> Result {
    let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: array.count)
    _ = buffer.initialize(from: array)
    defer { buffer.deallocate() }
    return try body(buffer)
}

/// Lends `tags` to `body` as it would come in batches.
func lending(_ tags: [TimeTag], _ body: (UnsafeBufferPointer<TimeTag>) -> Void) {
    tags.withUnsafeBufferPointer { all in
        var start = 0
        // An odd length, so that batches end in the midst of everything.
        while start < all.count {
            let end = min(start + 4_093, all.count)
            body(UnsafeBufferPointer(rebasing: all[start..<end]))
            start = end
        }
    }
}
