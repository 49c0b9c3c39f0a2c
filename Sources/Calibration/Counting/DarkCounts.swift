internal import Quantities
public import TimeTags

/// The dark counts of one detector: rate, and whether they come in bursts.
///
/// The shutter is closed for a minute or more. The rate's uncertainty follows from the spread of
/// the bins, so that it stays honest when after-pulses or interference bunch the counts; the Fano
/// factor, variance over mean of the bins, is 1 for independent counts.
public struct DarkCounts: Sendable {
    /// Usual width of a bin: 10 ms, a whole or half period of the mains.
    public static let usualBin: Int64 = 10_000_000_000
    /// Fewest bins that tell a spread.
    static let fewestBins: Int64 = 100

    private let channel: UInt8
    private let start: Int64
    private let binSeconds: Double
    private var counts: BinnedCounts

    /// What was found.
    public struct Result: Equatable, Sendable, BitwiseCopyable {
        /// Dark counts per second.
        public var rate: Estimate
        /// Fano factor of the bins.
        public var fano: Estimate
        /// Seconds that were counted.
        public var seconds: Double
        /// Bins left out because tags may be missing.
        public var spoiledBins: Int64
    }

    /// A measurement of `channel` from `start` ps of the tagger's clock on.
    ///
    /// - Parameter bin: Width of a bin, ps; 1 us to 1 s.
    public init(
        channel: UInt8, start: Int64, bin: Int64 = DarkCounts.usualBin
    ) throws(CalibrationError) {
        guard bin >= 1_000_000, bin <= 1_000_000_000_000 else {
            throw .badSetting(.binWidth, value: Double(bin), lowest: 1e6, highest: 1e12)
        }
        self.channel = channel
        self.start = start
        binSeconds = Double(bin) * 1e-12
        counts = BinnedCounts(start: start, width: bin)
    }

    /// Takes in the next tags of the stream, of all channels.
    public mutating func take(_ tags: UnsafeBufferPointer<TimeTag>) {
        for tag in tags where tag.time >= start {
            if tag.kind == .detection {
                if tag.channel == channel { counts.count(tag.time) }
            } else {
                counts.note(tag.kind, at: tag.time)
            }
        }
    }

    /// Says that every tag before `time` ps has been taken in.
    public mutating func close(at time: Int64) { counts.advance(to: time) }

    /// What was found in the bins closed so far.
    public func result() throws(CalibrationError) -> Result {
        guard counts.bins >= Self.fewestBins else {
            throw .tooFewPoints(found: counts.bins, needed: Self.fewestBins)
        }
        let bins = Double(counts.bins)
        let mean = counts.sum / bins
        let seconds = bins * binSeconds
        let number = Int64(counts.sum)
        guard mean > 0 else {
            // No count at all: one would be the next larger result.
            return Result(
                rate: Estimate(value: 0, sigma: 1 / seconds, counts: 0),
                fano: Estimate(value: 1, sigma: (2 / bins).squareRoot(), counts: 0),
                seconds: seconds, spoiledBins: counts.spoiled)
        }
        let variance = max(counts.sumOfSquares - bins * mean * mean, 0) / (bins - 1)
        let fano = variance / mean
        // Variance of the Fano factor of a Poisson count: 2/(B - 1), and little less for bunches.
        return Result(
            rate: Estimate(
                value: counts.sum / seconds,
                sigma: (counts.sum * max(fano, 1)).squareRoot() / seconds, counts: number),
            fano: Estimate(
                value: fano, sigma: fano * (2 / (bins - 1)).squareRoot(), counts: number),
            seconds: seconds, spoiledBins: counts.spoiled)
    }
}
