/// What one epoch of a pass counted, as the monitors take it; all of it known without any bit of the
/// other side.
public struct EpochCounts: Equatable, Sendable, BitwiseCopyable {
    /// Time in which tags were taken and the clock was valid, s.
    public var seconds = 0.0
    /// Clicks inside the gate, by detector.
    public var gated = SIMD4<Double>(repeating: 0)
    /// Tags in a gate but within the common dead time after another tag, by detector.
    public var rejected = SIMD4<Double>(repeating: 0)
    /// Sum over short windows of the product of one detector's tags in gates and the rate of all
    /// tags, 1/s: times the dead time it is what chance rejects.
    public var rejectedPairs = SIMD4<Double>(repeating: 0)
    /// Clicks outside the gate, by detector.
    public var offGate = SIMD4<Double>(repeating: 0)
    /// All tags of that time, by detector: with those too soon after another.
    public var tags = SIMD4<Double>(repeating: 0)
    /// Largest number of tags in one short window, by detector.
    public var peak = SIMD4<Double>(repeating: 0)
    /// Length of those windows, s.
    public var peakSeconds = 0.01
    /// Slots with clicks of both detectors of a basis, by basis.
    public var doubles = SIMD2<Double>(repeating: 0)
    /// Slots with clicks of both bases.
    public var crosses = 0.0
    /// Sum over short windows of the product of both detectors' gated clicks over the window's
    /// slots, by basis: double clicks to expect if all is independent.
    public var doublePairs = SIMD2<Double>(repeating: 0)
    /// The same for the four pairs of detectors across the bases, together.
    public var crossPairs = 0.0
    /// Sum of the gated clicks' offsets from the slot's centre, ps, by detector.
    public var offsets = SIMD4<Double>(repeating: 0)
    /// Sum of their squares, ps^2.
    public var squaredOffsets = SIMD4<Double>(repeating: 0)
    /// Intervals of one detector shorter than its dead time less its tolerance, by detector.
    public var shortIntervals = SIMD4<Double>(repeating: 0)
    /// Clicks while gated off, by detector.
    public var blanked = SIMD4<Double>(repeating: 0)
    /// Time gated off, s.
    public var blankedSeconds = 0.0
    /// The variance that the clock gives for its own time, times the time for which it holds,
    /// ps^2 s.
    public var clockVariance = 0.0

    /// An epoch without a click.
    public init() {}

    /// Adds a short window's clicks to the pairs that are to be expected.
    ///
    /// The window must be shorter than the light's changes: 10 ms for scintillation.
    ///
    /// - Parameters:
    ///   - clicks: Gated clicks of the window, by detector.
    ///   - slots: Slots of the window, more than 0.
    public mutating func addWindow(_ clicks: SIMD4<Double>, slots: Double) {
        doublePairs += SIMD2(clicks.x * clicks.y, clicks.z * clicks.w) / slots
        crossPairs += (clicks.x + clicks.y) * (clicks.z + clicks.w) / slots
        for lane in 0..<4 { peak[lane] = max(peak[lane], clicks[lane]) }
    }
}
