public import Quantities
public import TimeTags

/// Watches how often each of four detectors clicks, in the stream's own time, and says which to
/// blank.
///
/// A detector that clicks more than ``Rule/counts`` times within any span of ``Rule/window`` is
/// latched, until somebody who looked at it re-arms it. The span slides with every click, so that
/// light of any excess is seen within one window of its begin, sooner the brighter it is.
///
/// Losses that the tagger itself reports as overflow hide clicks: where it lost tags at more than
/// one detector's limit, all detectors are latched.
///
/// It is handed every batch of decoded tags before anything else is done with them. Memory: one
/// time for each of the limit's counts per detector, from its making on.
public struct RateGuard: ~Copyable {
    /// What a detector stands.
    public struct Rule: Equatable, Sendable, BitwiseCopyable {
        /// Most clicks within a window, 1 to 65,536.
        public let counts: Int
        /// The sliding span, more than 0.
        public let window: Picoseconds
        /// For this span of stream time clicks of a blanked detector may still be under way.
        public var settling: Picoseconds

        /// A limit in clicks per second over a window.
        ///
        /// The window is a quarter of a millisecond unless told: with as much again for the way
        /// from the tagger, a detector is blank half a millisecond after the light came. At the
        /// limit of 5 MHz this is 1250 clicks, and light at half of it exceeds that never: its
        /// spread is 25 about 625.
        ///
        /// - Returns: `nil` if limit and window allow less than 1 or more than 65,536 clicks.
        public init?(
            limit: Double = 5e6, window: Picoseconds = Picoseconds(250_000_000),
            settling: Picoseconds = Picoseconds(20_000_000_000)
        ) {
            let counts = limit * Double(window.count) * 1e-12
            guard window > .zero, settling >= .zero, 1..<65_537 ~= counts else { return nil }
            self.counts = Int(counts)
            self.window = window
            self.settling = settling
        }
    }

    /// Why and when a detector was latched.
    public struct Trip: Equatable, Sendable, BitwiseCopyable {
        /// Time of the click or loss that was too much, on the tagger's clock.
        public var time: Picoseconds
        /// Time of the oldest click of those that were too many.
        public var since: Picoseconds
        /// How many clicks those are, the lost ones included.
        public var counts: Int64
    }

    /// What a detector stands.
    public let rule: Rule
    /// Detectors that stay blank until they are re-armed.
    public private(set) var latched = DetectorSet()
    /// Latched detectors that went on clicking at more than the limit after ``Rule/settling``:
    /// their gate does not work, and only the shutter helps.
    public private(set) var stuck = DetectorSet()
    /// The last trip of each detector; zeros if it had none.
    public private(set) var trips = InlineArray<4, Trip>(
        repeating: Trip(time: .zero, since: .zero, counts: 0))

    /// Detector of each tagger channel, 4 for none.
    private var detectorOf = InlineArray<256, UInt8>(repeating: 4)
    /// The last `counts` click times of each detector, one after the other, each a ring.
    private let times: UnsafeMutablePointer<Int64>
    /// Where the oldest of each ring is.
    private var oldest = InlineArray<4, Int>(repeating: 0)
    /// Where the loss that goes on began.
    private var lossBegin: Int64 = 0

    /// A guard of the detectors on four tagger channels, which differ.
    public init(channels: InlineArray<4, UInt8>, rule: Rule) {
        self.rule = rule
        times = .allocate(capacity: 4 * rule.counts)
        times.initialize(repeating: .min, count: 4 * rule.counts)
        for detector in 0..<4 {
            let channel = Int(channels[detector])
            precondition(detectorOf[channel] == 4, "two detectors on one tagger channel")
            detectorOf[channel] = UInt8(detector)
        }
    }

    deinit { times.deallocate() }

    /// Takes a batch of tags; returns the detectors to be blanked now: those newly latched, and
    /// stuck ones again.
    #if !DEBUG
        @_noLocks @_noAllocation
    #endif
    public mutating func take(_ tags: UnsafeBufferPointer<TimeTag>) -> DetectorSet {
        var blanked = DetectorSet()
        for tag in tags {
            guard tag.kind.rawValue == TimeTag.Kind.detection.rawValue else {
                blanked.formUnion(take(note: tag))
                continue
            }
            let detector = Int(detectorOf[Int(tag.channel)])
            guard detector < 4 else { continue }
            let index = oldest[detector]
            let place = detector &* rule.counts &+ index
            let before = times[place]
            times[place] = tag.time
            oldest[detector] = index &+ 1 == rule.counts ? 0 : index &+ 1
            guard tag.time >= before, before != .min else { continue }
            // As unsigned, in which no difference is too large.
            let span = UInt64(bitPattern: tag.time &- before)
            guard span <= UInt64(bitPattern: rule.window.count) else { continue }
            let counts = Int64(rule.counts) &+ 1
            if trip(detector, at: tag.time, since: before, counts: counts) {
                blanked.formUnion(DetectorSet(detector))
            }
        }
        return blanked
    }

    /// Latches a detector; says whether an order to blank it is due.
    #if !DEBUG
        @_noLocks @_noAllocation
    #endif
    private mutating func trip(
        _ detector: Int, at time: Int64, since: Int64, counts: Int64
    ) -> Bool {
        let one = DetectorSet(detector)
        // The next trip takes as many clicks again.
        forget(detector)
        if !latched.contains(one) {
            latched.formUnion(one)
            trips[detector] = Trip(
                time: Picoseconds(time), since: Picoseconds(since), counts: counts)
            return true
        }
        guard time &- trips[detector].time.count > rule.settling.count else { return false }
        stuck.formUnion(one)
        return true
    }

    /// Takes a record about the stream; returns the detectors to be blanked.
    #if !DEBUG
        @_noLocks @_noAllocation
    #endif
    private mutating func take(note tag: TimeTag) -> DetectorSet {
        var blanked = DetectorSet()
        if tag.kind.rawValue == TimeTag.Kind.lossBegin.rawValue { lossBegin = tag.time }
        guard tag.kind.rawValue == TimeTag.Kind.lossEnd.rawValue,
            tag.detail == LossReason.taggerOverflow.rawValue
        else { return blanked }
        let lost = Double(tag.count)
        let span = Double(tag.time) - Double(lossBegin)
        guard lost > Double(rule.counts),
            lost * Double(rule.window.count) > Double(rule.counts) * span
        else { return blanked }
        for detector in 0..<4
        where trip(detector, at: tag.time, since: lossBegin, counts: Int64(tag.count)) {
            blanked.formUnion(DetectorSet(detector))
        }
        return blanked
    }

    /// Lets `detectors` be opened again: somebody looked at them and found them well.
    public mutating func rearm(_ detectors: DetectorSet) {
        latched.subtract(detectors)
        stuck.subtract(detectors)
        for detector in 0..<4 where detectors.contains(DetectorSet(detector)) { forget(detector) }
    }

    /// Starts counting afresh, as after the tagger was plugged in again; latches stay.
    public mutating func restart() {
        for detector in 0..<4 { forget(detector) }
    }

    #if !DEBUG
        @_noLocks @_noAllocation
    #endif
    private func forget(_ detector: Int) {
        (times + detector &* rule.counts).update(repeating: .min, count: rule.counts)
    }
}
