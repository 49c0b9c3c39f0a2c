internal import Quantities

/// How well a recovered comb tells where the photons of another channel fall.
///
/// Per block the circular mean of the other channel's photons is taken against the comb; what is
/// left after one constant offset is the prediction's error plus the other channel's own noise.
public struct CombScore: Equatable, Sendable, BitwiseCopyable {
    /// Which of a block's lines is scored.
    public enum Line: UInt8, Sendable, BitwiseCopyable {
        /// The line from all photons of the first channel.
        case smoothed
        /// The line predicted from the first channel's photons before the block.
        case causal
    }

    /// One block's photons against the comb.
    public struct Reading: Equatable, Sendable, BitwiseCopyable {
        /// Photons of the scored channel.
        public var photons = 0
        /// Their contrast, 0 to 1, without bias.
        public var contrast = 0.0
        /// Lateness of their circular mean behind the comb, ps, less the offset once it is known.
        public var lateness = 0.0
        /// Standard deviation of the mean from photon statistics, ps; 0 if it shows no comb.
        public var sigma = 0.0

        /// No photons.
        public init() {}
    }

    /// Blocks that were scored.
    public var blocks = 0
    /// Blocks whose photons were too few or showed no comb.
    public var blocksWithout = 0
    /// Constant lateness of the scored channel, ps, 0 to a period.
    public var offset = 0.0
    /// Root mean square of the lateness about the offset, ps.
    public var rms = 0.0
    /// The root mean square to expect from the comb's sigma and the photons' statistics, ps.
    ///
    /// It takes the two channels' delays as constant: one detector's wander against the other
    /// comes on top, and no clock can tell it from a wander of the scored light.
    public var expectedRMS = 0.0
    /// The part of it that the scored photons' own statistics make, ps.
    public var photonRMS = 0.0
    /// Largest lateness about the offset, ps.
    public var largest = 0.0
    /// Mean contrast of the scored blocks.
    public var contrast = 0.0

    /// Bytes of storage that a score works in, 16-byte aligned.
    public static var storageBytes: Int { CombPhasor.storageBytes }

    /// Scores `line` of `blocks` with photons at ascending `times` (ps).
    ///
    /// - Parameters:
    ///   - block: Length of a block, ps.
    ///   - storage: Memory of ``storageBytes``.
    ///   - readings: Room for a reading per block.
    public init(
        _ times: UnsafeBufferPointer<Int64>, against blocks: UnsafeBufferPointer<CombBlock>,
        line: Line, block: Int64, storage: UnsafeMutableRawPointer,
        into readings: UnsafeMutableBufferPointer<Reading>
    ) {
        let phasor = CombPhasor(storage: storage)
        var direction = SIMD2<Double>(0, 0)
        var period = 0.0
        var from = 0
        for index in blocks.indices {
            let comb = line == .smoothed ? blocks[index].smoothed : blocks[index].causal
            let first = firstIndex(times, notBefore: blocks[index].start, from: from)
            from = firstIndex(times, notBefore: blocks[index].start &+ block, from: first)
            let sum = CombSum(
                times, first..<from, start: blocks[index].start, line: comb, phasor: phasor)
            readings[index] = Self.reading(sum, period: comb.period)
            period = comb.period
            if readings[index].sigma > 0 {
                let angle = 2 * Double.pi * readings[index].lateness / period
                direction += SIMD2(Elementary.cos(angle), Elementary.sin(angle))
            }
        }
        guard period > 0 else { return }
        offset = Elementary.atan2(direction.y, direction.x) / (2 * Double.pi) * period
        gather(blocks, line, period, readings)
    }

    private static func reading(_ sum: CombSum, period: Double) -> Reading {
        var reading = Reading()
        reading.photons = Int(sum.count)
        let squared = sum.contrastSquared
        reading.contrast = max(squared, 0).squareRoot()
        guard sum.count >= 8, sum.power >= 5, squared > 0 else { return reading }
        reading.lateness = sum.turns * period
        let variance = circularVariance(
            count: sum.count, contrastSquared: squared, secondHarmonic: sum.secondHarmonic)
        reading.sigma = variance.squareRoot() * period
        return reading
    }

    /// Takes the offset off the readings and gathers what is left.
    private mutating func gather(
        _ combs: UnsafeBufferPointer<CombBlock>, _ line: Line, _ period: Double,
        _ readings: UnsafeMutableBufferPointer<Reading>
    ) {
        var sums = (rest: 0.0, squares: 0.0, photons: 0.0, combs: 0.0, contrast: 0.0)
        for index in combs.indices {
            guard readings[index].sigma > 0 else {
                blocksWithout += 1
                continue
            }
            var rest = readings[index].lateness - offset
            rest -= (rest / period).rounded() * period
            readings[index].lateness = rest
            blocks += 1
            sums.rest += rest
            sums.squares += rest * rest
            sums.photons += readings[index].sigma * readings[index].sigma
            let sigma = line == .smoothed ? combs[index].smoothed.sigma : combs[index].causal.sigma
            sums.combs += sigma * sigma
            sums.contrast += readings[index].contrast
        }
        guard blocks > 0 else { return }
        let number = Double(blocks)
        let mean = sums.rest / number
        for index in combs.indices where readings[index].sigma > 0 {
            readings[index].lateness -= mean
            largest = max(largest, abs(readings[index].lateness))
        }
        offset += mean
        if offset < 0 { offset += period }
        rms = max(sums.squares / number - mean * mean, 0).squareRoot()
        photonRMS = (sums.photons / number).squareRoot()
        expectedRMS = ((sums.photons + sums.combs) / number).squareRoot()
        contrast = sums.contrast / number
    }
}
