internal import Quantities

/// Efficiencies of the four detectors, optics included, relative to their mean.
public struct RelativeEfficiency: Equatable, Sendable, BitwiseCopyable {
    /// Efficiency over the mean of all detectors that were lit, by detector.
    public let values: SIMD4<Double>
    /// Standard deviation of each.
    public let sigmas: SIMD4<Double>
    /// Largest over smallest efficiency. The uncertainty is that of these two detectors; where
    /// others come as close, the value is a little too high.
    public let mismatch: Estimate

    /// From corrected rates of detectors in the same unpolarised light, without their dark counts;
    /// or from the mean levels of a wave-plate scan.
    public init(
        _ first: Estimate, _ second: Estimate, _ third: Estimate, _ fourth: Estimate
    ) throws(CalibrationError) {
        let rates = SIMD4(first.value, second.value, third.value, fourth.value)
        let errors = SIMD4(first.sigma, second.sigma, third.sigma, fourth.sigma)
        guard rates.x > 0, rates.y > 0, rates.z > 0, rates.w > 0 else { throw .notFound(.light) }
        let mean = rates.sum() / 4
        values = rates / mean
        // A rate is also a quarter of the mean.
        let all = (errors * errors).sum() / (16 * mean * mean)
        let own = errors / mean
        var variances = SIMD4<Double>(repeating: 0)
        for lane in 0..<4 {
            let value = rates[lane] / mean
            variances[lane] =
                own[lane] * own[lane] * (1 - value / 2) + value * value * all
        }
        sigmas = variances.squareRoot()
        var (low, high) = (first, first)
        if second.value < low.value { low = second }
        if third.value < low.value { low = third }
        if fourth.value < low.value { low = fourth }
        if second.value > high.value { high = second }
        if third.value > high.value { high = third }
        if fourth.value > high.value { high = fourth }
        mismatch = high.over(low)
    }
}
