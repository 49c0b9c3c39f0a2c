internal import Quantities

/// One step of a scan of the discriminator's threshold.
public struct ThresholdStep: Equatable, Sendable, BitwiseCopyable {
    /// Threshold, mV.
    public var threshold: Double
    /// Counts per second.
    public var rate: Estimate
    /// Share of the counts that are double edges.
    public var doubleEdges: Double

    /// A step with every field given.
    public init(threshold: Double, rate: Estimate, doubleEdges: Double) {
        self.threshold = threshold
        self.rate = rate
        self.doubleEdges = doubleEdges
    }

    /// What detector `lane`, 0 to 3, counted at `threshold` mV.
    public init(threshold: Double, counts: StepCounts, lane: Int) throws(CalibrationError) {
        let number = counts.counts[lane & 3]
        rate = try RateCorrection.none.rate(of: number, in: counts.seconds)
        self.threshold = threshold
        doubleEdges = number > 0 ? counts.doubleEdges[lane & 3] / number : 0
    }
}

/// The range of thresholds over which a detector's rate in steady light does not change, and its
/// middle, where the threshold belongs.
public struct ThresholdPlateau: Equatable, Sendable, BitwiseCopyable {
    /// Change of the rate that ends the plateau.
    public static let tolerance = 0.05

    /// Lowest threshold of the plateau, mV: noise adds 5 % to the rate.
    public let lowest: Estimate
    /// Highest threshold of the plateau, mV: 5 % of the pulses are too small.
    public let highest: Estimate
    /// Middle of the plateau, mV.
    public let centre: Estimate
    /// Rate on the plateau, counts per second.
    public let rate: Estimate
    /// Share of double edges at the step next to the middle.
    public let doubleEdges: Double

    /// Finds the plateau of `steps`, five or more, ascending by threshold.
    ///
    /// It is the longest run of steps whose rates lie within 5 %, and their statistics, of the
    /// run's mean; its ends are interpolated to where the rate has left it by 5 %. Scan closely
    /// enough that both flanks have steps.
    public init(_ steps: UnsafeBufferPointer<ThresholdStep>) throws(CalibrationError) {
        guard steps.count >= 5 else {
            throw .tooFewPoints(found: Int64(widening: steps.count), needed: 5)
        }
        for i in 1..<steps.count where !(steps[i].threshold > steps[i - 1].threshold) {
            throw .badSetting(
                .threshold, value: steps[i].threshold, lowest: steps[i - 1].threshold,
                highest: .infinity)
        }
        guard let run = Self.longestRun(steps) else { throw .notFound(.plateau) }
        let level = Self.mean(steps, run)
        // The run's last step may lie beyond the end: look from its middle outwards.
        let middle = (run.lowerBound + run.upperBound) / 2
        var first = middle
        let most = (1 + Self.tolerance) * level.value
        while first > 0, steps[first - 1].rate.value <= most { first -= 1 }
        var last = middle
        let least = (1 - Self.tolerance) * level.value
        while last < steps.count - 1, steps[last + 1].rate.value >= least { last += 1 }
        guard first > 0, last < steps.count - 1 else { throw .notFound(.plateau) }
        lowest = Self.crossing(steps[first], steps[first - 1], level, 1 + Self.tolerance)
        highest = Self.crossing(steps[last], steps[last + 1], level, 1 - Self.tolerance)
        rate = level
        centre = Estimate(
            value: (lowest.value + highest.value) / 2,
            sigma: (lowest.sigma * lowest.sigma + highest.sigma * highest.sigma).squareRoot() / 2,
            counts: level.counts)
        var nearest = run.lowerBound
        for i in run
        where (steps[i].threshold - centre.value).magnitude
            < (steps[nearest].threshold - centre.value).magnitude
        {
            nearest = i
        }
        doubleEdges = steps[nearest].doubleEdges
    }

    private static func longestRun(
        _ steps: UnsafeBufferPointer<ThresholdStep>
    ) -> ClosedRange<Int>? {
        var best: ClosedRange<Int>?
        for first in steps.indices {
            var last = first
            while last + 1 < steps.count, isFlat(steps, first...last + 1) { last += 1 }
            if last > first, last - first > (best.map { $0.upperBound - $0.lowerBound } ?? 0) {
                best = first...last
            }
        }
        return best
    }

    private static func isFlat(
        _ steps: UnsafeBufferPointer<ThresholdStep>, _ run: ClosedRange<Int>
    ) -> Bool {
        let mean = mean(steps, run).value
        guard mean > 0 else { return false }
        for i in run {
            let room = tolerance * mean + 2 * steps[i].rate.sigma
            if (steps[i].rate.value - mean).magnitude > room { return false }
        }
        return true
    }

    /// Mean of the rates weighted by time, so that small counts do not weigh more.
    private static func mean(
        _ steps: UnsafeBufferPointer<ThresholdStep>, _ run: ClosedRange<Int>
    ) -> Estimate {
        var (sum, variance, counts) = (0.0, 0.0, Int64(0))
        for i in run {
            sum += steps[i].rate.value
            variance += steps[i].rate.sigma * steps[i].rate.sigma
            counts &+= steps[i].rate.counts
        }
        let number = Double(run.count)
        return Estimate(value: sum / number, sigma: variance.squareRoot() / number, counts: counts)
    }

    /// Where, between a step inside and one outside, the rate is `share` of `level`.
    private static func crossing(
        _ inside: ThresholdStep, _ outside: ThresholdStep, _ level: Estimate, _ share: Double
    ) -> Estimate {
        let height = share * level.value
        let change = outside.rate.value - inside.rate.value
        let span = outside.threshold - inside.threshold
        let place = min(max((height - inside.rate.value) / change, 0), 1)
        let parts = SIMD4(
            (1 - place) * inside.rate.sigma, place * outside.rate.sigma, share * level.sigma, 0)
        let sigma = (parts * parts).sum().squareRoot() / change.magnitude * span.magnitude
        // Between two steps the rate follows no straight line: the edge is anywhere between them.
        let total = (sigma * sigma + span * span / 12).squareRoot()
        return Estimate(
            value: inside.threshold + place * span, sigma: min(total, span.magnitude),
            counts: inside.rate.counts)
    }
}
