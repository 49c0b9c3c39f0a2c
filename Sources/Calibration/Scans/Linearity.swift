internal import Quantities

/// One step of neutral-density filters.
public struct LightStep: Equatable, Sendable, BitwiseCopyable {
    /// Light relative to that without filters, more than 0.
    public var light: Double
    /// Relative standard deviation of the filters' transmittance; 0 if it is known.
    public var lightSigma: Double
    /// What the detector counted.
    public var counts: Double
    /// For how long, s.
    public var seconds: Double

    /// A step with every field given.
    public init(light: Double, lightSigma: Double = 0, counts: Double, seconds: Double) {
        self.light = light
        self.lightSigma = lightSigma
        self.counts = counts
        self.seconds = seconds
    }
}

/// How a detector's corrected rate follows the light, and where it gives up.
public struct Linearity: Equatable, Sendable, BitwiseCopyable {
    /// Counted rate up to which a detector is taken as linear, counts per second.
    public static let reference = 200_000.0
    /// Corrected rate up to which linearity is asked, counts per second.
    public static let ceiling = 2_100_000.0

    /// Corrected rate per relative light, counts per second, from the steps up to
    /// ``reference``.
    public let slope: Estimate
    /// Largest departure from the slope in the steps up to ``ceiling``, as a fraction; signed.
    public let departure: Estimate
    /// Dead time that the rates alone show, ps: 1/r against 1/light, which meets the axis there.
    public let deadTime: Estimate
    /// Highest rate counted at any step, counts per second.
    public let highestRate: Double
    /// Light at which less than a tenth of the highest rate is left although the light grew; `nil`
    /// if there is none. A detector that does so can be blinded.
    public let blindingLight: Double?

    /// The linearity of `steps`, of which two at least must be up to ``reference`` and one above.
    ///
    /// - Parameters:
    ///   - dark: Corrected rate without light.
    ///   - correction: Of this detector.
    public init(
        _ steps: UnsafeBufferPointer<LightStep>, dark: Estimate, correction: RateCorrection
    ) throws(CalibrationError) {
        for step in steps where !(step.light > 0 && step.lightSigma >= 0 && step.seconds > 0) {
            throw .badSetting(.light, value: step.light, lowest: 0, highest: .infinity)
        }
        for step in steps where !(step.counts >= 0 && step.counts <= 1e15) {
            throw .badSetting(.counts, value: step.counts, lowest: 0, highest: 1e15)
        }
        slope = try Self.slope(steps, dark, correction)
        var worst: Estimate?
        var highest = 0.0
        for step in steps {
            let rate = step.counts / step.seconds
            highest = max(highest, rate)
            guard rate > Self.reference, rate < 0.9 / max(correction.deadTime, 1e-9) else {
                continue
            }
            let light = try Self.light(step, dark, correction)
            guard light.value <= Self.ceiling else { continue }
            let ratio = light.over(slope)
            let departure = Estimate(
                value: ratio.value / step.light - 1,
                sigma: (square(ratio.sigma / step.light) + square(step.lightSigma)).squareRoot(),
                counts: light.counts)
            if departure.value.magnitude >= worst?.value.magnitude ?? 0 { worst = departure }
        }
        guard let worst else { throw .tooFewPoints(found: 0, needed: 1) }
        departure = worst
        highestRate = highest
        deadTime = try Self.deadTime(steps, dark.value / slope.value, correction)
        blindingLight = Self.blinding(steps, highest)
    }

    private static func light(
        _ step: LightStep, _ dark: Estimate, _ correction: RateCorrection
    ) throws(CalibrationError) -> Estimate {
        try correction.rate(of: step.counts, in: step.seconds).minus(dark)
    }

    private static func slope(
        _ steps: UnsafeBufferPointer<LightStep>, _ dark: Estimate, _ correction: RateCorrection
    ) throws(CalibrationError) -> Estimate {
        var (used, sum, light, variance, counts) = (Int64(0), 0.0, 0.0, 0.0, 0.0)
        for step in steps where step.counts / step.seconds <= reference {
            // All counts over all light: the best weights for Poisson counts.
            let rate = try Self.light(step, dark, correction)
            sum += rate.value * step.seconds
            light += step.light * step.seconds
            variance += square(rate.sigma * step.seconds)
            variance += square(step.lightSigma * rate.value * step.seconds)
            counts += step.counts
            used += 1
        }
        guard used >= 2, sum > 0 else { throw .tooFewPoints(found: used, needed: 2) }
        return Estimate(
            value: sum / light, sigma: variance.squareRoot() / light, counts: Int64(counts))
    }

    /// Least squares of 1/r against 1/(light + dark), whose intercept is the dead time.
    private static func deadTime(
        _ steps: UnsafeBufferPointer<LightStep>, _ dark: Double, _ correction: RateCorrection
    ) throws(CalibrationError) -> Estimate {
        var (w, x, y, xx, xy, counts) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        for step in steps where step.counts >= 100 {
            let rate = step.counts / step.seconds
            guard rate < 0.9 / max(correction.deadTime, 1e-9) else { continue }
            let awake = max(1 - rate * correction.deadTime, 0.1)
            // Of 1/r: counts of a dead-time process, and the filter's error.
            let spread =
                square(awake) * (1 + 2 * correction.afterpulsing) / step.counts
                + square(step.lightSigma * awake)
            let weight = rate * rate / spread
            let inverse = 1 / (step.light + dark)
            w += weight
            x += weight * inverse
            y += weight / rate
            xx += weight * inverse * inverse
            xy += weight * inverse / rate
            counts += step.counts
        }
        let determinant = w * xx - x * x
        guard determinant > 1e-12 * w * xx else { throw .tooFewPoints(found: 1, needed: 2) }
        return Estimate(
            value: (y * xx - x * xy) / determinant * 1e12,
            sigma: (xx / determinant).squareRoot() * 1e12, counts: Int64(counts))
    }

    private static func blinding(
        _ steps: UnsafeBufferPointer<LightStep>, _ highest: Double
    ) -> Double? {
        var best: LightStep?
        for step in steps where step.counts / step.seconds >= highest { best = step }
        guard let best else { return nil }
        var found: Double?
        for step in steps
        where step.light > best.light && step.counts / step.seconds < highest / 10 {
            found = min(found ?? step.light, step.light)
        }
        return found
    }
}

private func square(_ x: Double) -> Double { x * x }
