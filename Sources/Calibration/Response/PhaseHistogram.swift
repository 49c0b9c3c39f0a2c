internal import Quantities

/// Counts by time within one period of a pulse train; after the last bin comes the first.
///
/// The memory is somebody else's, who keeps it while the histogram is used.
public struct PhaseHistogram: BitwiseCopyable {
    /// Counts by bin.
    public let counts: UnsafeMutableBufferPointer<Int64>
    /// Period of the pulses, ps.
    public let period: Double

    /// Width of a bin, ps; best a whole number, so that every bin holds as many whole picoseconds.
    public var binWidth: Double { period / Double(counts.count) }

    /// An empty histogram in `counts`.
    ///
    /// - Parameters:
    ///   - counts: 16 bins or more.
    ///   - period: ps; 100 to 10^12.
    public init(
        _ counts: UnsafeMutableBufferPointer<Int64>, period: Double
    ) throws(CalibrationError) {
        guard counts.count >= 16 else {
            throw .badSetting(.bins, value: Double(counts.count), lowest: 16, highest: 1e9)
        }
        guard period >= 100, period <= 1e12 else {
            throw .badSetting(.period, value: period, lowest: 100, highest: 1e12)
        }
        self.counts = counts
        self.period = period
        counts.update(repeating: 0)
    }

    /// Counts a click `delay` ps after a pulse, which may be any multiple of the period away.
    public func count(delay: Double) {
        var rest = Elementary.remainder(delay, dividingBy: period)
        if rest < 0 { rest += period }
        let bin = Int(rest / period * Double(counts.count))
        counts[min(bin, counts.count &- 1)] += 1
    }

    /// Counts in all bins.
    public var total: Double {
        var sum: Int64 = 0
        for count in counts { sum &+= count }
        return Double(sum)
    }

    /// Counts in bin `index`, which may lie up to one period outside.
    @inline(__always) func count(_ index: Int) -> Double {
        var wrapped = index
        if wrapped < 0 { wrapped += counts.count }
        if wrapped >= counts.count { wrapped -= counts.count }
        return Double(counts[wrapped])
    }

    /// Counts in the bins `range`, which may lie up to one period outside.
    func sum(_ range: ClosedRange<Int>) -> Double {
        var sum = 0.0
        for index in range { sum += count(index) }
        return sum
    }
}

/// Where the peak of a histogram lies, roughly, and what lies under it.
struct CoarsePeak: BitwiseCopyable {
    /// Bin of the maximum.
    var bin = 0
    /// Bins from half height to half height.
    var width = 0.0
    /// Counts per bin at the maximum, smoothed, without what lies under it.
    var height = 0.0
    /// Counts per bin that no pulse made.
    var background = 0.0
    /// Bins to either side of the one looked at over which it is smoothed.
    var smoothing = 0

    /// Fewest counts that make a peak.
    static let fewestCounts: Int64 = 200

    init(_ histogram: PhaseHistogram) throws(CalibrationError) {
        let total = histogram.total
        guard total >= Double(Self.fewestCounts) else {
            throw .tooFewCounts(found: Int64(total), needed: Self.fewestCounts)
        }
        // Twice: the second time over a tenth of the width found first.
        smoothing = max(histogram.counts.count / 256, 1)
        try find(histogram)
        smoothing = min(max(Int(width / 12), 0), histogram.counts.count / 16)
        try find(histogram)
    }

    /// Smoothed counts per bin about `index`, without the background.
    func smoothed(_ histogram: PhaseHistogram, _ index: Int) -> Double {
        histogram.sum(index - smoothing...index + smoothing) / Double(2 * smoothing + 1)
            - background
    }

    private mutating func find(_ histogram: PhaseHistogram) throws(CalibrationError) {
        let bins = histogram.counts.count
        background = 0
        (bin, height) = (0, 0)
        for index in 0..<bins {
            let value = smoothed(histogram, index)
            if value > height { (bin, height) = (index, value) }
        }
        let top = height
        // The background moves the half height, which moves where it is looked for.
        for _ in 0..<2 {
            height = top - background
            let left = reach(histogram, step: -1)
            let right = reach(histogram, step: 1)
            width = left + right
            guard height > 0, width < Double(bins) / 2 else { throw .notFound(.peak) }
            background = under(histogram)
        }
        height = top - background
        // What Poisson noise piles up in the highest of all bins is no peak.
        let noise = (background / Double(2 * smoothing + 1)).squareRoot()
        guard height > 6 * noise else { throw .notFound(.peak) }
    }

    /// Bins from the maximum to where half of it is left.
    private func reach(_ histogram: PhaseHistogram, step: Int) -> Double {
        let bins = histogram.counts.count
        var (distance, before) = (0, height)
        while distance < bins / 2 {
            distance += 1
            let value = smoothed(histogram, bin + distance * step)
            if value < height / 2 {
                let share = (before - height / 2) / max(before - value, 1e-9)
                return Double(distance - 1) + share
            }
            before = value
        }
        return Double(distance)
    }

    /// Mean counts before the rise, where no tail reaches: up to a quarter of the period, ending
    /// three widths before the maximum, or opposite to it if the period is short.
    private func under(_ histogram: PhaseHistogram) -> Double {
        let bins = histogram.counts.count
        let length = max(min(bins / 4, Int(20 * width)), 1)
        let last = bin - min(Int(3 * width) + 1, max(bins / 2 - length / 2, 1))
        var sum = 0.0
        for index in last - length + 1...last {
            sum += histogram.count(index < -bins ? index + bins : index)
        }
        return sum / Double(length)
    }
}
