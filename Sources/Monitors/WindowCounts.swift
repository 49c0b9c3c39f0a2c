/// What a short window of an epoch counted: shorter than the changes of the light, 10 ms.
public struct WindowCounts: Equatable, Sendable, BitwiseCopyable {
    /// Time in which the clock was valid, the telescope aimed and the detectors on, s.
    public var seconds = 0.0
    /// Slots of that time.
    public var slots = 0.0
    /// Tags of that time, in a gate or not, by detector.
    public var tags = SIMD4<Double>(repeating: 0)
    /// Accepted clicks, by detector.
    public var gated = SIMD4<Double>(repeating: 0)
    /// Tags in a gate but within the common dead time after another tag, by detector.
    public var rejected = SIMD4<Double>(repeating: 0)
    /// Tags between the gates, by detector.
    public var offGate = SIMD4<Double>(repeating: 0)
    /// Sum of the accepted clicks' offsets from the slot's centre, ps, by detector.
    public var offsets = SIMD4<Double>(repeating: 0)
    /// Sum of their squares, ps^2.
    public var squaredOffsets = SIMD4<Double>(repeating: 0)
    /// Intervals of one detector shorter than its dead time less its tolerance, by detector.
    public var shortIntervals = SIMD4<Double>(repeating: 0)
    /// Slots with accepted clicks of both detectors of a basis, by basis.
    public var doubles = SIMD2<Double>(repeating: 0)
    /// Slots with accepted clicks of both bases.
    public var crosses = 0.0
    /// Sum over the clock's segments of the variance that the clock gives for its time times the
    /// segment's length, ps^2 s.
    public var clockVariance = 0.0
    /// Tags while gated off, by detector.
    public var blanked = SIMD4<Double>(repeating: 0)
    /// Time gated off, s.
    public var blankedSeconds = 0.0

    /// A window in which nothing was counted.
    public init() {}
}
