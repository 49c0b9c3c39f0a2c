import Quantities
import TimeTags

// Admission: from the tagger's records to detector tags in time order.
extension GateStage {
    /// Codes of the loss records, begin and end. Written out: a constant of another module is read
    /// through an accessor that may lock.
    static var lossCodes: ClosedRange<UInt8> { 1...2 }

    /// Takes detector tags over, skew removed, in time order behind the pending ones.
    ///
    /// - Parameters:
    ///   - first: Index of the first record to take.
    ///   - end: Index after the last; at most ``blockCapacity`` further on.
    /// - Returns: How many were taken; the time from which order begins again, if it has to.
    @inline(__always)
    mutating func admit(
        _ tags: UnsafeBufferPointer<TimeTag>, from first: Int, to end: Int
    ) -> (consumed: Int, restart: Int64?) {
        guard let base = tags.baseAddress else { return (0, nil) }
        let held = pending
        var late = 0
        var index = first
        var restart: Int64?
        while index < end {
            index = admitAscending(base, from: index, to: end)
            guard index < end else { break }
            let tag = base[index]
            index &+= 1
            let address = Self.address(base + (index &- 1))
            guard address < GatePlan.channelCount else {
                guard Self.lossCodes.contains(tag.kind.rawValue) else { continue }
                tally.lossRecords &+= 1
                restart = tag.time
                break
            }
            let input = inputs[address]
            guard input.isDetector == 1 else { continue }
            let time = tag.time &- input.skew
            if insert(time, port: input.port) { continue }
            late &+= 1
            guard lateRun >= Self.lateRunLimit else { continue }
            restart = time
            break
        }
        let taken = index &- first
        tally.recordsIn &+= UInt64(widening: taken)
        tally.notDetector &+= UInt64(widening: taken &- late &- (pending &- held))
        if pending > held { lateRun = restart == nil ? 0 : lateRun }
        return (taken, restart)
    }

    /// Takes over tags as long as they ascend, which nearly all do.
    ///
    /// - Returns: Index of the first record that is no detection or comes before the newest tag.
    @inline(__always)
    private mutating func admitAscending(
        _ base: UnsafePointer<TimeTag>, from first: Int, to end: Int
    ) -> Int {
        var index = first
        while hasInstructions, end &- index >= Self.tagsByInstruction {
            let next = admitByInstruction(base, from: index, to: end)
            // What stopped the instructions is often only a tag of the beacon.
            let stop = min(end, next &+ Self.tagsByInstruction)
            index = admitOneByOne(base, from: next, to: stop)
            guard index == stop else { return index }
        }
        return admitOneByOne(base, from: index, to: end)
    }

    /// As ``admitAscending(_:from:to:)``, by portable code.
    ///
    /// A function of its own, so that all it needs stays in the processor's registers.
    @inline(never)
    private mutating func admitOneByOne(
        _ base: UnsafePointer<TimeTag>, from first: Int, to end: Int
    ) -> Int {
        let inputs = inputs
        var time = times + pending
        var detector = detectors + pending
        let held = time
        var newest = newest
        var index = first
        while index < end {
            let address = Self.address(base + index)
            guard address < GatePlan.channelCount else { break }
            let input = inputs + address
            let arrival = base[index].time &- input.pointee.skew
            guard arrival >= newest else { break }
            time.pointee = arrival
            detector.pointee = input.pointee.port
            // Other inputs than detectors are overwritten by the next tag.
            let isDetector = Int(input.pointee.isDetector)
            newest = isDetector == 1 ? arrival : newest
            time += isDetector
            detector += isDetector
            index &+= 1
        }
        pending &+= time - held
        self.newest = newest
        return index
    }

    /// Channel and kind of a record in one number: kind 0 is a detection, the rest is rare.
    @inline(__always)
    private static func address(_ tag: UnsafePointer<TimeTag>) -> Int {
        Int(
            UInt16(
                littleEndian: UnsafeRawPointer(tag).load(fromByteOffset: 8, as: UInt16.self)))
    }

    /// Puts a tag that came after a later one in its place.
    ///
    /// - Returns: Whether it was put in; if not it came too late and was counted.
    @inline(never)
    private mutating func insert(_ time: Int64, port: UInt8) -> Bool {
        guard time >= newest &- geometry.disorder, time >= givenUpTo else {
            tally.outOfOrder[Int(port &>> SlotGeometry.binBits)] &+= 1
            lateRun &+= 1
            return false
        }
        var place = pending
        // Bounded by the scratch: at most `blockCapacity` + `heldCapacity` steps.
        while place > 0, times[place &- 1] > time {
            times[place] = times[place &- 1]
            detectors[place] = detectors[place &- 1]
            place &-= 1
        }
        times[place] = time
        detectors[place] = port
        pending &+= 1
        tally.reordered &+= 1
        return true
    }

    /// How many pending tags no later tag can come before.
    mutating func ripe() -> Int {
        let limit = newest &- geometry.disorder
        var count = pending
        while count > 0, times[count &- 1] > limit { count &-= 1 }
        let excess = pending &- count &- Self.heldCapacity
        guard excess > 0 else { return count }
        tally.heldOverflow &+= UInt64(widening: excess)
        return count &+ excess
    }

    /// Drops what is known of the stream's order; `time` counts as a tag of an unknown detector.
    mutating func beginAgain(at time: Int64) {
        tally.orderRestarts &+= 1
        newest = Self.beforeAnyTag
        givenUpTo = Self.beforeAnyTag
        lateRun = 0
        last.time = time
        last.slot = EventState.noSlot
        recentTimes = SIMD4(repeating: Self.beforeAnyTag)
    }
}
