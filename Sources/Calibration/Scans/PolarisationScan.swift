internal import Quantities

/// One angle of the half-wave plate, and what one detector made of it.
public struct WavePlateStep: Equatable, Sendable, BitwiseCopyable {
    /// Angle of the plate, rad.
    public var angle: Double
    /// What the detector counted.
    public var counts: Double
    /// For how long, s.
    public var seconds: Double

    /// A step with every field given.
    public init(angle: Double, counts: Double, seconds: Double) {
        self.angle = angle
        self.counts = counts
        self.seconds = seconds
    }
}

/// Contrast and alignment of one detector's polarisation analyser, from linearly polarised light
/// behind a half-wave plate that turns: rate A (1 + V cos(4 theta - phi)) above the dark counts.
///
/// Angles should be spread evenly over a whole number of periods of 90 degrees.
public struct PolarisationScan: Equatable, Sendable, BitwiseCopyable {
    /// Mean rate A, counts per second, corrected for dead time and after-pulses.
    public let level: Estimate
    /// Visibility V, 0 to 1.
    public let visibility: Estimate
    /// Phase phi, rad, within pi: four times the plate's angle at which the rate is highest.
    public let phase: Estimate
    /// Squared misfit per degree of freedom: about 1 if light and plate are what they should be.
    public let misfit: Double

    /// 10 log10 of the largest over the smallest rate, dB.
    public var extinction: Estimate {
        let rest = max(1 - visibility.value, 1e-9)
        let ratio = (1 + visibility.value) / rest
        let slope = 2 / (rest * (1 + visibility.value))
        let decibels = 10 / Elementary.log(10)
        return Estimate(
            value: decibels * Elementary.log(ratio),
            sigma: decibels * slope * visibility.sigma, counts: visibility.counts)
    }

    /// Bit error rate that the optics alone cause: (1 - V)/2.
    public var errorRate: Estimate {
        Estimate(
            value: (1 - visibility.value) / 2, sigma: visibility.sigma / 2,
            counts: visibility.counts)
    }

    /// By how much the plate stands off its place for this detector, rad.
    ///
    /// - Parameter expected: Phase that the detector has when all is aligned, rad.
    public func rotation(from expected: Double) -> Estimate {
        let off = Elementary.withinOneTurn(phase.value - expected)
        let turns = (off / (2 * .pi)).rounded()
        return Estimate(
            value: (off - turns * 2 * .pi) / 4, sigma: phase.sigma / 4, counts: phase.counts)
    }

    /// Fits `steps`, five or more, by least squares with the weights of the fitted rates, which
    /// for counts is the likelihood's maximum.
    ///
    /// - Parameters:
    ///   - dark: Corrected rate without light.
    ///   - correction: Of this detector.
    public init(
        _ steps: UnsafeBufferPointer<WavePlateStep>, dark: Estimate, correction: RateCorrection
    ) throws(CalibrationError) {
        guard steps.count >= 5 else {
            throw .tooFewPoints(found: Int64(widening: steps.count), needed: 5)
        }
        var fit = SIMD3<Double>(0, 0, 0)
        var covariance = SymmetricMatrix()
        var (squares, counts) = (0.0, 0.0)
        for round in 0..<12 {
            var information = SymmetricMatrix()
            var product = SIMD3<Double>(repeating: 0)
            (squares, counts) = (0, 0)
            for step in steps {
                let rate = try correction.rate(of: step.counts, in: step.seconds)
                let shape = Self.shape(step.angle)
                let fitted = round == 0 ? rate.value : (fit * shape).sum()
                // A count of one at least, so that an empty step does not outweigh the others.
                let measured = max(correction.measured(max(fitted, 0)), 1 / step.seconds)
                let weight = 1 / correction.variance(of: measured, in: step.seconds)
                information.add(shape, weight: weight)
                product += weight * rate.value * shape
                let rest = rate.value - fitted
                squares += weight * rest * rest
                counts += step.counts
            }
            guard let inverse = information.inverse else { throw .noFit(.contrast) }
            let next = inverse.times(product)
            let change = next - fit
            fit = next
            covariance = inverse
            if (change * change).sum() < 1e-20 * (fit * fit).sum() { break }
        }
        let level = fit.x - dark.value
        let swing = (fit.y * fit.y + fit.z * fit.z).squareRoot()
        guard level > 0, swing > 0 else { throw .notFound(.contrast) }
        misfit = squares / Double(steps.count - 3)
        let number = Int64(counts)
        let darkVariance = dark.sigma * dark.sigma
        self.level = Estimate(
            value: level, sigma: (covariance.diagonal.x + darkVariance).squareRoot(),
            counts: number)
        let visibility = swing / level
        let slopes = SIMD3(-visibility / level, fit.y / (swing * level), fit.z / (swing * level))
        let variance =
            covariance.form(slopes) + darkVariance * visibility * visibility / (level * level)
        self.visibility = Estimate(
            value: visibility, sigma: variance.squareRoot(), counts: number)
        let turn = SIMD3(0, -fit.z / (swing * swing), fit.y / (swing * swing))
        phase = Estimate(
            value: Elementary.atan2(fit.z, fit.y), sigma: covariance.form(turn).squareRoot(),
            counts: number)
    }

    private static func shape(_ angle: Double) -> SIMD3<Double> {
        let four = Elementary.withinOneTurn(4 * angle)
        return SIMD3(1, Elementary.cos(four), Elementary.sin(four))
    }
}
