/// Why a calibration gives no value.
public enum CalibrationError: Error, Equatable, Sendable, BitwiseCopyable {
    /// Measure for longer or with more light.
    case tooFewCounts(found: Int64, needed: Int64)
    /// Measure at more settings, or with finer bins.
    case tooFewPoints(found: Int64, needed: Int64)
    /// There is more than the memory handed in has room for.
    case tooManyPoints(room: Int64)
    /// A setting that cannot be worked with, and what is allowed.
    case badSetting(Setting, value: Double, lowest: Double, highest: Double)
    /// Nothing that looks like what is measured: no light, a dead channel, a range too short.
    case notFound(Feature)
    /// The light was not steady: the tail of the intervals departs from an exponential by this many
    /// standard deviations.
    case unsteadyLight(deviations: Double)
    /// A fit did not come to rest.
    case noFit(Feature)

    /// A setting by name.
    public enum Setting: UInt8, Sendable, BitwiseCopyable {
        /// Time of the exposure, ps.
        case duration
        /// Width of a bin, ps.
        case binWidth
        /// Number of bins.
        case bins
        /// Period of pulses, ps.
        case period
        /// Dead time, ps.
        case deadTime
        /// After-pulsing probability.
        case afterpulsing
        /// Where the tail of the intervals begins, ps.
        case tailStart
        /// Relative light level.
        case light
        /// Threshold of the discriminator, mV; ascending.
        case threshold
        /// Number of counts.
        case counts
        /// Slots per beacon pulse.
        case slots
        /// Width of a coincidence window, ps.
        case window
        /// Corner or size of a region of the sensor, px.
        case region
        /// Level at which the camera saturates.
        case saturation
        /// Length of the gate, in steps of the scan.
        case gate
    }

    /// What was looked for.
    public enum Feature: UInt8, Sendable, BitwiseCopyable {
        /// The edge of the intervals at the dead time.
        case deadTimeEdge
        /// A run of thresholds at which the rate stays the same.
        case plateau
        /// The peak of a response to pulses.
        case peak
        /// A flank of the peak.
        case flank
        /// The line through the beacon's pulses.
        case beacon
        /// A settled rate after the light was taken away.
        case recovery
        /// Light that changes with the wave plate.
        case contrast
        /// Light that reaches the counter or the sensor.
        case light
    }
}
