import ClockSync
import Gating
import RealTime
import TimeTags

/// Counts tags, clicks and the clock for whoever looks: one for the thread that decodes.
struct LiveFeed {
    let counts: LiveCounts
    /// The detector of each tagger input, 0 to 3; 255: none.
    private var detectorOf = InlineArray<256, UInt8>(repeating: 255)
    private var last = InlineArray<4, Int64>(repeating: .min)
    private let slotPeriod: Int64

    /// A feed of `counts`.
    ///
    /// - Parameters:
    ///   - detectors: The tagger inputs of H, V, D, A.
    ///   - slotPeriod: ps, more than 0.
    init(_ counts: LiveCounts, detectors: [UInt8?], slotPeriod: Int64) {
        precondition(slotPeriod > 0)
        self.counts = counts
        self.slotPeriod = slotPeriod
        for (index, input) in detectors.prefix(4).enumerated() {
            if let input { detectorOf[Int(input)] = UInt8(index) }
        }
    }

    /// Counts a batch of tags: a word of memory is written per input, not per tag.
    mutating func take(_ tags: UnsafeBufferPointer<TimeTag>) {
        var counted = InlineArray<64, UInt32>(repeating: 0)
        var losses: UInt64 = 0
        let isWatched = counts.isWatched
        for tag in tags {
            guard tag.kind == .detection else {
                if tag.kind == .lossBegin { losses += 1 }
                continue
            }
            if tag.channel < 64 { counted[Int(tag.channel)] &+= 1 }
            guard isWatched else { continue }
            let detector = Int(detectorOf[Int(tag.channel)])
            guard detector < 4 else { continue }
            if last[detector] != .min {
                counts.addInterval(tag.time &- last[detector], detector: detector)
            }
            last[detector] = tag.time
        }
        if !isWatched { last = InlineArray(repeating: .min) }
        for input in 0..<64 where counted[input] > 0 {
            counts.add(tags: UInt64(counted[input]), input: input)
        }
        counts[.batches] &+= 1
        if losses > 0 { counts[.losses] &+= losses }
    }

    /// Counts clicks by their phase in the slot.
    func take(_ clicks: UnsafeMutableBufferPointer<Click>) {
        for click in clicks {
            let phase = Int64(click.offset) + slotPeriod / 2
            counts.addClick(
                detector: Int(click.detector),
                bin: Int(phase * Int64(LiveCounts.phaseBins) / slotPeriod))
        }
        counts[.clicks] &+= UInt64(clicks.count)
    }

    /// Keeps what the clock is like.
    func take(sigma: Double, offset: Double, isValid: Bool) {
        counts[.clockState] = isValid ? 2 : 1
        counts[.clockSigma] = sigma.bitPattern
        counts[.clockOffset] = offset.bitPattern
    }
}
