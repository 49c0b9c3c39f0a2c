import Quantities

/// What the decoders of unframed formats share: damage, disorder and wraps become records.
struct EventWriter: Sendable, BitwiseCopyable {
    /// Places that one event with `tags` detections may need: two losses and a wrap come on top.
    static func places(detections: Int) -> Int { detections &+ 5 }

    /// Backward steps up to this are disorder, ps; real files show up to 0.1 us.
    static var disorder: Int64 { 1_000_000_000 }

    private(set) var lastTime: Int64 = 0
    private var hasStarted = false
    private var damage: LossReason?

    /// Notes that bytes before the next event were dropped.
    mutating func noteDamage(_ reason: LossReason) {
        if damage == nil { damage = reason }
    }

    /// Writes what lies between the last event and one at `step` of a counter of `bits` bits.
    ///
    /// - Returns: The event's time, ps.
    mutating func open(
        at step: CounterUnwrapper.Step, bits: Int64, scale: TickScale, isLossy: Bool = false,
        counters: inout DecodeCounters, into sink: inout TagSink
    ) -> Int64 {
        let time = scale.picosecondsRoundedHalfUp(step.ticks)
        var wrapTime: Int64 = 0
        if step.periods > 0 {
            wrapTime = scale.picosecondsRoundedHalfUp(step.ticks & ~((1 &<< bits) &- 1))
        }
        open(
            at: time, isReversed: step.isReversed, wraps: step.periods, wrapTime: wrapTime,
            isLossy: isLossy, ahead: 0, counters: &counters, into: &sink)
        return time
    }

    /// Writes what lies between the last event and one at `time`, ps.
    mutating func open(
        at time: Int64, isReversed: Bool, wraps: Int64, wrapTime: Int64, isLossy: Bool = false,
        ahead: Int, counters: inout DecodeCounters, into sink: inout TagSink
    ) {
        let from = hasStarted ? lastTime : time
        if isLossy {
            counters.note(.taggerOverflow, ahead: ahead)
            noteDamage(.taggerOverflow)
        }
        if let damage {
            sink.putLoss(from: from, to: time, reason: damage)
            counters.losses &+= 1
            self.damage = nil
        }
        if isReversed {
            counters.note(.timeReversed, ahead: ahead)
            sink.putLoss(from: from, to: time, reason: .timeReversed)
            counters.losses &+= 1
        }
        if wraps > 0 {
            sink.put(
                TimeTag(
                    time: wrapTime, channel: 0, kind: .rollOver,
                    count: UInt32(truncatingIfNeeded: wraps)))
            counters.rollOvers &+= 1
        }
        lastTime = time
        hasStarted = true
    }

    /// Writes one detection per bit of `pattern`; bit 0 is channel `first`.
    func putPattern(
        _ pattern: UInt8, first: UInt8, at time: Int64, counters: inout DecodeCounters,
        into sink: inout TagSink
    ) {
        var bits = pattern
        var channel = first
        while bits != 0 {
            if bits & 1 != 0 {
                sink.put(TimeTag(time: time, channel: channel))
                counters.detections &+= 1
            }
            bits &>>= 1
            channel &+= 1
        }
    }

    /// Writes the loss at the end of the input, if damage or `cut` bytes are left over.
    ///
    /// - Returns: Whether the end has been dealt with.
    mutating func close(
        cut: Int, counters: inout DecodeCounters, into sink: inout TagSink
    ) -> Bool {
        guard cut > 0 || damage != nil else { return true }
        guard sink.space >= 2 else { return false }
        if cut > 0 {
            counters.note(.truncated, ahead: 0)
            counters.skippedBytes &+= Int64(widening: cut)
            counters.bytes &+= Int64(widening: cut)
        }
        sink.putLoss(
            from: lastTime, to: lastTime, reason: cut > 0 ? .truncated : damage ?? .truncated)
        counters.losses &+= 1
        damage = nil
        return true
    }

    /// Ends a stream of records of one size, after `progress` through what was left over.
    ///
    /// - Returns: The progress with the last record's rest and its loss, if there was room.
    mutating func finish(
        _ progress: DecodeProgress, through leftover: UnsafeRawBufferPointer, recordSize: Int,
        counters: inout DecodeCounters, into output: UnsafeMutableBufferPointer<TimeTag>
    ) -> DecodeProgress {
        var progress = progress
        let left = leftover.count &- progress.bytesConsumed
        guard left < recordSize else { return progress }
        var sink = TagSink(output)
        sink.count = progress.tagsWritten
        if close(cut: left, counters: &counters, into: &sink) {
            progress.bytesConsumed = leftover.count
        }
        progress.tagsWritten = sink.count
        return progress
    }
}
