internal import Quantities
public import TimeTags

/// The chance that a click of one detector is followed by an after-pulse, in steady light.
///
/// Long after a click only the light counts: the intervals' tail is exponential with its rate l. A
/// share (1 - p) exp(-l t) of all intervals is longer than t, counted from the end of the dead time,
/// so the tail carried back to the dead time leaves out just those that an after-pulse ended. Above
/// 200 kcps traps filled by one click empty after the next and the value comes out too high:
/// ``Result/isBiased``.
public struct Afterpulsing: Sendable {
    /// Rate above which the value is biased by more than 0.1 % absolute, counts per second.
    public static let highestRate = 220_000.0

    private let channel: UInt8
    private let deadTime: Double
    private let tailStart: Int64
    private let shortest: Int64
    private var last: Int64?
    private var intervals = 0.0
    private var tail = 0.0
    private var tailSum = 0.0
    private var tailSquares = 0.0
    private var total = 0.0
    /// Intervals of less than half the dead time, taken as double edges of one click.
    public private(set) var doubleEdges: Int64 = 0

    /// What was found.
    public struct Result: Equatable, Sendable, BitwiseCopyable {
        /// Chance of an after-pulse per click.
        public var probability: Estimate
        /// Mean rate, counts per second.
        public var rate: Double
        /// Whether the rate was too high for the value to be free of bias.
        public var isBiased: Bool
    }

    /// A measurement of `channel`.
    ///
    /// - Parameters:
    ///   - deadTime: Of the detector, ps; 0 to 10^8.
    ///   - tailStart: How long after the dead time no after-pulses are left, ps: ten times their
    ///     mean wait; 10^4 to 10^8.
    public init(
        channel: UInt8, deadTime: Double, tailStart: Double = 400_000
    ) throws(CalibrationError) {
        guard deadTime >= 0, deadTime <= 1e8 else {
            throw .badSetting(.deadTime, value: deadTime, lowest: 0, highest: 1e8)
        }
        guard tailStart >= 1e4, tailStart <= 1e8 else {
            throw .badSetting(.tailStart, value: tailStart, lowest: 1e4, highest: 1e8)
        }
        self.channel = channel
        self.deadTime = deadTime
        self.tailStart = Int64((deadTime + tailStart).rounded())
        shortest = Int64(deadTime / 2)
    }

    /// Takes in the next tags of the stream, of all channels.
    public mutating func take(_ tags: UnsafeBufferPointer<TimeTag>) {
        for tag in tags {
            guard tag.kind == .detection else {
                if tag.kind == .lossBegin || tag.kind == .lossEnd { last = nil }
                continue
            }
            guard tag.channel == channel else { continue }
            guard let before = last, tag.time > before else {
                last = tag.time
                continue
            }
            let interval = tag.time &- before
            guard interval >= shortest else {
                doubleEdges += 1
                continue
            }
            last = tag.time
            intervals += 1
            total += Double(interval)
            guard interval >= tailStart else { continue }
            let rest = Double(interval &- tailStart) * 1e-12
            tail += 1
            tailSum += rest
            tailSquares += rest * rest
        }
    }

    /// What was found in the tags so far.
    public func result() throws(CalibrationError) -> Result {
        guard tail >= 1_000, tailSum > 0 else {
            throw .tooFewCounts(found: Int64(tail), needed: 1_000)
        }
        // For an exponential tail this ratio is 1 with a variance of 1/n.
        let shape = tail * tailSquares / (2 * tailSum * tailSum)
        let deviations = (shape - 1) * tail.squareRoot()
        guard deviations.magnitude < 6 else { throw .unsteadyLight(deviations: deviations) }
        let rate = tail / tailSum
        let reach = (Double(tailStart) - deadTime) * 1e-12
        let none = tail / intervals * Elementary.exp(rate * reach)
        let relative = 1 / tail - 1 / intervals + (rate * reach) * (rate * reach) / tail
        let mean = intervals / total * 1e12
        return Result(
            probability: Estimate(
                value: 1 - none, sigma: none * relative.squareRoot(), counts: Int64(intervals)),
            rate: mean, isBiased: mean > Self.highestRate)
    }
}
