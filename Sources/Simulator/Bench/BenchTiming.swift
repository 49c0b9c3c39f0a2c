import Calibration
import Quantities
import TimeTags

/// Calibrations from when clicks come after a laser's pulses.
struct BenchTiming {
    let seed: UInt64
    private let second: Int64 = 1_000_000_000_000

    /// Detectors with the usual tail, skewed against each other.
    private static func detectors() -> [BenchDetector] {
        var detectors = CalibrationBench.usualDetectors()
        for (place, skew) in [40.0, -35, 12.3, -80].enumerated() {
            detectors[place].skew = skew
            detectors[place].tailShare = 0.15
        }
        return detectors
    }

    private static func channels(_ detectors: [BenchDetector]) -> SIMD4<UInt8> {
        SIMD4(
            detectors[0].channel, detectors[1].channel, detectors[2].channel,
            detectors[3].channel)
    }

    /// Records the responses to a laser of 10 MHz.
    private func respond<Result>(
        _ detectors: [BenchDetector], photons: Double, for duration: Int64,
        _ body: (ResponseRecorder.Histograms) throws(CalibrationError) -> Result
    ) throws(CalibrationError) -> Result {
        var bench = CalibrationBench(detectors, seed: seed)
        var pulses = BenchLight.Pulses(period: 100_000, photons: photons)
        pulses.divider = 10
        pulses.delay = 30_000
        let tags = bench.run(BenchLight(.pulsed(pulses)), for: duration)
        var memory = [Int64](repeating: 0, count: 4 * 10_000)
        return try lending(&memory) { (buffer) throws(CalibrationError) in
            var recorder = try ResponseRecorder(
                channels: Self.channels(detectors), sync: CalibrationBench.syncChannel,
                period: 100_000, syncPeriod: 1_000_000, memory: buffer)
            lending(tags) { recorder.take($0) }
            return try body(recorder.histograms)
        }
    }

    func jitter() throws(CalibrationError) -> [BenchFinding] {
        let detectors = Self.detectors()
        let shape = try respond(detectors, photons: 0.02, for: second) {
            (histograms) throws(CalibrationError) in
            try ResponseShape(histograms[0])
        }
        let truth = TrueResponse(detectors[0])
        var findings = [
            BenchFinding("jitter FWHM", "ps", truth: truth.width(0.5), shape.halfWidth),
            BenchFinding("jitter FW1/10M", "ps", truth: truth.width(0.1), shape.tenthWidth),
        ]
        if let tail = shape.tail {
            findings.append(
                BenchFinding("tail constant", "ps", truth: detectors[0].tailTime, tail))
        }
        return findings
    }

    func skew() throws(CalibrationError) -> [BenchFinding] {
        let detectors = Self.detectors()
        // 5,000 counts in each.
        return try respond(detectors, photons: 0.01 / 0.55, for: second / 20) {
            (histograms) throws(CalibrationError) in
            let truth = detectors[1].skew - detectors[0].skew
            return [
                BenchFinding(
                    "skew by centroid", "ps", truth: truth,
                    try ChannelSkew.byCentroid(histograms[0], histograms[1])),
                BenchFinding(
                    "skew by correlation", "ps", truth: truth,
                    try ChannelSkew.byCorrelation(histograms[0], histograms[1])),
            ]
        }
    }

    func beacon() throws(CalibrationError) -> [BenchFinding] {
        var detectors = CalibrationBench.usualDetectors()
        for (place, skew) in [40.0, -35, 12, -80].enumerated() { detectors[place].skew = skew }
        var bench = CalibrationBench(detectors, seed: seed)
        bench.frequencyError = -5e-7
        var pulses = BenchLight.Pulses(period: 1_600, photons: 2e-5)
        pulses.divider = 62_500
        pulses.syncJitter = 500
        pulses.delay = 300
        let tags = bench.run(BenchLight(.pulsed(pulses)), for: 2 * second)
        var clicks = [Int64](repeating: 0, count: 4_096)
        return try lending(&clicks) { (buffer) throws(CalibrationError) in
            var measurement = try BeaconDelay(
                beacon: CalibrationBench.syncChannel, channels: Self.channels(detectors),
                skews: SIMD4(40, -35, 12, -80), period: 100_000_000, slots: 62_500, clicks: buffer)
            lending(tags) { measurement.take($0) }
            return [
                BenchFinding(
                    "beacon-to-quantum delay", "ps", truth: 300, try measurement.result())
            ]
        }
    }

    func background() throws(CalibrationError) -> [BenchFinding] {
        var detectors = Self.detectors()
        detectors[0].darkRate = 800
        return try respond(detectors, photons: 0.002, for: 2 * second) {
            (histograms) throws(CalibrationError) in
            let light = try BackgroundLight(
                histograms[0], outside: 2_000...6_000, gate: 1_000, seconds: 2)
            // After-pulses of the light come between the pulses too.
            let p = detectors[0].afterpulseProbability
            let pulsed = 0.002 * detectors[0].efficiency * 1e7
            let spread = (800 + p * pulsed) / (1 - p)
            return [BenchFinding("background", "cps", truth: spread, light.rate)]
        }
    }
}

/// A detector's response to a short pulse, computed from what it is made of.
struct TrueResponse {
    private let jitter: Double
    private let tailShare: Double
    private let tailTime: Double

    init(_ detector: BenchDetector) {
        jitter = detector.jitter
        tailShare = detector.tailShare
        tailTime = detector.tailTime
    }

    /// Density at `time` ps after the mean of the fast part; not normalised to 1.
    private func density(_ time: Double) -> Double {
        let x = time / jitter
        let gauss = Elementary.exp(-x * x / 2) / (jitter * (2 * Double.pi).squareRoot())
        let ratio = jitter / tailTime
        let tail =
            Elementary.exp(ratio * ratio / 2 - time / tailTime)
            * BenchDetector.normalTail(ratio - x) / tailTime
        return (1 - tailShare) * gauss + tailShare * tail
    }

    /// Full width at `share` of the maximum, ps.
    func width(_ share: Double) -> Double {
        var top = 0.0
        for step in -200...200 where density(Double(step)) > density(top) { top = Double(step) }
        // To a thousandth of a picosecond, for the height hardly changes there.
        let height = density(top)
        func crossing(_ side: Double) -> Double {
            var (near, far) = (0.0, 5_000.0)
            for _ in 0..<60 {
                let middle = (near + far) / 2
                if density(top + side * middle) > share * height {
                    near = middle
                } else {
                    far = middle
                }
            }
            return near
        }
        return crossing(1) + crossing(-1)
    }
}
