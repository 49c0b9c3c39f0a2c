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
        let (skews, ports, mask) = (skews, ports, detectorMask)
        let (times, detectors) = (times, detectors)
        var count = pending
        var newest = newest
        var late = 0
        var index = first
        var restart: Int64?
        while index < end {
            let tag = base[index]
            index &+= 1
            // Channel and kind in one number: kind 0 is a detection, the rest is rare.
            let address = Int(tag.channel) | Int(tag.kind.rawValue) &<< 8
            guard address < GatePlan.channelCount else {
                guard Self.lossCodes.contains(tag.kind.rawValue) else { continue }
                tally.lossRecords &+= 1
                restart = tag.time
                break
            }
            let time = tag.time &- skews[address]
            let isDetector = Int(truncatingIfNeeded: mask &>> UInt64(widening: address)) & 1
            times[count] = time
            detectors[count] = ports[address]
            if time < newest {
                guard isDetector == 1 else { continue }
                if insert(time, port: ports[address], newest: newest, count: count) {
                    count &+= 1
                    continue
                }
                late &+= 1
                guard lateRun >= Self.lateRunLimit else { continue }
                restart = time
                break
            }
            newest = isDetector == 1 ? time : newest
            count &+= isDetector
        }
        let taken = index &- first
        tally.recordsIn &+= UInt64(widening: taken)
        tally.notDetector &+= UInt64(widening: taken &- late &- (count &- pending))
        if count > pending { lateRun = restart == nil ? 0 : lateRun }
        self.newest = newest
        pending = count
        return (taken, restart)
    }

    /// Puts a tag that came after a later one in its place.
    ///
    /// - Returns: Whether it was put in; if not it came too late and was counted.
    @inline(never)
    private mutating func insert(
        _ time: Int64, port: UInt8, newest: Int64, count: Int
    ) -> Bool {
        guard time >= newest &- geometry.disorder, time >= givenUpTo else {
            tally.outOfOrder[Int(port &>> SlotGeometry.binBits)] &+= 1
            lateRun &+= 1
            return false
        }
        var place = count
        // Bounded by the scratch: at most `blockCapacity` + `heldCapacity` steps.
        while place > 0, times[place &- 1] > time {
            times[place] = times[place &- 1]
            detectors[place] = detectors[place &- 1]
            place &-= 1
        }
        times[place] = time
        detectors[place] = port
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
    }
}
