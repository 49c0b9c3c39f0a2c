internal import Quantities
public import TimeTags

/// How a detector and its interlock answer bright light, over several cycles of light on and off.
///
/// Markers in the stream say when the light comes and goes. After it comes the clicks must stop: the
/// time from the marker to the last click is the interlock's reaction. After it goes, and the
/// interlock is cleared at a third marker, the first click tells when the detector counts again.
public struct InterlockResponse: Sendable {
    /// The marker's code where the bright light comes.
    public static let lightOn: UInt16 = 1
    /// The marker's code where it goes and the interlock is cleared.
    public static let cleared: UInt16 = 2
    /// Fewest cycles that make a mean.
    static let fewestCycles = 5.0

    private let channel: UInt8
    private let settling: Int64
    private let marksEnd: Bool
    private var isBright = false
    private var marker: Int64?
    private var lastClick: Int64?
    private var firstClick: Int64?
    private var brightClicks = 0.0
    private var cycles = 0.0
    private var reaction = Spread()
    private var recovery = Spread()
    private var settledClicks = 0.0
    private var settledTime = 0.0
    private var longest = 0.0
    private var unblanked: Int64 = 0

    private struct Spread: BitwiseCopyable {
        var count = 0.0
        var sum = 0.0
        var squares = 0.0

        mutating func add(_ value: Double) {
            count += 1
            sum += value
            squares += value * value
        }

        var mean: Double { sum / count }
        var sigma: Double {
            (max(squares - sum * sum / count, 0) / (count - 1) / count).squareRoot()
        }
    }

    /// What was found.
    public struct Result: Equatable, Sendable, BitwiseCopyable {
        /// Mean time from light to the last click, ps.
        public var reaction: Estimate
        /// Longest of them, ps: what a limit is for.
        public var longestReaction: Double
        /// Mean time from the light's end until the detector counts again, ps; `nil` where nothing
        /// marks the light's end.
        public var recovery: Estimate?
        /// Mean number of clicks in bright light until it was blanked.
        public var brightClicks: Double
        /// Cycles in which clicks went on until the light's end: the interlock did not work.
        public var unblanked: Int64
    }

    /// A measurement of `channel`.
    ///
    /// - Parameters:
    ///   - settling: How long after the light's end the rate is steady, ps; 10^6 to 10^13.
    ///   - marksEnd: Whether the marker for it comes when the light goes; else it comes some time
    ///     later, and nothing is said of the recovery.
    public init(
        channel: UInt8, settling: Int64, marksEnd: Bool = true
    ) throws(CalibrationError) {
        guard settling >= 1_000_000, settling <= 10_000_000_000_000 else {
            throw .badSetting(.duration, value: Double(settling), lowest: 1e6, highest: 1e13)
        }
        self.channel = channel
        self.settling = settling
        self.marksEnd = marksEnd
    }

    /// Takes in the next tags of the stream, of all channels.
    public mutating func take(_ tags: UnsafeBufferPointer<TimeTag>) {
        for tag in tags {
            if tag.kind == .marker {
                if tag.detail == Self.lightOn { begin(at: tag.time) }
                if tag.detail == Self.cleared { end(at: tag.time) }
            } else if tag.kind == .detection, tag.channel == channel, let marker {
                if isBright {
                    brightClicks += 1
                    lastClick = tag.time
                } else {
                    if firstClick == nil {
                        firstClick = tag.time
                        recovery.add(Double(tag.time &- marker))
                    }
                    if tag.time &- marker >= settling { settledClicks += 1 }
                }
            }
        }
    }

    private mutating func begin(at time: Int64) {
        if let marker, !isBright {
            settledTime += Double(max(time &- marker &- settling, 0))
        }
        isBright = true
        marker = time
        lastClick = nil
    }

    private mutating func end(at time: Int64) {
        guard isBright, let start = marker else { return }
        cycles += 1
        let span = Double(time &- start)
        let answer = Double((lastClick ?? start) &- start)
        // A detector that still counts in the last twentieth was never blanked.
        if answer > 0.95 * span { unblanked += 1 }
        reaction.add(answer)
        longest = max(longest, answer)
        isBright = false
        marker = time
        firstClick = nil
    }

    /// What was found in the cycles so far.
    public func result() throws(CalibrationError) -> Result {
        let cyclesSeen = marksEnd ? min(reaction.count, recovery.count) : reaction.count
        guard cyclesSeen >= Self.fewestCycles else {
            throw .tooFewPoints(found: Int64(cyclesSeen), needed: Int64(Self.fewestCycles))
        }
        return Result(
            reaction: Estimate(
                value: reaction.mean, sigma: reaction.sigma, counts: Int64(reaction.count)),
            longestReaction: longest, recovery: marksEnd ? try recovered() : nil,
            brightClicks: brightClicks / cycles, unblanked: unblanked)
    }

    private func recovered() throws(CalibrationError) -> Estimate {
        guard settledClicks >= 100, settledTime > 0 else {
            throw .tooFewCounts(found: Int64(settledClicks), needed: 100)
        }
        // The first click of a steady rate comes after one mean interval, which is its own spread.
        let interval = settledTime / settledClicks
        let spread = max(
            recovery.sigma, interval / recovery.count.squareRoot())
        return Estimate(
            value: recovery.mean - interval, sigma: spread, counts: Int64(recovery.count))
    }
}
