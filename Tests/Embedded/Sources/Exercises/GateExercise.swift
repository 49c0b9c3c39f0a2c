import ClockSync
import Gating
import TimeTags

/// Memory of the gate's exercise: tags, clock, clicks and the stage's own.
private struct GateMemory {
    var tags = InlineArray<2048, TimeTag>(repeating: TimeTag(time: 0, channel: 0))
    var clock = InlineArray<64, ClockSegment>(
        repeating: ClockSegment(
            tagStart: 0, duration: 1, satelliteStart: 0, rate: 0, sigma: 0, isValid: false))
    var clicks = InlineArray<2304, Click>(repeating: Click(slot: 0, offset: 0, detector: 0))
    var storage = InlineArray<4096, UInt64>(repeating: 0)
}

/// Tags of four detectors at 40 counts a millisecond through gate, dead time and slots.
func gateExercise() -> UInt64 {
    var memory = GateMemory()
    fill(&memory)
    let plan = samplePlan()
    var digest = Digest()
    var storage = memory.storage.mutableSpan
    storage.withUnsafeMutableBytes { storage in
        var stage = GateStage(plan: plan, storage: storage)
        var clicks = memory.clicks.mutableSpan
        let some = stage.process(memory.tags.span, clock: memory.clock.span, into: &clicks)
        add(clicks.span, count: some, to: &digest)
        let rest = stage.flush(clock: memory.clock.span, into: &clicks)
        add(clicks.span, count: rest, to: &digest)
        precondition(some + rest > 0)
        digest.add(stage.tally.recordsIn)
        digest.add(stage.tally.count(.accepted))
        digest.add(stage.tally.count(.outsideGate))
        digest.add(stage.tally.count(.deadTime))
        digest.add(stage.tally.count(.invalidClock))
    }
    return digest.value
}

/// The gate of the 625 MHz board with its skews.
private func samplePlan() -> GatePlan {
    do throws(GatePlanError) {
        var plan = try GatePlan(slotPeriod: 1_600, gateWidth: 800, deadTime: 50_000)
        try plan.connect(channel: 3, to: .horizontal, skew: 40)
        try plan.connect(channel: 4, to: .vertical, skew: -35)
        try plan.connect(channel: 5, to: .diagonal, skew: 12)
        try plan.connect(channel: 6, to: .antidiagonal, skew: -80)
        return plan
    } catch {
        preconditionFailure("a good plan was refused")
    }
}

/// Tags near slot centres and away from them; one segment in eight is not valid.
private func fill(_ memory: inout GateMemory) {
    var numbers = NumberStream(seed: 5)
    var segment = ClockSegment(
        tagStart: 0, duration: 1_000_000_000, satelliteStart: 1_234_567, rate: 0, sigma: 25,
        isValid: true)
    for index in 0..<64 {
        segment.rate = numbers.next(below: 1 &<< 20) + (1 &<< 28)
        segment.isValid = index & 7 != 5
        memory.clock[index] = segment
        segment.satelliteStart = segment.satelliteTime(at: segment.tagStart + segment.duration)
        segment.tagStart += segment.duration
    }
    var time: Int64 = 0
    for index in 0..<2048 {
        time += numbers.next(below: 60_000_000) &>> (index & 15 == 0 ? 12 : 0)
        let channel = UInt8(truncatingIfNeeded: 2 + numbers.next(below: 5))
        memory.tags[index] = TimeTag(time: time, channel: channel)
    }
}

private func add(_ clicks: Span<Click>, count: Int, to digest: inout Digest) {
    for index in 0..<count {
        digest.add(clicks[index].slot)
        digest.add(UInt32(bitPattern: clicks[index].offset))
        digest.add(clicks[index].detector)
    }
}
