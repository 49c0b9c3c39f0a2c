import ClockSync
import Quantities

/// The numbers of the slot grid, made ready for division by multiplication.
///
/// With M = ceil(2^64 / T) and x below 2^64 / T, floor(x / T) is the high half of x * M exactly,
/// because x (M T - 2^64) < 2^64 (Granlund and Montgomery, PLDI 1994, theorem 4.2). Offsets within
/// a segment stay below 2^34 and T below 2^27.
public struct SlotGeometry: Sendable, BitwiseCopyable {
    /// Bins of the phase histogram per slot, as a power of two: 64 bins, 25 ps at 625 MHz.
    public static let binBits: UInt8 = 6
    /// Bins of the phase histogram per slot.
    public static let binCount = 64

    let period: Int64
    let half: Int64
    let reciprocal: UInt64
    let gateLow: Int64
    let gateSpan: UInt64
    let deadTime: Int64
    let disorder: Int64
    let shortestInterval: Int64
    /// ceil(2^38 / T): times a remainder, shifted down by 32 bits, it gives the histogram's bin.
    let binsReciprocal: Int64

    /// The numbers of `plan`.
    public init(_ plan: GatePlan) {
        period = plan.slotPeriod
        half = plan.slotPeriod / 2
        reciprocal = UInt64.max / UInt64(plan.slotPeriod) + 1
        let reach = plan.gateWidth / 2
        gateLow = half - reach
        gateSpan = UInt64(2 * reach)
        deadTime = plan.deadTime
        disorder = plan.disorder
        shortestInterval = plan.shortestInterval
        binsReciprocal = (1 &<< 38 + plan.slotPeriod - 1) / plan.slotPeriod
    }

    /// Slot, time since the slot's begin (T/2 before its centre) and histogram bin of `offset`.
    ///
    /// - Parameter offset: 0 up to 2^36 ps, from the begin of a slot.
    @inline(__always)
    func divide(_ offset: Int64) -> (quotient: Int64, remainder: Int64, bin: Int) {
        let high = UInt64(bitPattern: offset).multipliedFullWidth(by: reciprocal).high
        let quotient = Int64(bitPattern: high)
        let remainder = offset &- quotient &* period
        let bin = Int(truncatingIfNeeded: (remainder &* binsReciprocal) &>> 32)
        return (quotient, remainder, bin)
    }

    /// Slot of satellite time `time` and the distance to its centre, ps; any time.
    ///
    /// The reference for the hot path; |time| stays below 2^62.
    public func slot(at time: Int64) -> (slot: Int64, offset: Int64) {
        let (quotient, remainder) = floorDivision(time + half, by: period)
        return (quotient, remainder - half)
    }

    /// Whether a distance to the slot's centre lies in the gate: 2|d| <= G.
    @inlinable public func accepts(_ offset: Int64, gateWidth: Int64) -> Bool {
        2 * offset.magnitude <= gateWidth.magnitude
    }
}

/// One clock segment laid on the slot grid.
struct SlottedSegment: BitwiseCopyable {
    let tagStart: Int64
    let duration: UInt64
    let rate: Int64
    /// Slot in which the segment begins.
    let slot: Int64
    /// Satellite time of the segment's begin since the begin of that slot, ps.
    let phase: Int64

    /// `nil` if the segment is not valid, not aimed, or its numbers lie outside what the arithmetic covers.
    init?(_ segment: ClockSegment, on geometry: SlotGeometry) {
        guard segment.isValid, segment.isAimed, segment.duration > 0,
            segment.duration <= ClockSegment.longestDuration,
            segment.rate.magnitude <= 1 &<< 29,
            segment.satelliteStart.magnitude < 1 &<< 62
        else { return nil }
        tagStart = segment.tagStart
        duration = UInt64(segment.duration)
        rate = segment.rate
        (slot, phase) = floorDivision(segment.satelliteStart + geometry.half, by: geometry.period)
    }

    /// Satellite time since ``phase``'s slot began, of what arrives `elapsed` into the segment.
    @inline(__always)
    func offset(_ elapsed: Int64) -> Int64 {
        phase &+ elapsed &+ ((elapsed &* rate) &>> ClockSegment.rateFractionBits)
    }
}
