import ClockSync

/// What the gate remembers of the tag before.
struct EventState: BitwiseCopyable {
    /// Stands for no slot; no segment reaches it.
    static var noSlot: Int64 { Int64.min }

    /// Time of the last detector tag, skew removed, ps.
    var time = GateStage.beforeAnyTag
    /// Slot of the last tag if it fell into a gate, else ``noSlot``.
    var slot = EventState.noSlot
    /// 1 if the event of the last tag was accepted.
    var isLive = 0
    /// Slot of the newest tag in a valid segment, given out or not.
    var slotGiven = EventState.noSlot
}

// Release: from ordered detector tags to slots, gate and dead time.
extension GateStage {
    /// Gives out the oldest `count` pending tags and moves the others to the front.
    @inline(__always)
    mutating func release<Sink: GateSink>(
        _ count: Int, clock: UnsafeBufferPointer<ClockSegment>, sink: inout Sink
    ) {
        guard count > 0 else { return }
        var index = 0
        var segment = firstSegment(endingAfter: times[0], in: clock)
        while index < count {
            let time = times[index]
            while segment < clock.count, time >= clock[segment].tagEnd { segment &+= 1 }
            guard segment < clock.count, time >= clock[segment].tagStart,
                let slotted = SlottedSegment(clock[segment], on: geometry)
            else {
                drop(index, for: reason(time, segment, clock), sink: &sink)
                index &+= 1
                continue
            }
            index = dropSteppedBack(from: index, to: count, in: slotted, sink: &sink)
            index = gate(from: index, to: count, in: slotted, sink: &sink)
        }
        givenUpTo = times[count &- 1]
        for kept in count..<max(count, pending) {
            times[kept &- count] = times[kept]
            detectors[kept &- count] = detectors[kept]
        }
        pending &-= count
    }

    /// The hot loops: gate tags until the first that lies outside `segment`. Branch-free per tag.
    ///
    /// - Returns: Index of the first tag not handled.
    @inline(__always)
    private mutating func gate<Sink: GateSink>(
        from first: Int, to end: Int, in segment: SlottedSegment, sink: inout Sink
    ) -> Int {
        let end = firstTag(from: first, to: end, notBefore: segment)
        let placed = gateByInstruction(from: first, to: end, in: segment, sink: &sink)
        guard placed < end else { return end }
        if geometry.shortestInterval > 0 { countShortIntervals(from: placed, to: end) }
        // Two loops, because the numbers of one would not fit into the processor's registers.
        place(from: placed, to: end, in: segment)
        decide(from: placed, to: end, slot: segment.slot, sink: &sink)
        return end
    }

    /// Writes down each tag's slot and phase within `segment`: slot above, remainder below 32
    /// bits, and the phase bin beside the port.
    @inline(never)
    private func place(from first: Int, to end: Int, in segment: SlottedSegment) {
        let (times, detectors, places) = (times, detectors, places)
        let geometry = geometry
        var index = first
        repeat {
            let (quotient, remainder, bin) = geometry.divide(
                segment.offset(times[index] &- segment.tagStart))
            places[index] = quotient &<< 32 | remainder
            detectors[index] |= UInt8(truncatingIfNeeded: bin)
            index &+= 1
        } while index < end
    }

    /// Judges each placed tag: in the gate or not, rested or not.
    @inline(__always)
    private mutating func decide<Sink: GateSink>(
        from first: Int, to end: Int, slot base: Int64, sink: inout Sink
    ) {
        let (times, detectors, places) = (times, detectors, places)
        let counts = tally.counts
        let (half, gateLow, gateSpan) = (geometry.half, geometry.gateLow, geometry.gateSpan)
        let deadTime = geometry.deadTime
        var output = sink
        // Counted from the segment's first slot; what stands for no slot stays out of reach.
        var lastSlot = last.slot &- base
        var (lastTime, lastLive) = (last.time, last.isLive)
        var slot: Int64 = 0
        var index = first
        repeat {
            let time = times[index]
            let place = places[index]
            let entry = detectors[index]
            slot = place &>> 32
            let remainder = place & 0xFFFF_FFFF
            let inGate = UInt64(bitPattern: remainder &- gateLow) <= gateSpan
            let isInGate = inGate ? 1 : 0
            let isRested = time &- lastTime >= deadTime ? 1 : 0
            let isLive = isInGate & (slot == lastSlot ? lastLive : isRested)
            counts[(isInGate &+ isLive) &<< 8 &+ Int(entry)] &+= 1
            output.offer(
                time: time, slot: base &+ slot, offset: remainder &- half, port: entry,
                isInGate: isInGate, isLive: isLive)
            lastTime = time
            // All bits set if outside: a choice here would become a branch, often mispredicted.
            let outside: Int64 = inGate ? 0 : -1
            lastSlot = slot | outside
            lastLive = isLive
            index &+= 1
        } while index < end
        sink = output
        let isNone = lastSlot < 0
        last = EventState(
            time: lastTime, slot: isNone ? EventState.noSlot : base &+ lastSlot, isLive: lastLive,
            slotGiven: base &+ slot)
    }

    /// Index of the first tag after the end of `segment`, by bisection; `end` if none.
    @inline(__always)
    private func firstTag(
        from first: Int, to end: Int, notBefore segment: SlottedSegment
    ) -> Int {
        let segmentEnd = segment.tagStart &+ Int64(bitPattern: segment.duration)
        guard first < end, times[end &- 1] >= segmentEnd else { return end }
        var (low, high) = (first, end)
        while low < high {
            let middle = (low &+ high) / 2
            if times[middle] < segmentEnd { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    /// Drops tags at a segment's begin whose slot was already passed: the clock stepped back.
    ///
    /// Within a segment slots ascend, so that one look at its begin is enough.
    @inline(__always)
    private mutating func dropSteppedBack<Sink: GateSink>(
        from first: Int, to end: Int, in segment: SlottedSegment, sink: inout Sink
    ) -> Int {
        var index = first
        while index < end {
            let elapsed = times[index] &- segment.tagStart
            guard UInt64(bitPattern: elapsed) < segment.duration else { break }
            let (quotient, remainder, _) = geometry.divide(segment.offset(elapsed))
            let slot = segment.slot &+ quotient
            guard slot < last.slotGiven else { break }
            let port = detectors[index]
            tally.clockStepped[Int(port &>> SlotGeometry.binBits)] &+= 1
            sink.offer(
                time: times[index], slot: slot, offset: remainder &- geometry.half, port: port,
                outcome: .clockStepped)
            last.time = times[index]
            last.slot = EventState.noSlot
            index &+= 1
        }
        return index
    }

    /// Why no segment places a tag at `time`, of which `segment` is the first not to end before.
    private func reason(
        _ time: Int64, _ segment: Int, _ clock: UnsafeBufferPointer<ClockSegment>
    ) -> GateOutcome {
        guard segment < clock.count, time >= clock[segment].tagStart, clock[segment].isValid,
            !clock[segment].isAimed
        else { return .invalidClock }
        return .notAimed
    }

    /// Drops one tag that no usable segment covers; it still starts a dead time.
    private mutating func drop<Sink: GateSink>(
        _ index: Int, for reason: GateOutcome, sink: inout Sink
    ) {
        let port = detectors[index]
        let detector = Int(port &>> SlotGeometry.binBits)
        if reason == .notAimed {
            tally.notAimed[detector] &+= 1
        } else {
            tally.invalidClock[detector] &+= 1
        }
        sink.offer(time: times[index], slot: 0, offset: 0, port: port, outcome: reason)
        last.time = times[index]
        last.slot = EventState.noSlot
    }

    /// Index of the first segment that ends after `time`, by bisection; `clock.count` if none.
    private func firstSegment(
        endingAfter time: Int64, in clock: UnsafeBufferPointer<ClockSegment>
    ) -> Int {
        var (low, high) = (0, clock.count)
        while low < high {
            let middle = (low &+ high) / 2
            if clock[middle].tagEnd > time { high = middle } else { low = middle &+ 1 }
        }
        return low
    }
}

extension ClockSegment {
    /// First tag time after the segment, ps.
    var tagEnd: Int64 { tagStart &+ duration }
}
