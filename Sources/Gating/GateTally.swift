/// Every tag that reached the gate, counted by what became of it.
///
/// in = accepted + outside the gate + dead time + invalid clock + not aimed + clock stepped
/// + out of order + not from a detector + held back.
public struct GateTally {
    /// Outcomes that have a phase: outside, dead, accepted.
    static let phasedOutcomes = 3
    /// Counters in the histogram: outcome, detector, bin.
    static let entryCount = phasedOutcomes * 4 * SlotGeometry.binCount
    /// Bytes of the histogram.
    static let byteCount = 8 * entryCount

    /// Records read from the stream, of any kind.
    public internal(set) var recordsIn: UInt64 = 0
    /// Records that are not detector tags: beacon, PPS, unused inputs, notes on the stream.
    public internal(set) var notDetector: UInt64 = 0
    /// Detector tags that no valid clock segment covers, by detector.
    public internal(set) var invalidClock: InlineArray<4, UInt64> = InlineArray(repeating: 0)
    /// Detector tags at whose time the telescope was not aimed well enough, by detector.
    public internal(set) var notAimed: InlineArray<4, UInt64> = InlineArray(repeating: 0)
    /// Detector tags dropped because the clock stepped back, by detector.
    public internal(set) var clockStepped: InlineArray<4, UInt64> = InlineArray(repeating: 0)
    /// Detector tags that came too late to be put in order, by detector.
    public internal(set) var outOfOrder: InlineArray<4, UInt64> = InlineArray(repeating: 0)
    /// Records of lost tags; each starts a dead time.
    public internal(set) var lossRecords: UInt64 = 0
    /// Times the order was begun again: at loss records, and after a run of late tags.
    public internal(set) var orderRestarts: UInt64 = 0
    /// Tags given out early because more than ``GateStage/heldCapacity`` waited.
    public internal(set) var heldOverflow: UInt64 = 0
    /// Detector tags put back into order.
    public internal(set) var reordered: UInt64 = 0
    /// Intervals between tags of one detector, in valid and aimed time, that are shorter than
    /// ``GatePlan/shortestInterval``, by detector.
    public internal(set) var shortIntervals = SIMD4<Int64>(repeating: 0)

    let counts: UnsafeMutablePointer<UInt64>

    init(counts: UnsafeMutablePointer<UInt64>) {
        counts.initialize(repeating: 0, count: Self.entryCount)
        self.counts = counts
    }

    /// Detector tags by phase: the time since T/2 before the slot's centre, in 64ths of a slot.
    ///
    /// - Parameters:
    ///   - outcome: `outsideGate`, `deadTime` or `accepted`; the others have no phase and give 0.
    ///   - detector: 0 to 3.
    ///   - bin: 0 to 63.
    public func phase(_ outcome: GateOutcome, detector: Int, bin: Int) -> UInt64 {
        precondition(detector >= 0 && detector < 4 && bin >= 0 && bin < SlotGeometry.binCount)
        guard outcome.rawValue < Self.phasedOutcomes else { return 0 }
        return counts[(Int(outcome.rawValue) * 4 + detector) * SlotGeometry.binCount + bin]
    }

    /// Detector tags with this outcome from `detector` (0 to 3).
    public func count(_ outcome: GateOutcome, detector: Int) -> UInt64 {
        switch outcome {
        case .invalidClock: return invalidClock[detector]
        case .notAimed: return notAimed[detector]
        case .clockStepped: return clockStepped[detector]
        case .outsideGate, .deadTime, .accepted:
            var sum: UInt64 = 0
            for bin in 0..<SlotGeometry.binCount {
                sum &+= phase(outcome, detector: detector, bin: bin)
            }
            return sum
        }
    }

    /// Detector tags with this outcome from all detectors.
    public func count(_ outcome: GateOutcome) -> UInt64 {
        var sum: UInt64 = 0
        for detector in 0..<4 { sum &+= count(outcome, detector: detector) }
        return sum
    }

    /// All tags of `detector` (0 to 3) that were given out or dropped.
    public func raw(detector: Int) -> UInt64 {
        gated(detector: detector) &+ count(.outsideGate, detector: detector)
            &+ invalidClock[detector] &+ notAimed[detector] &+ clockStepped[detector]
            &+ outOfOrder[detector]
    }

    /// Tags of `detector` (0 to 3) inside the gate, dead time or not.
    public func gated(detector: Int) -> UInt64 {
        count(.accepted, detector: detector) &+ count(.deadTime, detector: detector)
    }
}
