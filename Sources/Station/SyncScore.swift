import ClockSync

/// How far the clock was from the truth, which only a simulation knows.
struct SyncScore {
    /// Truths kept, one per ms of tag time: 16 s, many times the longest lag.
    private static let capacity = 16_384
    /// Errors are counted in bins of 0.25 ps up to 4096 ps.
    private static let bins = 16_384

    private var truth = [Int64](repeating: .min, count: capacity)
    private var histogram = [Int64](repeating: 0, count: bins)
    private var sigmas = [Int64](repeating: 0, count: 1_024)
    private(set) var valid: Int64 = 0
    private(set) var total: Int64 = 0
    private(set) var slips: Int64 = 0
    private var scored: Int64 = 0
    private var squares = 0.0
    private var normalised = 0.0

    /// Takes in truths, one per ms of tag time from `start`.
    mutating func learn(_ times: [Int64], from start: Int64) {
        var index = start / WorldFeed.truthStep
        for time in times {
            truth[Int(truncatingIfNeeded: index) & (Self.capacity - 1)] = time
            index += 1
        }
    }

    /// Scores a segment; its error in ps if it is valid and the truth is known.
    mutating func score(_ segment: ClockSegment, slotPeriod: Int64) -> Double? {
        total += 1
        guard segment.isValid else { return nil }
        valid += 1
        sigmas[min(Int(segment.sigma), 1_023)] += 1
        guard segment.tagStart % WorldFeed.truthStep == 0 else { return nil }
        let slot = Int(truncatingIfNeeded: segment.tagStart / WorldFeed.truthStep)
        let known = truth[slot & (Self.capacity - 1)]
        let error = segment.satelliteStart &- known
        guard known != .min, abs(error) < 1_000_000_000 else { return nil }
        scored += 1
        let value = Double(error)
        squares += value * value
        let sigma = Double(max(segment.sigma, 1))
        normalised += value * value / (sigma * sigma)
        histogram[min(Int(abs(error)) * 4, Self.bins - 1)] += 1
        if 2 * abs(error) > slotPeriod { slips += 1 }
        return value
    }

    /// Share of all segments that were valid.
    var validFraction: Double { total == 0 ? 0 : Double(valid) / Double(total) }

    /// Median of the published sigma, ps.
    var medianSigma: Double? { Self.quantile(0.5, of: sigmas).map(Double.init) }

    /// Root mean square error, 99.9th percentile, largest error (ps), and error over sigma.
    var errors: (rms: Double, p999: Double, max: Double, normalised: Double)? {
        guard scored > 0, let p999 = Self.quantile(0.999, of: histogram),
            let largest = histogram.lastIndex(where: { $0 > 0 })
        else { return nil }
        let n = Double(scored)
        return (
            (squares / n).squareRoot(), Double(p999) / 4, Double(largest) / 4,
            (normalised / n).squareRoot()
        )
    }

    private static func quantile(_ share: Double, of counts: [Int64]) -> Int? {
        let total = counts.reduce(0, +)
        guard total > 0 else { return nil }
        var sum: Int64 = 0
        for (index, count) in counts.enumerated() {
            sum += count
            if Double(sum) >= share * Double(total) { return index }
        }
        return counts.count - 1
    }
}
