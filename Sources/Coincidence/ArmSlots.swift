public import Gating
import Quantities

/// Puts one station's detections into slots: from times on the common clock to clicks.
///
/// Software dead time over all detectors: after a detection that counts, others of a later slot
/// do not count for that long; those of its own slot go to the squasher with it, as a double click
/// must not be dropped. The slot is that of the gate: floor((t + T/2) / T). There is no gate,
/// because a pair may be emitted at any time.
public struct ArmSlots: Sendable {
    /// Detections that the software dead time left out.
    public private(set) var deadTimeDrops: Int64 = 0

    private let slotPeriod: Int64
    private let deadTime: Int64
    private var last: (time: Int64, slot: Int64)?

    /// Slots of `slotPeriod` ps, 1 or more, and a dead time of `deadTime` ps, 0 or more.
    public init(slotPeriod: Int64, deadTime: Int64) {
        precondition(slotPeriod >= 1 && deadTime >= 0)
        self.slotPeriod = slotPeriod
        self.deadTime = deadTime
    }

    /// The click of a detection, `nil` if the dead time takes it.
    ///
    /// - Parameters:
    ///   - time: Common time, ps, not before the last; within +-2^62.
    ///   - detector: 0 to 3 for H, V, D, A.
    public mutating func place(_ time: Int64, detector: UInt8) -> Click? {
        let (slot, remainder) = floorDivision(time &+ slotPeriod / 2, by: slotPeriod)
        if let last, slot != last.slot, time &- last.time < deadTime {
            deadTimeDrops &+= 1
            return nil
        }
        last = (time, slot)
        return Click(
            slot: slot, offset: Int32(truncatingIfNeeded: remainder &- slotPeriod / 2),
            detector: detector)
    }
}
