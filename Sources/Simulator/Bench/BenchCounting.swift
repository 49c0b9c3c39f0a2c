import Calibration
import Quantities
import TimeTags

/// Calibrations from how many clicks come at each setting.
struct BenchCounting {
    let seed: UInt64
    private let second: Int64 = 1_000_000_000_000

    func dark() throws(CalibrationError) -> [BenchFinding] {
        let detectors = CalibrationBench.usualDetectors()
        var bench = CalibrationBench(detectors, seed: seed)
        let tags = bench.run(BenchLight(.dark), for: 60 * second)
        var measurement = try DarkCounts(channel: detectors[0].channel, start: 0)
        lending(tags) { measurement.take($0) }
        measurement.close(at: bench.time)
        let result = try measurement.result()
        // Clusters of a geometric number of counts.
        let p = detectors[0].afterpulseProbability
        return [
            BenchFinding("dark rate", "cps", truth: detectors[0].darkRate / (1 - p), result.rate),
            BenchFinding("Fano factor", "", truth: (1 + p) / (1 - p), result.fano),
        ]
    }

    /// Counts of all detectors under `light` for `duration`.
    private func count(
        _ bench: inout CalibrationBench, _ light: BenchLight, for duration: Int64
    ) -> StepCounts {
        let channels = SIMD4(bench.detectors[0].channel, bench.detectors[1].channel, 0, 0)
        var counter = RateCounter(
            channels: SIMD4(
                channels.x, channels.y, bench.detectors[2].channel, bench.detectors[3].channel),
            start: bench.time, closest: 11_000)
        let tags = bench.run(light, for: duration)
        lending(tags) { counter.take($0) }
        return counter.counts(until: bench.time)
    }

    private func correction(_ detector: BenchDetector) throws(CalibrationError) -> RateCorrection {
        try RateCorrection(
            deadTime: detector.deadTime, afterpulsing: detector.afterpulseProbability)
    }

    func threshold() throws(CalibrationError) -> [BenchFinding] {
        let detectors = CalibrationBench.usualDetectors()
        var bench = CalibrationBench(detectors, seed: seed)
        var light = BenchLight(.steady(rate: 100_000))
        light.only = 0
        var steps: [ThresholdStep] = []
        var threshold = 80.0
        while threshold < 1_200 {
            light.threshold = threshold
            let counts = count(&bench, light, for: second / 10)
            steps.append(try ThresholdStep(threshold: threshold, counts: counts, lane: 0))
            threshold += 20
        }
        let plateau = try lending(&steps) { (buffer) throws(CalibrationError) in
            try ThresholdPlateau(UnsafeBufferPointer(buffer))
        }
        let detector = detectors[0]
        let lit = 100_000 * detector.efficiency + detector.darkRate
        func rate(_ threshold: Double) -> Double {
            // Ringing counts twice.
            let clicks =
                lit * detector.share(above: threshold) + detector.noiseRate(above: threshold)
            return clicks * (1 + detector.doubleEdgeShare(above: threshold))
        }
        let level = rate(500)
        let low = Self.root(60, 300) { rate($0) - level * (1 + ThresholdPlateau.tolerance) }
        let high = Self.root(600, 1_200) { rate($0) - level * (1 - ThresholdPlateau.tolerance) }
        return [
            BenchFinding("threshold plateau", "mV", truth: (low + high) / 2, plateau.centre),
            BenchFinding("its lower end", "mV", truth: low, plateau.lowest),
            BenchFinding("its upper end", "mV", truth: high, plateau.highest),
        ]
    }

    /// Where a falling function is zero.
    private static func root(
        _ from: Double, _ to: Double, _ value: (Double) -> Double
    ) -> Double {
        var (low, high) = (from, to)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if value(middle) > 0 { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    func linearity() throws(CalibrationError) -> [BenchFinding] {
        let detectors = CalibrationBench.usualDetectors()
        let detector = detectors[0]
        var bench = CalibrationBench(detectors, seed: seed)
        var light = BenchLight(.steady(rate: 2e6 / detector.efficiency))
        light.only = 0
        let dark = count(&bench, BenchLight(.dark), for: 10 * second)
        var steps: [LightStep] = []
        for (transmittance, duration) in [(0.02, 5.0), (0.05, 4), (0.09, 3), (1, 0.4)] {
            light.transmittance = transmittance
            let counts = count(&bench, light, for: Int64(duration * 1e12))
            steps.append(
                LightStep(
                    light: transmittance, counts: counts.counts[0], seconds: counts.seconds))
        }
        let correction = try correction(detector)
        let darkRate = try correction.rate(of: dark.counts[0], in: dark.seconds)
        let result = try lending(&steps) { (buffer) throws(CalibrationError) in
            try Linearity(UnsafeBufferPointer(buffer), dark: darkRate, correction: correction)
        }
        return [
            BenchFinding("linearity: counts per light", "cps", truth: 2e6, result.slope),
            BenchFinding("linearity: departure at 2 Mcps", "", truth: 0, result.departure),
            BenchFinding(
                "dead time from rates", "ps", truth: detector.deadTime, result.deadTime),
        ]
    }

    func efficiency() throws(CalibrationError) -> [BenchFinding] {
        var detectors = CalibrationBench.usualDetectors()
        for (place, value) in [0.55, 0.52, 0.585, 0.61].enumerated() {
            detectors[place].efficiency = value
        }
        var bench = CalibrationBench(detectors, seed: seed)
        let dark = count(&bench, BenchLight(.dark), for: 10 * second)
        let lit = count(&bench, BenchLight(.steady(rate: 300_000)), for: 2 * second)
        var rates: [Estimate] = []
        for lane in 0..<4 {
            let correction = try correction(detectors[lane])
            let light = try correction.rate(of: lit.counts[lane], in: lit.seconds)
            rates.append(light.minus(try correction.rate(of: dark.counts[lane], in: dark.seconds)))
        }
        let result = try RelativeEfficiency(rates[0], rates[1], rates[2], rates[3])
        let mean = (0.55 + 0.52 + 0.585 + 0.61) / 4
        return [
            BenchFinding(
                "relative efficiency", "", truth: 0.55 / mean,
                Estimate(
                    value: result.values[0], sigma: result.sigmas[0], counts: rates[0].counts)),
            BenchFinding("efficiency mismatch", "", truth: 0.61 / 0.52, result.mismatch),
        ]
    }

    func polarisation() throws(CalibrationError) -> [BenchFinding] {
        var detectors = CalibrationBench.usualDetectors()
        detectors[0].visibility = 0.986
        detectors[0].polarisationPhase = 0.07
        var bench = CalibrationBench(detectors, seed: seed)
        var light = BenchLight(.steady(rate: 300_000))
        light.only = 0
        let dark = count(&bench, BenchLight(.dark), for: 10 * second)
        var steps: [WavePlateStep] = []
        for step in 0..<36 {
            let angle = Double(step) * 5 * .pi / 180
            light.plateAngle = angle
            let counts = count(&bench, light, for: second / 10)
            steps.append(
                WavePlateStep(angle: angle, counts: counts.counts[0], seconds: counts.seconds))
        }
        let correction = try correction(detectors[0])
        let darkRate = try correction.rate(of: dark.counts[0], in: dark.seconds)
        let scan = try lending(&steps) { (buffer) throws(CalibrationError) in
            try PolarisationScan(
                UnsafeBufferPointer(buffer), dark: darkRate, correction: correction)
        }
        return [
            BenchFinding("visibility", "", truth: 0.986, scan.visibility),
            BenchFinding("plate rotation", "rad", truth: 0.07 / 4, scan.rotation(from: 0)),
            BenchFinding(
                "extinction", "dB", truth: 10 * Elementary.log(1.986 / 0.014) / Elementary.log(10),
                scan.extinction),
            BenchFinding("mean level", "cps", truth: 165_000, scan.level),
        ]
    }

    func gate() throws(CalibrationError) -> [BenchFinding] {
        var detectors = CalibrationBench.usualDetectors()
        let delays = [0.0, 60, -40, 210]
        for place in 0..<4 { detectors[place].gateDelay = delays[place] }
        detectors[1].gateExcess = 150
        var bench = CalibrationBench(detectors, seed: seed)
        var pulses = BenchLight.Pulses(period: 100_000, photons: 0.05)
        pulses.divider = 1_000
        var light = BenchLight(.pulsed(pulses))
        let (first, width, step) = (-3_000.0, 2_000.0, 50.0)
        var counts: [SIMD4<Double>] = []
        var shares: [SIMD4<Double>] = []
        for place in 0..<80 {
            let delay = first + Double(place) * step
            light.gate = (delay: delay, width: width)
            counts.append(count(&bench, light, for: second / 50).counts)
            shares.append(
                SIMD4(
                    detectors[0].gateShare(delay: delay, width: width),
                    detectors[1].gateShare(delay: delay, width: width),
                    detectors[2].gateShare(delay: delay, width: width),
                    detectors[3].gateShare(delay: delay, width: width)))
        }
        return try lending(&counts) { (buffer) throws(CalibrationError) in
            let scan = try GateScan(
                buffer, step: step, background: SIMD4(repeating: 50.0 * 0.02 / 50))
            let gate = try scan.gate(first: 22, length: 36)
            let inside = shares[22..<58].reduce(SIMD4(repeating: 0), +)
            let all = shares.reduce(SIMD4(repeating: 0), +)
            let kept = inside / all
            return [
                BenchFinding(
                    "gate centre", "ps", truth: -210 - width / 2 - first, scan.centre(3)),
                BenchFinding("gate width", "ps", truth: width + 150, try scan.width(1)),
                BenchFinding(
                    "gate mismatch ratio", "", truth: kept.max() / kept.min(), gate.mismatch),
            ]
        }
    }
}
