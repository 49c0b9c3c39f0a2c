#if !hasFeature(Embedded)
    public import Gating
    import Quantities

    /// One station from detections on the common time to clicks in slots, ready to be announced.
    ///
    /// Software dead time over all detectors: after a detection that counts, others of a later
    /// slot do not count for that long; those of its own slot go to the squasher with it, as a
    /// double click must not be dropped. The slot is that of the gate, floor((t + T/2) / T). There
    /// is no gate, because a pair may be emitted at any time. A station with a beacon has the gate
    /// stage do this; here the times are on the common clock already.
    public struct ArmReceiver<Bits: RandomBits> {
        /// Detections that the software dead time left out.
        public private(set) var deadTimeDrops: Int64 = 0
        /// What became of the others.
        public private(set) var squasher = Squasher()

        private let slotPeriod: Int64
        private let deadTime: Int64
        private var random: Bits
        private var last: (time: Int64, slot: Int64)?
        private var placed: [Click] = []

        /// Slots of `slotPeriod` ps, 1 or more, and a dead time of `deadTime` ps, 0 or more.
        public init(slotPeriod: Int64, deadTime: Int64, random: Bits) {
            precondition(slotPeriod >= 1 && deadTime >= 0)
            self.slotPeriod = slotPeriod
            self.deadTime = deadTime
            self.random = random
        }

        /// Takes a detection.
        ///
        /// - Parameters:
        ///   - time: Common time, ps, not before the last; within +-2^62.
        ///   - detector: 0 to 3 for H, V, D, A.
        public mutating func append(time: Int64, detector: UInt8) {
            let (slot, remainder) = floorDivision(time &+ slotPeriod / 2, by: slotPeriod)
            if let last, slot != last.slot, time &- last.time < deadTime {
                deadTimeDrops &+= 1
                return
            }
            last = (time, slot)
            placed.append(
                Click(
                    slot: slot, offset: Int32(truncatingIfNeeded: remainder &- slotPeriod / 2),
                    detector: detector))
        }

        /// Gives out the clicks before `slot`, each slot once; what comes later waits.
        ///
        /// Call it once every detection before `slot` was taken; first with the window's first slot,
        /// to be rid of what came before.
        public mutating func take(before slot: Int64) -> [Click] {
            let end = placed.firstIndex { $0.slot >= slot } ?? placed.count
            var clicks = Array(placed[..<end])
            placed.removeFirst(end)
            var span = clicks.mutableSpan
            let count = squasher.squash(&span, count: span.count, random: &random)
            clicks.removeLast(clicks.count - count)
            if let last = squasher.flush(random: &random) { clicks.append(last) }
            return clicks
        }
    }
#endif
