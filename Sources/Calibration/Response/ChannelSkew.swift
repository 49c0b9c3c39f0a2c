internal import Quantities

/// How much later one detector answers the same pulses than another, ps.
///
/// Two ways that must agree: the difference of the responses' centroids, and the shift at which
/// both responses resemble each other most. The first is the mean delay, tails and all; the second
/// is that of the bulk, whatever the tails.
public enum ChannelSkew {
    /// Widths to either side of the maximum that belong to the response.
    private static let reach = 6.0

    /// Mean delay of the clicks in `histogram`, ps from its start, without the background's.
    public static func centroid(_ histogram: PhaseHistogram) throws(CalibrationError) -> Estimate {
        let coarse = try CoarsePeak(histogram)
        let half = window(histogram, coarse)
        var centre = Double(coarse.bin)
        var (mean, variance, light) = (0.0, 0.0, 0.0)
        // A window about its own centroid is not drawn to either side by the background.
        for _ in 0..<12 {
            let middle = Int(centre.rounded())
            var sums = SIMD3<Double>(repeating: 0)
            var all = 0.0
            for offset in -half...half {
                let counts = histogram.count(wrapped(middle + offset, histogram))
                let net = counts - coarse.background
                sums += net * SIMD3(1, Double(offset), 0)
                sums.z += counts * Double(offset * offset)
                all += counts
            }
            guard sums.x > 0 else { throw .notFound(.peak) }
            light = sums.x
            mean = sums.y / sums.x
            variance = (sums.z - all * mean * mean) / (sums.x * sums.x)
            let next = Double(middle) + mean
            let change = next - centre
            centre = next
            if change.magnitude < 1e-6 { break }
        }
        return Estimate(
            value: (centre + 0.5) * histogram.binWidth,
            sigma: max(variance, 0).squareRoot() * histogram.binWidth, counts: Int64(light))
    }

    /// How much later than `first` the clicks of `second` come on average.
    public static func byCentroid(
        _ first: PhaseHistogram, _ second: PhaseHistogram
    ) throws(CalibrationError) -> Estimate {
        let difference = try centroid(second).minus(try centroid(first))
        return nearest(difference, first.period)
    }

    /// The shift at which the cross-correlation of both responses, smoothed by a Gaussian of 0.3
    /// widths, is largest. The same bins in both.
    ///
    /// Its variance is the first-order one of a statistic of two samples (Hoeffding's projection).
    public static func byCorrelation(
        _ first: PhaseHistogram, _ second: PhaseHistogram
    ) throws(CalibrationError) -> Estimate {
        guard first.counts.count == second.counts.count, first.period == second.period else {
            throw .badSetting(
                .bins, value: Double(second.counts.count), lowest: Double(first.counts.count),
                highest: Double(first.counts.count))
        }
        let (a, b) = (try CoarsePeak(first), try CoarsePeak(second))
        let pair = ResponsePair(
            first: first, second: second, firstBin: a.bin, secondBin: b.bin,
            half: min(window(first, a), window(second, b)),
            spread: max(0.3 * max(a.width, b.width), 0.6))
        var shift = 0.0
        for _ in 0..<40 {
            let derivative = pair.derivative(at: shift)
            guard derivative.slope < 0 else { throw .noFit(.peak) }
            let step = -derivative.value / derivative.slope
            shift += min(max(step, -pair.spread), pair.spread)
            if step.magnitude < 1e-7 { break }
        }
        let slope = pair.derivative(at: shift).slope
        let bins = Double(b.bin - a.bin) + shift
        return nearest(
            Estimate(
                value: bins * first.binWidth,
                sigma: pair.variance(at: shift).squareRoot() / slope.magnitude * first.binWidth,
                counts: Int64(min(first.total, second.total))),
            first.period)
    }

    /// How the skew changes with the rate: the largest difference between skews measured at three
    /// rates or more, whose smallest and largest are given.
    public static func walk(
        _ lowest: Estimate, _ middle: Estimate, _ highest: Estimate
    ) -> Estimate {
        let (near, far, all) = (
            middle.minus(lowest), highest.minus(middle), highest.minus(lowest)
        )
        let larger = near.value.magnitude > far.value.magnitude ? near : far
        return larger.value.magnitude > all.value.magnitude ? larger : all
    }

    /// Bins to either side of the middle that belong to the response.
    private static func window(_ histogram: PhaseHistogram, _ coarse: CoarsePeak) -> Int {
        max(min(Int(reach * coarse.width), histogram.counts.count / 2 - 1), 1)
    }

    private static func wrapped(_ bin: Int, _ histogram: PhaseHistogram) -> Int {
        let count = histogram.counts.count
        let rest = bin % count
        return rest < 0 ? rest + count : rest
    }

    /// The same delay within half a period either way.
    private static func nearest(_ delay: Estimate, _ period: Double) -> Estimate {
        var delay = delay
        delay.value -= (delay.value / period).rounded() * period
        return delay
    }
}

/// Two responses about their maxima.
private struct ResponsePair {
    let first: PhaseHistogram
    let second: PhaseHistogram
    let firstBin: Int
    let secondBin: Int
    /// Bins to either side that belong to a response.
    let half: Int
    /// Standard deviation of the smoothing, bins.
    let spread: Double

    /// Bins to either side in which the smoothing is not negligible.
    private var kernelReach: Int { Int(4.5 * spread) + 1 }

    /// Derivative of the smoothed correlation by the shift, and its own, at `shift` bins.
    func derivative(at shift: Double) -> (value: Double, slope: Double) {
        var sums = (value: 0.0, slope: 0.0)
        let nearest = Int(shift.rounded())
        for offset in -kernelReach...kernelReach {
            let distance = (Double(offset + nearest) - shift) / spread
            let height = Elementary.exp(-distance * distance / 2)
            let pairs = correlation(offset + nearest)
            sums.value += pairs * height * distance / spread
            sums.slope += pairs * height * (distance * distance - 1) / (spread * spread)
        }
        return sums
    }

    /// Pairs of clicks of which the second's bin is `lag` more than the first's.
    private func correlation(_ lag: Int) -> Double {
        var sum = 0.0
        for offset in -half...half {
            sum += first.count(firstBin + offset) * at(second, secondBin, offset + lag)
        }
        return sum
    }

    /// Variance of the derivative at `shift`: each click moves it by what it adds to it.
    func variance(at shift: Double) -> Double {
        let nearest = Int(shift.rounded())
        var sum = 0.0
        for offset in -half...half {
            var (ofFirst, ofSecond) = (0.0, 0.0)
            for step in -kernelReach...kernelReach {
                let distance = (Double(step + nearest) - shift) / spread
                let weight = distance / spread * Elementary.exp(-distance * distance / 2)
                ofFirst += weight * at(second, secondBin, offset + step + nearest)
                ofSecond += weight * at(first, firstBin, offset - step)
            }
            sum += first.count(firstBin + offset) * ofFirst * ofFirst
            sum += at(second, secondBin, offset + nearest) * ofSecond * ofSecond
        }
        return sum
    }

    private func at(_ histogram: PhaseHistogram, _ middle: Int, _ offset: Int) -> Double {
        let count = histogram.counts.count
        let rest = (middle + offset) % count
        return Double(histogram.counts[rest < 0 ? rest + count : rest])
    }
}
