internal import Quantities

/// What is known beforehand of a pulse comb that is to be found among photons.
public struct CombRecoveryConfiguration: Equatable, Sendable, BitwiseCopyable {
    /// Period of the comb as far as it is known, ps; 10 ps to 10^9 ps.
    public var nominalPeriod: Double
    /// How far the true frequency may lie from the nominal one, as a fraction; 10^-9 to 0.2.
    public var searchRange = 0.01
    /// Length of a block, ps; 10^6 ps to 10^12 ps.
    public var block: Int64 = 10_000_000_000
    /// Fastest change of the frequency, as a fraction of it per second: 0.36 ppm/s from a satellite
    /// at 500 km, with room to spare.
    public var maximumDrift = 1e-6
    /// Chance at which noise alone may be taken for a comb.
    public var falseAlarm = 1e-6
    /// Base-2 logarithm of the longest Fourier transform of the search, 10 to 22.
    public var log2TransformSize = 20

    /// A search near `nominalPeriod` ps.
    public init(nominalPeriod: Double) { self.nominalPeriod = nominalPeriod }

    /// The first setting that is out of its range, if any.
    public var fault: CombRecoveryError? {
        if !(nominalPeriod >= 10 && nominalPeriod <= 1e9) {
            return .badSetting(.nominalPeriod, value: nominalPeriod, lowest: 10, highest: 1e9)
        }
        if !(searchRange >= 1e-9 && searchRange <= 0.2) {
            return .badSetting(.searchRange, value: searchRange, lowest: 1e-9, highest: 0.2)
        }
        if block < 1_000_000 || block > 1_000_000_000_000 {
            return .badSetting(.block, value: Double(block), lowest: 1e6, highest: 1e12)
        }
        if !(maximumDrift >= 1e-12 && maximumDrift <= 1e-3) {
            return .badSetting(.maximumDrift, value: maximumDrift, lowest: 1e-12, highest: 1e-3)
        }
        if !(falseAlarm >= 1e-30 && falseAlarm <= 0.1) {
            return .badSetting(.falseAlarm, value: falseAlarm, lowest: 1e-30, highest: 0.1)
        }
        if log2TransformSize < 10 || log2TransformSize > 22 {
            return .badSetting(
                .transformSize, value: Double(log2TransformSize), lowest: 10, highest: 22)
        }
        return nil
    }
}

/// Why no comb was recovered.
public enum CombRecoveryError: Error, Equatable, Sendable, BitwiseCopyable {
    /// Which setting is out of its range.
    public enum Setting: UInt8, Sendable, BitwiseCopyable {
        case nominalPeriod, searchRange, block, maximumDrift, falseAlarm, transformSize
    }

    /// A setting is out of its range; in the units of ``CombRecoveryConfiguration``.
    case badSetting(Setting, value: Double, lowest: Double, highest: Double)
    /// There are fewer photons than any comb could be told from noise with.
    case tooFewPhotons(found: Int, needed: Int)
    /// The times run backwards at this index.
    case timeReversed(index: Int)
    /// More blocks are needed than there is room for.
    case tooManyBlocks(needed: Int64, room: Int)
    /// Nothing stands out: the best candidate's chance of being noise, as -log10, and what it takes.
    case noComb(significance: Double, needed: Double)
}

/// A comb during one block: where its pulses lie, and how surely.
public struct CombBlock: Equatable, Sendable, BitwiseCopyable {
    /// A comb as a straight line of phase over time; a turn is one period.
    public struct Line: Equatable, Sendable, BitwiseCopyable {
        /// Phase at the block's start, in 2^-64 turns: 0 is the middle of a pulse.
        public var phase: UInt64 = 0
        /// Frequency in 2^-64 turns per ps.
        public var step: UInt64 = 0
        /// Standard deviation of the phase in the middle of the block, ps.
        public var sigma = 0.0

        /// Period, ps.
        public var period: Double { 0x1p64 / Double(nearest: step) }

        /// Phase `elapsed` ps after the block's start, in 2^-64 turns. Exact.
        @inlinable public func turns(after elapsed: Int64) -> UInt64 {
            phase &+ step &* UInt64(bitPattern: elapsed)
        }
    }

    /// Start of the block on the tagger's clock, ps.
    public var start: Int64 = 0
    /// Photons in the block.
    public var photons = 0
    /// Contrast of the block's photons, 0 to 1, free of the bias by their number.
    public var contrast = 0.0
    /// Whether these photons, alone or with those of blocks before, gave a measurement.
    public var isMeasured = false
    /// The comb as seen from all photons of the recording.
    public var smoothed = Line()
    /// The comb as predicted from the photons before this block.
    public var causal = Line()
    /// Standard deviation of the smoothed frequency in mid-block, as a fraction of it.
    public var frequencySigma = 0.0

    /// A block yet to be filled in.
    public init() {}
}

/// What a recovered comb is like over the whole recording.
public struct CombSummary: Equatable, Sendable, BitwiseCopyable {
    /// Blocks written.
    public var blocks = 0
    /// Blocks before the comb was found; they are not written.
    public var blocksSkipped: Int64 = 0
    /// Measurements of the phase.
    public var measurements = 0
    /// Groups of photons that showed no comb where one was expected.
    public var misses = 0
    /// Places where the phase became so unsure that cycles may be miscounted.
    public var breaks = 0
    /// Mean period, ps: least-squares line through the smoothed phase.
    public var period = 0.0
    /// Mean drift: change of the frequency as a fraction of it per second.
    public var drift = 0.0
    /// Contrast of all photons in measured blocks.
    public var contrast = 0.0
    /// Root mean square of the smoothed phase's standard deviation, ps.
    public var sigma = 0.0
    /// Chance of the first detection being noise, as -log10.
    public var significance = 0.0
    /// Span of the photons in which the comb was first found, s.
    public var acquisitionSpan = 0.0
    /// Noise level with the highest likelihood.
    public var noise = ClockNoise(stability: 0, acceleration: 0)
}
