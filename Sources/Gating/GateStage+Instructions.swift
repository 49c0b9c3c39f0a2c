#if !hasFeature(Embedded) && canImport(CHardware)
    import CHardware
#endif
import TimeTags

#if !hasFeature(Embedded) && canImport(CHardware)
    typealias DetectorInputs = lodestar_detector_inputs

    extension lodestar_detector_inputs {
        /// The inputs of `plan` that have a detector.
        init(_ plan: GatePlan) {
            self.init()
            // No record's channel and kind, 16 bits, are that.
            channels = (.max, .max, .max, .max)
            for channel in 0..<GatePlan.channelCount where plan.roles[channel].isDetector {
                add(
                    GateInput(role: plan.roles[channel], skew: plan.skews[channel]),
                    channel: UInt32(channel), at: Int(plan.roles[channel].rawValue))
            }
        }

        private mutating func add(_ input: GateInput, channel: UInt32, at place: Int) {
            let offset = UInt32(truncatingIfNeeded: 1 &<< 21 &- input.skew)
            let entry = UInt32(input.port) &<< 24 | 1 &<< 23 | offset
            withUnsafeMutableBytes(of: &channels) {
                $0.storeBytes(of: channel, toByteOffset: 4 * place, as: UInt32.self)
            }
            withUnsafeMutableBytes(of: &entries) {
                $0.storeBytes(of: entry, toByteOffset: 4 * place, as: UInt32.self)
            }
        }
    }
#else
    struct DetectorInputs: BitwiseCopyable {
        init(_ plan: GatePlan) {}
    }
#endif

// The hot loops by the processor's vector instructions, where it has them.
extension GateStage {
    /// Tags that one turn of the vector loops handles.
    static var tagsByInstruction: Int { 8 }

    #if !hasFeature(Embedded) && canImport(CHardware)
        static var processorHasInstructions: Bool { lodestar_has_wide_vectors() == 1 }

        /// Takes over detector tags as long as they ascend, eight at a time.
        ///
        /// - Returns: Index of the first record not taken.
        @inline(never)
        mutating func admitByInstruction(
            _ base: UnsafePointer<TimeTag>, from first: Int, to end: Int
        ) -> Int {
            let (times, detectors) = (times + pending, detectors + pending)
            let inputs = detectorInputs
            var newest = newest
            let taken = _unsafePerformance {
                withUnsafePointer(to: inputs) {
                    lodestar_admit($0, &newest, base + first, end &- first, times, detectors)
                }
            }
            self.newest = newest
            pending &+= taken
            return first &+ taken
        }

        /// The longest segment whose times, slots and phases fit into 32 bits, ps; with the longest
        /// of ``GatePlan/shortestIntervalRange`` before it, within 30 bits.
        private static var longestSegment: UInt64 { 1 &<< 30 &- 1 &<< 26 }

        /// Gates as many of the tags as the instructions take: all but the last few, or none.
        ///
        /// - Returns: Index of the first tag not handled.
        @inline(__always)
        mutating func gateByInstruction<Sink: GateSink>(
            from first: Int, to end: Int, in segment: SlottedSegment, sink: inout Sink
        ) -> Int {
            guard hasInstructions, end &- first >= Self.tagsByInstruction,
                segment.duration <= Self.longestSegment,
                let clicks = sink.clicksAlone
            else { return first }
            return gateByInstruction(
                from: first, to: end, in: segment, into: clicks, written: &sink.count)
        }

        @inline(never)
        private mutating func gateByInstruction(
            from first: Int, to end: Int, in segment: SlottedSegment,
            into clicks: UnsafeMutablePointer<Click>, written: inout Int
        ) -> Int {
            let numbers = numbers(of: segment)
            var state = state(before: segment)
            let (times, detectors, counts) = (times, detectors, tally.counts)
            let room = UnsafeMutableRawPointer(clicks).assumingMemoryBound(
                to: lodestar_gate_click.self)
            let handled = _unsafePerformance {
                withUnsafePointer(to: numbers) {
                    lodestar_gate(
                        $0, &state, times + first, detectors + first, end &- first, counts, room,
                        &written)
                }
            }
            guard handled > 0 else { return first }
            for detector in 0..<4 {
                tally.shortIntervals[detector] &+= Int64(counted(state, detector))
            }
            noteRecent(from: first, to: first &+ handled)
            let newest = times[first &+ handled &- 1]
            let offset = segment.offset(newest &- segment.tagStart)
            last = EventState(
                time: newest,
                slot: state.slot < 0
                    ? EventState.noSlot : segment.slot &+ Int64(state.slot),
                isLive: Int(state.is_live),
                slotGiven: segment.slot &+ geometry.divide(offset).quotient)
            return first &+ handled
        }

        /// `segment` on the grid of slots, in 32 bits.
        private func numbers(of segment: SlottedSegment) -> lodestar_gate_numbers {
            let period = UInt64(bitPattern: geometry.period)
            // 2^31 times the least power of two that is not below the period.
            let shift = 95 &- UInt64(widening: (period &- 1).leadingZeroBitCount)
            return lodestar_gate_numbers(
                tag_start: segment.tagStart, slot: segment.slot,
                phase: UInt32(truncatingIfNeeded: segment.phase),
                rate: Int32(truncatingIfNeeded: segment.rate),
                period: UInt32(truncatingIfNeeded: period),
                half: UInt32(truncatingIfNeeded: geometry.half),
                reciprocal: UInt32(truncatingIfNeeded: Self.ceilingOfPower(shift, over: period)),
                reciprocal_shift: UInt32(truncatingIfNeeded: shift),
                bins_reciprocal: UInt32(truncatingIfNeeded: geometry.binsReciprocal),
                shortest_interval: UInt32(truncatingIfNeeded: geometry.shortestInterval),
                reach: UInt32(truncatingIfNeeded: geometry.gateSpan / 2),
                dead_time: UInt32(truncatingIfNeeded: geometry.deadTime))
        }

        /// ceil(2^power / divisor).
        private static func ceilingOfPower(_ power: UInt64, over divisor: UInt64) -> UInt64 {
            let dividend: UInt64 = 1 &<< power
            return (dividend &- 1) / divisor &+ 1
        }

        /// The tag before, as seen from `segment`.
        private func state(before segment: SlottedSegment) -> lodestar_gate_state {
            let limit: Int64 = 1 &<< 30 &- 1
            let elapsed = max(-limit, min(limit, last.time &- segment.tagStart))
            let slot = last.slot &- segment.slot
            let isInReach = last.slot != EventState.noSlot && slot >= 0 && slot <= limit
            return lodestar_gate_state(
                elapsed: Int32(truncatingIfNeeded: elapsed),
                slot: isInReach ? Int32(truncatingIfNeeded: slot) : -1,
                is_live: Int32(truncatingIfNeeded: last.isLive),
                keys: (
                    key(0, from: segment.tagStart), key(1, from: segment.tagStart),
                    key(2, from: segment.tagStart)
                ), short_intervals: (0, 0, 0, 0))
        }

        /// The tag `back` before the last as the instructions want it: time and detector in one.
        private func key(_ back: Int, from start: Int64) -> UInt32 {
            // What lies farther back is as good as that far.
            let elapsed = max(-geometry.shortestInterval, recentTimes[back] &- start)
            return UInt32(truncatingIfNeeded: elapsed)
                &+ UInt32(truncatingIfNeeded: recentDetectors[back]) &<< 30
        }

        private func counted(_ state: lodestar_gate_state, _ detector: Int) -> UInt32 {
            let counts = state.short_intervals
            switch detector {
            case 0: return counts.0
            case 1: return counts.1
            case 2: return counts.2
            default: return counts.3
            }
        }
    #else
        static var processorHasInstructions: Bool { false }

        @inline(__always)
        mutating func admitByInstruction(
            _ base: UnsafePointer<TimeTag>, from first: Int, to end: Int
        ) -> Int {
            first
        }

        @inline(__always)
        mutating func gateByInstruction<Sink: GateSink>(
            from first: Int, to end: Int, in segment: SlottedSegment, sink: inout Sink
        ) -> Int {
            first
        }
    #endif
}
