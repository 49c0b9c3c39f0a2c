internal import Quantities
public import TimeTags

/// The dead time of one detector, from the intervals between its clicks in steady light.
///
/// The histogram of intervals is empty up to the dead time and then falls exponentially. Its edge is
/// blurred by the jitter of both clicks, so its place is where a sharp edge would leave as many
/// counts as there are: for a blur that is symmetric, that is the mean dead time. 0.2 to 2 Mcps of
/// light, some 10^5 clicks.
public struct DeadTime: ~Copyable {
    /// How far from the edge its blur reaches: six deviations of two clicks of 350 ps FWHM.
    private static let marginPicoseconds = 1_200.0
    /// Length of the fit beyond the edge: short against the wait of after-pulses.
    private static let fitPicoseconds = 15_000.0

    private let channel: UInt8
    private let binWidth: Int64
    /// Intervals by length.
    public let histogram: UnsafeMutableBufferPointer<Int64>
    private var last: Int64?
    private var intervals: Int64 = 0
    private var total = 0.0

    /// What was found.
    public struct Result: Equatable, Sendable, BitwiseCopyable {
        /// Mean dead time, ps.
        public var deadTime: Estimate
        /// Mean rate of the light, counts per second.
        public var rate: Double
        /// Intervals that end 1 ns or more before the dead time: double edges, or a dead time that
        /// is not one.
        public var violations: Int64
    }

    /// A measurement of `channel`.
    ///
    /// - Parameters:
    ///   - histogram: Memory for the intervals, used by nothing else; it should reach 50 ns beyond
    ///     the dead time expected.
    ///   - binWidth: Of the histogram, 1 to 1,000 ps.
    public init(
        channel: UInt8, histogram: UnsafeMutableBufferPointer<Int64>, binWidth: Int64 = 100
    ) throws(CalibrationError) {
        guard binWidth >= 1, binWidth <= 1_000 else {
            throw .badSetting(.binWidth, value: Double(binWidth), lowest: 1, highest: 1_000)
        }
        let fewest = Int((20_000 / Double(binWidth)).rounded(.up))
        guard histogram.count >= fewest else {
            throw .badSetting(
                .bins, value: Double(histogram.count), lowest: Double(fewest), highest: 1e9)
        }
        self.channel = channel
        self.binWidth = binWidth
        self.histogram = histogram
        histogram.update(repeating: 0)
    }

    /// Takes in the next tags of the stream, of all channels.
    public mutating func take(_ tags: UnsafeBufferPointer<TimeTag>) {
        let range = Int64(widening: histogram.count) &* binWidth
        for tag in tags {
            guard tag.kind == .detection else {
                // No interval is known across missing tags.
                if tag.kind == .lossBegin || tag.kind == .lossEnd { last = nil }
                continue
            }
            guard tag.channel == channel else { continue }
            defer { last = tag.time }
            guard let last, tag.time > last else { continue }
            let interval = tag.time &- last
            // Times from outside may lie farther apart than a number can say.
            guard interval > 0 else { continue }
            intervals += 1
            total += Double(interval)
            if interval < range { histogram[Int(truncatingIfNeeded: interval / binWidth)] += 1 }
        }
    }

    /// What was found in the tags so far.
    public func result() throws(CalibrationError) -> Result {
        guard intervals >= 1_000 else { throw .tooFewCounts(found: intervals, needed: 1_000) }
        // The first place is known to a nanosecond or two, the second well enough.
        var result = try result(about: Double(try coarseEdge()), reach: 3)
        for _ in 0..<2 {
            result = try self.result(
                about: result.deadTime.value / Double(binWidth), reach: 1)
        }
        return result
    }

    /// The edge's place from the bins about `edge`, whose blur ends `reach` margins away.
    private func result(about edge: Double, reach: Double) throws(CalibrationError) -> Result {
        let width = Double(binWidth)
        let margin = Int((reach * Self.marginPicoseconds / width).rounded(.up))
        let fitted = Int((Self.fitPicoseconds / width).rounded(.up))
        guard edge >= 0, edge < Double(histogram.count) else { throw .notFound(.deadTimeEdge) }
        let near = Int(edge) + 1 + margin
        guard near + fitted <= histogram.count else { throw .notFound(.deadTimeEdge) }
        let line = StraightLine(histogram, near..<near + fitted)
        guard line.sum >= 64 else { throw .tooFewCounts(found: Int64(line.sum), needed: 64) }
        let from = max(Int(edge) - margin, 0)
        var counted = 0.0
        for bin in from..<near { counted += Double(histogram[bin]) }
        // The span before `near` that holds what was counted, at the density that the line gives.
        var span = counted / line.value(at: Double(near))
        for _ in 0..<8 { span = counted / line.value(at: Double(near) - span / 2) }
        let middle = Double(near) - span / 2
        let density = line.value(at: middle)
        guard density > 0, span.isFinite else { throw .noFit(.deadTimeEdge) }
        let variance = counted + span * span * line.variance(at: middle)
        var violations: Int64 = 0
        for bin in 0..<from { violations += histogram[bin] }
        return Result(
            deadTime: Estimate(
                value: (Double(near) - span) * width,
                sigma: variance.squareRoot() / density * width, counts: intervals),
            rate: Double(intervals) / total * 1e12, violations: violations)
    }

    /// The bin in which a nanosecond's counts first reach half of what steady light gives, and stay.
    private func coarseEdge() throws(CalibrationError) -> Int {
        let cell = max(Int(truncatingIfNeeded: 1_000 / binWidth), 1)
        let mean = total / Double(intervals)
        let expected = Double(intervals) / mean * Double(cell) * Double(binWidth)
        guard expected >= 8 else {
            throw .tooFewCounts(found: intervals, needed: Int64(8 / expected * Double(intervals)))
        }
        var bin = 0
        while bin + 11 * cell <= histogram.count {
            // Eight of the ten that follow, one by one: double edges pile up in one place.
            var filled = 0
            if sum(bin, cell) >= expected / 2 {
                for next in 1...10 where sum(bin + next * cell, cell) >= expected / 2 {
                    filled += 1
                }
            }
            if filled >= 8 { return bin }
            bin += cell
        }
        throw .notFound(.deadTimeEdge)
    }

    private func sum(_ first: Int, _ count: Int) -> Double {
        var sum: Int64 = 0
        for bin in first..<first + count { sum += histogram[bin] }
        return Double(sum)
    }
}

/// A straight line of counts per bin, with their Poisson uncertainty.
struct StraightLine: BitwiseCopyable {
    private let centre: Double
    private let mean: Double
    private let slope: Double
    private let spread: Double
    private let count: Double
    /// Counts in the bins.
    let sum: Double

    /// Least squares through `bins`, two or more, of `histogram`; a place is in bins, the middle of
    /// bin n at n + 1/2.
    init(_ histogram: UnsafeMutableBufferPointer<Int64>, _ bins: Range<Int>) {
        count = Double(bins.count)
        centre = Double(bins.lowerBound) + count / 2
        var (sum, product) = (0.0, 0.0)
        for bin in bins {
            let counts = Double(histogram[bin])
            sum += counts
            product += counts * (Double(bin) + 0.5 - centre)
        }
        self.sum = sum
        mean = sum / count
        spread = count * (count * count - 1) / 12
        slope = product / spread
    }

    func value(at place: Double) -> Double { mean + slope * (place - centre) }

    func variance(at place: Double) -> Double {
        mean * (1 / count + (place - centre) * (place - centre) / spread)
    }
}
