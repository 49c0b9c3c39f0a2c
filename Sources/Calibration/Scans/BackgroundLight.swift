/// Sky light and dark counts of one detector during a pass or before it, from the clicks between the
/// gates.
public struct BackgroundLight: Equatable, Sendable, BitwiseCopyable {
    /// Counts per second that no pulse of the satellite made.
    public let rate: Estimate
    /// Those that one gate takes in, counts per gate.
    public let perGate: Estimate

    /// From the clicks of `histogram` outside the bins of `pulses`.
    ///
    /// - Parameters:
    ///   - pulses: Bins that the satellite's pulses may reach, tails and all; up to three quarters
    ///     of the period.
    ///   - gate: Full width of the gate, ps, up to the period.
    ///   - seconds: Time in which the histogram was taken.
    public init(
        _ histogram: PhaseHistogram, outside pulses: ClosedRange<Int>, gate: Double,
        seconds: Double
    ) throws(CalibrationError) {
        let bins = histogram.counts.count
        guard pulses.lowerBound >= 0, pulses.upperBound < bins, pulses.count <= bins * 3 / 4 else {
            throw .badSetting(
                .gate, value: Double(pulses.count), lowest: 1, highest: Double(bins * 3 / 4))
        }
        guard seconds > 0 else {
            throw .badSetting(.duration, value: seconds, lowest: 0, highest: .infinity)
        }
        guard gate > 0, gate <= histogram.period else {
            throw .badSetting(.window, value: gate, lowest: 0, highest: histogram.period)
        }
        let counts = histogram.total - histogram.sum(pulses)
        let watched = seconds * Double(bins - pulses.count) / Double(bins)
        rate = Estimate(
            value: counts / watched, sigma: max(counts, 1).squareRoot() / watched,
            counts: Int64(counts))
        let span = gate * 1e-12
        perGate = Estimate(
            value: rate.value * span, sigma: rate.sigma * span, counts: rate.counts)
    }
}
