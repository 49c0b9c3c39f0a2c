internal import Quantities
public import TimeTags

/// How much later than the beacon's grid of slots the quantum light arrives, from a satellite
/// simulator on the bench: the circular mean of the clicks' phases.
///
/// The beacon's pulses of a block are laid on a straight line, which gives the slots; the circular
/// mean of the block's clicks against it is one reading. The uncertainty is that of the readings'
/// spread, so that the beacon's own jitter is in it.
public struct BeaconDelay: ~Copyable {
    /// Pulses in a block: 10 ms of a beacon of 10 kHz.
    public static let pulsesPerBlock = 100
    /// Fewest blocks that tell a spread.
    static let fewestBlocks = 10.0

    private let beacon: UInt8
    private let channels: SIMD4<UInt8>
    private let skews: SIMD4<Double>
    private let period: Double
    private let slots: Double
    private let clicks: UnsafeMutableBufferPointer<Int64>
    private var clickCount = 0
    private var pulses: InlineArray<100, Int64> = InlineArray(repeating: 0)
    private var pulseCount = 0
    private var sums = Sums()
    /// Clicks that the memory had no room for.
    public private(set) var clicksDropped: Int64 = 0
    /// Blocks without a line or without contrast.
    public private(set) var blocksWithout: Int64 = 0

    /// Weighted sums of the readings, relative to the first.
    private struct Sums: BitwiseCopyable {
        var first = 0.0
        var blocks = 0.0
        var clicks = 0.0
        /// Of w, w^2, w d, w^2 d, w^2 d^2 for weights w and deviations d.
        var weight = 0.0
        var square = 0.0
        var deviation = 0.0
        var squareDeviation = 0.0
        var squareSquare = 0.0
    }

    /// A measurement that has seen nothing.
    ///
    /// - Parameters:
    ///   - beacon: Channel of the beacon.
    ///   - channels: Of the detectors; 0 for one that is not there.
    ///   - skews: How late each detector's tags are, ps.
    ///   - period: Nominal time between beacon pulses, ps; 10^4 to 10^12.
    ///   - slots: Slots between beacon pulses, 1 to 10^9.
    ///   - clicks: Memory for the clicks of a block.
    public init(
        beacon: UInt8, channels: SIMD4<UInt8>, skews: SIMD4<Double>, period: Double,
        slots: Int64, clicks: UnsafeMutableBufferPointer<Int64>
    ) throws(CalibrationError) {
        guard period >= 1e4, period <= 1e12 else {
            throw .badSetting(.period, value: period, lowest: 1e4, highest: 1e12)
        }
        guard slots >= 1, slots <= 1_000_000_000 else {
            throw .badSetting(.slots, value: Double(slots), lowest: 1, highest: 1e9)
        }
        self.beacon = beacon
        self.channels = channels
        self.skews = skews
        self.period = period
        self.slots = Double(slots)
        self.clicks = clicks
    }

    /// Takes in the next tags of the stream, of all channels.
    public mutating func take(_ tags: UnsafeBufferPointer<TimeTag>) {
        for tag in tags where tag.kind == .detection {
            if tag.channel == beacon {
                pulses[pulseCount] = tag.time
                pulseCount += 1
                if pulseCount == Self.pulsesPerBlock { closeBlock() }
                continue
            }
            for lane in 0..<4 where channels[lane] == tag.channel && tag.channel != 0 {
                guard clickCount < clicks.count else {
                    clicksDropped += 1
                    continue
                }
                // The skew is whole picoseconds here and exact in the reading below.
                clicks[clickCount] = tag.time &- Int64(skews[lane].rounded())
                clickCount += 1
            }
        }
    }

    /// The line through the block's pulses: time of its first pulse after `pulses[0]`, and period.
    private func line() -> (start: Double, period: Double)? {
        // Twice: the second time without what lies five deviations off the first.
        var (start, spacing, limit) = (0.0, period, Double.infinity)
        for _ in 0..<3 {
            var (n, sx, sy, sxx, sxy, squares) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
            for i in 0..<pulseCount {
                let time = Double(pulses[i] &- pulses[0])
                let number = ((time - start) / spacing).rounded()
                let rest = time - start - number * spacing
                guard rest.magnitude <= limit else { continue }
                n += 1
                sx += number
                sy += rest
                sxx += number * number
                sxy += number * rest
                squares += rest * rest
            }
            let spread = sxx - sx * sx / n
            guard n >= Double(pulseCount) / 2, n >= 8, spread > 0 else { return nil }
            let slope = (sxy - sx * sy / n) / spread
            let offset = (sy - slope * sx) / n
            start += offset
            spacing += slope
            let rest = squares / n - offset * offset
            limit = max(5 * max(rest, 0).squareRoot(), 100)
        }
        return (start, spacing)
    }

    private mutating func closeBlock() {
        defer {
            pulseCount = 0
            clickCount = 0
        }
        guard let line = line() else {
            blocksWithout += 1
            return
        }
        var sum = SIMD2<Double>(0, 0)
        for i in 0..<clickCount {
            let time = Double(clicks[i] &- pulses[0]) - line.start
            let place = time / line.period * slots
            let angle = 2 * Double.pi * (place - place.rounded(.down))
            sum += SIMD2(Elementary.cos(angle), Elementary.sin(angle))
        }
        let number = Double(clickCount)
        guard number >= 8, (sum * sum).sum() > 6 * number else {
            blocksWithout += 1
            return
        }
        let phase = Elementary.atan2(sum.y, sum.x) / (2 * Double.pi)
        add(phase, weight: number)
    }

    private mutating func add(_ phase: Double, weight: Double) {
        if sums.blocks == 0 { sums.first = phase }
        var deviation = phase - sums.first
        deviation -= deviation.rounded()
        sums.blocks += 1
        sums.clicks += weight
        sums.weight += weight
        sums.square += weight * weight
        sums.deviation += weight * deviation
        sums.squareDeviation += weight * weight * deviation
        sums.squareSquare += weight * weight * deviation * deviation
    }

    /// The delay found so far, ps, within half a slot either way.
    public func result() throws(CalibrationError) -> Estimate {
        guard sums.blocks >= Self.fewestBlocks else {
            throw .tooFewPoints(found: Int64(sums.blocks), needed: Int64(Self.fewestBlocks))
        }
        let mean = sums.deviation / sums.weight
        let scatter =
            sums.squareSquare - 2 * mean * sums.squareDeviation + mean * mean * sums.square
        let variance = max(scatter, 0) / (sums.weight * sums.weight)
        var phase = sums.first + mean
        phase -= phase.rounded()
        let slot = period / slots
        return Estimate(
            value: phase * slot,
            sigma: (variance * sums.blocks / (sums.blocks - 1)).squareRoot() * slot,
            counts: Int64(sums.clicks))
    }
}
