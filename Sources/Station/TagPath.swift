public import ClockSync
public import Gating
import Monitors
public import TimeTags

/// What the tag path knows and counts of one of the tagger's inputs.
private struct TagPathInput {
    /// Lateness of its tags, ps.
    let skew: Int64
    /// Whether a detector is connected.
    let isDetector: Bool
    /// Detections so far.
    var detections: Int64 = 0

    /// Input `input` of the tagger; those that no plan can name are not connected.
    init(_ input: Int, of plan: GatePlan) {
        let isPlanned = input < GatePlan.channelCount
        skew = isPlanned ? plan.skews[input] : 0
        isDetector = isPlanned && plan.roles[input].isDetector
    }
}

/// From time tags to clicks: the clock follows the beacon, the tags wait for it, the gate places them.
///
/// Tags wait because a clock that may look ahead is twice as good in a fade. The wait is bounded by
/// the clock's lag and by `waitingCapacity`; what does not fit is dropped and counted.
///
/// Owns its memory, all of it allocated when it is made.
public struct TagPath: ~Copyable {
    /// Segments in store: what a clock of the longest lag hands out at once, and what the oldest
    /// waiting tag may still need.
    static let segmentCapacity = 4_096
    /// Detections per 10 ms that help the clock; more would not make it better.
    static let detectionsPerBlock = 2_000
    /// A time that far ahead of all others is a damaged record, ps: one minute.
    static let strayLimit: Int64 = 60_000_000_000_000
    /// Times further from zero are damaged in any case, ps: 46 days, which leaves sums of two room.
    static let longestTime: Int64 = 4_000_000_000_000_000_000
    /// So many in a row, and time did jump.
    static let straysBelieved = 4
    /// Inputs a tag can name.
    static let inputCount = 256
    /// Tags handed to the gate at once.
    static let batch = 4_096

    /// Clock of the path.
    public var clock: BeaconClock
    /// Gate of the path.
    public var gate: GateStage
    /// When the telescope was aimed well enough for clicks to become key.
    var aim = AimTimeline()
    /// What was dropped before the gate.
    public private(set) var counters = TagPathCounters()
    /// Losses that nobody has looked at yet, and that ``takeLosses(_:)`` hands out.
    private var losses = InlineArray<64, TagLoss>(
        repeating: TagLoss(start: 0, end: 0, reason: .truncated, count: 0))
    private var lossCount = 0

    private let inputs: UnsafeMutablePointer<TagPathInput>
    private let clockStorage: UnsafeMutableRawBufferPointer
    private let gateStorage: UnsafeMutableRawBufferPointer
    private let waiting: UnsafeMutableBufferPointer<TimeTag>
    private let segments: UnsafeMutableBufferPointer<ClockSegment>
    private let clicks: UnsafeMutableBufferPointer<Click>
    // Waiting tags lie in a ring: from `waitingStart` on, past the end from the begin again.
    private var waitingStart = 0
    private var waitingCount = 0
    private var segmentStart = 0
    private var segmentEnd = 0
    private var newest = Int64.min
    private var strays = 0
    private var block = Int64.min
    private var detectionsInBlock = 0
    /// Cuts the stream into windows for the security monitors, if there are any.
    var cutter: WindowCutter?

    /// A path that has seen nothing.
    ///
    /// - Parameters:
    ///   - lagBlocks: Blocks of 10 ms that tags wait for the clock.
    ///   - waitingCapacity: Tags held meanwhile: 2^20 is 2 Mtag/s for half a second, 16 MiB.
    public init(
        plan: GatePlan, clock configuration: BeaconClockConfiguration,
        prediction: LightTimeTable, lagBlocks: Int, waitingCapacity: Int = 1 << 20
    ) {
        inputs = .allocate(capacity: Self.inputCount)
        for input in 0..<Self.inputCount {
            (inputs + input).initialize(to: TagPathInput(input, of: plan))
        }
        clockStorage = .allocate(
            byteCount: BeaconClock.storageBytes(lagBlocks: lagBlocks), alignment: 64)
        gateStorage = .allocate(byteCount: GateStage.storageByteCount, alignment: 64)
        waiting = .allocate(capacity: waitingCapacity)
        segments = .allocate(capacity: Self.segmentCapacity)
        clicks = .allocate(capacity: Self.batch + GateStage.heldCapacity)
        clicks.initialize(repeating: Click(slot: 0, offset: 0, detector: 0))
        clock = BeaconClock(
            configuration: configuration, prediction: prediction, lagBlocks: lagBlocks,
            storage: clockStorage)
        gate = GateStage(plan: plan, storage: gateStorage)
    }

    /// From now on tells the sink what each window of `slots` slots counts, the first beginning in
    /// slot `first`; more than 0.
    public mutating func cutWindows(slots: Int64, from first: Int64) {
        cutter = WindowCutter(
            firstSlot: first, slotsPerWindow: slots, slotPeriod: gate.plan.slotPeriod,
            blanking: WindowCutter.Blanking())
    }

    deinit {
        inputs.deallocate()
        clockStorage.deallocate()
        gateStorage.deallocate()
        waiting.deallocate()
        segments.deallocate()
        clicks.deallocate()
    }

    /// Takes in the next tags of the stream; hands on what became clicks and which clock placed them.
    public mutating func take(
        _ tags: UnsafeBufferPointer<TimeTag>, into sink: inout some ClickSink & ~Copyable
    ) {
        var index = 0
        while index < tags.count {
            index = holdRun(of: tags, from: index)
            guard index < tags.count else { return }
            takeOne(tags[index], into: &sink)
            index &+= 1
        }
    }

    /// Detections so far on input `channel` of the tagger.
    public func detections(on channel: UInt8) -> Int64 { inputs[Int(channel)].detections }

    /// Takes in a tag of any kind.
    private mutating func takeOne(
        _ tag: TimeTag, into sink: inout some ClickSink & ~Copyable
    ) {
        counters.records &+= 1
        if tag.kind == .detection {
            inputs[Int(tag.channel)].detections &+= 1
            guard isPlausible(tag.time) else { return }
            route(tag, into: &sink)
        } else if tag.kind == .lossBegin {
            counters.losses &+= 1
            counters.tagsLost &+= Int64(tag.count)
            if lossCount < losses.count {
                losses[lossCount] = TagLoss(
                    start: tag.time, end: tag.time, reason: LossReason(rawValue: tag.detail),
                    count: tag.count)
                lossCount &+= 1
            }
            hold(tag, into: &sink)
        } else if tag.kind == .lossEnd, lossCount > 0 {
            losses[lossCount &- 1].end = tag.time
        }
    }

    /// Hands out the losses since the last call, up to 64; the counters have all of them.
    mutating func takeLosses(_ body: (TagLoss) -> Void) {
        for index in 0..<lossCount { body(losses[index]) }
        lossCount = 0
    }

    /// Takes in the detector tags from `first` on with which nothing is to do but wait.
    ///
    /// That is nearly all of them once the clock has had its share of the open block. Does what
    /// ``takeOne(_:into:)`` does, ten times faster.
    ///
    /// - Returns: Index of the first tag not taken.
    private mutating func holdRun(of tags: UnsafeBufferPointer<TimeTag>, from first: Int) -> Int {
        guard detectionsInBlock >= Self.detectionsPerBlock, newest != .min,
            clock.accepts(clock.openBlock)
        else { return first }
        let (inputs, open) = (inputs, clock.openBlock)
        let room = freeRun
        let end = min(tags.count, first &+ room.count)
        var newest = newest
        var index = first
        while index < end {
            let tag = tags[index]
            let input = inputs + Int(tag.channel)
            let elapsed = tag.time &- input.pointee.skew &- open
            guard tag.kind == .detection, input.pointee.isDetector,
                UInt64(bitPattern: elapsed) < UInt64(BeaconClock.block),
                tag.time <= Self.longestTime, tag.time &- newest <= Self.strayLimit
            else { break }
            room[index &- first] = tag
            input.pointee.detections &+= 1
            newest = max(newest, tag.time)
            index &+= 1
        }
        guard index > first else { return first }
        self.newest = newest
        strays = 0
        counters.records &+= Int64(index &- first)
        waitingCount &+= index &- first
        return index
    }

    /// Says that the stream has ended; hands on all that still waited.
    public mutating func finish(into sink: inout some ClickSink & ~Copyable) {
        clock.finish()
        drainClock(into: &sink, isLast: true)
        let span = Span(_unsafeElements: UnsafeBufferPointer(currentSegments))
        var out = MutableSpan(_unsafeElements: clicks)
        let count = gate.flush(clock: span, into: &out)
        sink.accept(UnsafeMutableBufferPointer(rebasing: clicks[..<count]))
        endWindow(at: newest, next: .max, into: &sink)
    }

    /// Drops a time far ahead of all others, unless others agree with it.
    private mutating func isPlausible(_ time: Int64) -> Bool {
        guard time >= -Self.longestTime, time <= Self.longestTime else {
            counters.strayTime &+= 1
            return false
        }
        guard newest != .min, time - newest > Self.strayLimit else {
            strays = 0
            newest = max(newest, time)
            return true
        }
        strays += 1
        guard strays > Self.straysBelieved else {
            counters.strayTime &+= 1
            return false
        }
        newest = time
        return true
    }

    @inline(__always)
    private mutating func route(
        _ tag: TimeTag, into sink: inout some ClickSink & ~Copyable
    ) {
        guard tag.channel < GatePlan.channelCount else { return }
        let role = gate.plan.roles[Int(tag.channel)]
        guard role != .unused else { return }
        let time = tag.time &- gate.plan.skews[Int(tag.channel)]
        if !clock.accepts(time) { open(time, into: &sink) }
        let isOpen = clock.accepts(time)
        switch role {
        case .beacon:
            if isOpen { clock.addBeacon(time) } else { clock.countLate() }
        case .pps:
            clock.addPulsePerSecond(time)
        default:
            if isOpen, detectionsInBlock < Self.detectionsPerBlock {
                detectionsInBlock += 1
                clock.addDetection(time)
            }
            hold(tag, into: &sink)
        }
    }

    /// Lets the clock close its blocks up to `time`.
    private mutating func open(_ time: Int64, into sink: inout some ClickSink & ~Copyable) {
        // Each turn closes blocks until the clock's history is full, then drains it.
        while !clock.accepts(time) {
            let before = clock.openBlock
            clock.advance(to: time)
            drainClock(into: &sink, isLast: false)
            if clock.openBlock == before { return }
        }
        detectionsInBlock = 0
    }

    private mutating func hold(_ tag: TimeTag, into sink: inout some ClickSink & ~Copyable) {
        let room = freeRun
        guard room.count > 0 else {
            counters.waitingOverflow &+= 1
            return
        }
        room[0] = tag
        waitingCount += 1
    }

    /// Free places behind the newest waiting tag, up to the ring's end or the oldest tag; none
    /// only if the ring is full.
    private var freeRun: UnsafeMutableBufferPointer<TimeTag> {
        let end = waitingStart &+ waitingCount
        let isWrapped = end >= waiting.count
        let free = isWrapped ? waiting.count &- waitingCount : waiting.count &- end
        let first = isWrapped ? end &- waiting.count : end
        return UnsafeMutableBufferPointer(rebasing: waiting[first..<(first &+ free)])
    }

    /// The oldest waiting tags that lie in a row, at most ``batch``.
    private var oldestRun: UnsafeMutableBufferPointer<TimeTag> {
        let count = min(waitingCount, waiting.count &- waitingStart, Self.batch)
        return UnsafeMutableBufferPointer(
            rebasing: waiting[waitingStart..<(waitingStart &+ count)])
    }

    /// Forgets the oldest `count` waiting tags, which lie in a row.
    private mutating func dropOldest(_ count: Int) {
        waitingStart &+= count
        waitingCount &-= count
        // An empty ring begins anew: places just used are still in the cache.
        if waitingStart == waiting.count || waitingCount == 0 { waitingStart = 0 }
    }

    private var currentSegments: UnsafeMutableBufferPointer<ClockSegment> {
        UnsafeMutableBufferPointer(rebasing: segments[segmentStart..<segmentEnd])
    }

    /// Takes the segments that have settled, and gates the tags that they cover.
    private mutating func drainClock(
        into sink: inout some ClickSink & ~Copyable, isLast: Bool
    ) {
        var isDry = false
        while !isDry {
            compactSegments()
            var count = 0
            // As many as fit; the gate then frees room for the rest.
            while segmentEnd < segments.count {
                guard var segment = clock.nextSegment() else {
                    isDry = true
                    break
                }
                segment.isAimed = aim.isGood(
                    from: segment.tagStart, until: segment.tagStart &+ segment.duration)
                segments[segmentEnd] = segment
                sink.accept(segment, offset: clock.lastOffset, beaconSigma: clock.lastBeaconSigma)
                segmentEnd += 1
                count += 1
            }
            if count > 0 || isLast { gateWaiting(isLast: isLast && isDry, into: &sink) }
        }
    }

    /// Forgets the segments before the oldest tag that may still need one.
    private mutating func compactSegments() {
        guard segmentStart > segments.count / 2 else { return }
        let kept = segmentEnd - segmentStart
        _ = segments.update(fromContentsOf: segments[segmentStart..<segmentEnd])
        cutter?.next -= segmentStart
        segmentStart = 0
        segmentEnd = kept
    }

    private mutating func gateWaiting(
        isLast: Bool, into sink: inout some ClickSink & ~Copyable
    ) {
        guard segmentEnd > segmentStart else {
            if isLast { gateAll(into: &sink) }
            return
        }
        let last = segments[segmentEnd - 1]
        // Skews reach a microsecond either way, and the gate reorders within a microsecond.
        let limit = last.tagStart &+ last.duration &- 4_000_000
        if cutter != nil { gateWindows(until: limit, into: &sink) }
        gateWaiting(until: isLast ? .max : limit, into: &sink)
        let needed = min(gate.heldSince ?? limit, limit) &- 4_000_000
        complete(before: needed, into: &sink)
        let first = cutter?.next ?? segmentEnd
        while segmentStart + 1 < segmentEnd, segmentStart < first,
            segments[segmentStart].tagStart &+ segments[segmentStart].duration < needed
        {
            segmentStart += 1
        }
    }

    /// Gates the waiting tags before tag time `limit`.
    private mutating func gateWaiting(
        until limit: Int64, into sink: inout some ClickSink & ~Copyable
    ) {
        // A batch at a time, so that the gate finds in the cache what was looked at here.
        var isMore = true
        while isMore {
            let run = oldestRun
            var end = 0
            while end < run.count, run[end].time < limit { end &+= 1 }
            gateOldest(end, into: &sink)
            isMore = end == run.count && waitingCount > 0
        }
    }

    /// Gates the waiting tags up to the last cut between windows before `limit`, and hands on what
    /// each window counted. Ends with the segments in store.
    private mutating func gateWindows(
        until limit: Int64, into sink: inout some ClickSink & ~Copyable
    ) {
        while let cutter {
            let isDry = cutter.next >= segmentEnd
            let start = isDry ? Int64.max : segments[cutter.next].tagStart
            // After a gap the pieces begin anew with the next window.
            let isNear = isDry || start &- cutter.edge < Self.strayLimit
            if cutter.window != nil, cutter.edge < min(start, limit), isNear {
                gateWaiting(until: cutter.edge, into: &sink)
                self.cutter?.passEdge(gate.tally.sums)
                continue
            }
            guard !isDry, start < limit else { return }
            let segment = segments[cutter.next]
            self.cutter?.next &+= 1
            guard let window = cutter.window(of: segment) else { continue }
            if window != cutter.window {
                gateWaiting(until: start, into: &sink)
                endWindow(at: start, next: window, into: &sink)
                self.cutter?.begin(window, at: start, sums: gate.tally.sums)
            }
            self.cutter?.add(segment)
        }
    }

    /// Hands on what the open window counted, if there is one.
    private mutating func endWindow(
        at end: Int64, next: Int64, into sink: inout some ClickSink & ~Copyable
    ) {
        guard let window = cutter?.window,
            let counts = cutter?.finish(at: end, gate.tally.sums)
        else { return }
        sink.accept(counts, window: window, next: next)
    }

    /// Tells the sink which slots lie wholly behind tag time `tag`.
    private func complete(before tag: Int64, into sink: inout some ClickSink & ~Copyable) {
        // The segments are few and the newest matter: searched from the end.
        var index = segmentEnd - 1
        while index > segmentStart, segments[index].tagStart > tag { index -= 1 }
        let segment = segments[index]
        // Aimed or not: slots pass either way.
        guard segment.isValid, tag >= segment.tagStart else { return }
        let satellite = segment.satelliteTime(at: min(tag, segment.tagStart &+ segment.duration))
        sink.complete(before: satellite / gate.plan.slotPeriod &- 1)
    }

    private mutating func gateAll(into sink: inout some ClickSink & ~Copyable) {
        // Each turn empties the ring by a batch or up to its end.
        while waitingCount > 0 { gateOldest(oldestRun.count, into: &sink) }
    }

    /// Gates the oldest `count` waiting tags, which lie in a row, and forgets them.
    private mutating func gateOldest(
        _ count: Int, into sink: inout some ClickSink & ~Copyable
    ) {
        guard count > 0 else { return }
        let run = UnsafeBufferPointer(rebasing: oldestRun[..<count])
        let model = Span(_unsafeElements: UnsafeBufferPointer(currentSegments))
        var out = MutableSpan(_unsafeElements: clicks)
        let written = gate.process(Span(_unsafeElements: run), clock: model, into: &out)
        sink.accept(UnsafeMutableBufferPointer(rebasing: clicks[..<written]))
        dropOldest(count)
    }
}
