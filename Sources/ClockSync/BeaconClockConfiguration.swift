internal import Quantities

/// What the clock is told before a pass; frozen then.
public struct BeaconClockConfiguration: Sendable {
    /// Beacon period on the satellite's clock, ps: 10^8 at 10 kHz.
    public var beaconPeriod: Int64 = 100_000_000
    /// Slot period on the satellite's clock, ps: 1600 at 625 MHz.
    public var slotPeriod: Int64 = 1_600
    /// Tag time at UTC zero of the pass (satellite time zero) as known beforehand, ps.
    public var coarseZero: Int64 = 0
    /// Whether ``coarseZero`` is to be refined by 1PPS edges before anything else.
    public var hasPulsePerSecond = true
    /// Frequency of the tagger's clock against UTC as known beforehand, ps/s.
    public var initialFrequency = 0.0
    /// Jitter of one beacon pulse, ps rms; a first guess that the pulses refine.
    public var beaconJitter = 500.0
    /// How fast the clocks and the prediction's error wander.
    public var noise = ClockNoise(stability: 1e-11)
    /// Largest sigma at which a click may become key, ps.
    public var sigmaValid = 150.0
    /// Uncertainty of the calibrated delay between beacon and quantum light, ps.
    public var offsetSigma = 100.0
    /// Uncertainty of the prediction's time bias, s: 0.5 s is 3.8 km along the track.
    public var biasSigma = 0.5
    /// Frequencies searched on either side at acquisition, ps/s (parts in 10^12).
    public var acquisitionRange = 3.0e6
    /// Whether the phase of the quantum light helps the beacon.
    public var usesDetections = true

    /// The defaults of a 625 MHz transmitter with a 10 kHz beacon.
    public init() {}
}

/// What the clock counted.
public struct BeaconClockStatistics: Equatable, Sendable, BitwiseCopyable {
    /// Beacon tags that were taken for pulses of the train.
    public var accepted: UInt64 = 0
    /// Beacon tags that were not.
    public var rejected: UInt64 = 0
    /// Beacon tags beyond what a block holds; not looked at.
    public var overflowed: UInt64 = 0
    /// Times that the train was found, the first time included.
    public var acquisitions: UInt32 = 0
    /// Times that lock was given up.
    public var losses: UInt32 = 0
    /// Readings of the quantum light's phase that were used.
    public var phaseReadings: UInt32 = 0
    /// Such readings that did not fit.
    public var phaseRejections: UInt32 = 0
    /// 1PPS edges that did not fit the others.
    public var pulsePerSecondStrays: UInt32 = 0
    /// Tags older than the block they came in; dropped.
    public var late: UInt64 = 0
    /// Jumps of tag time over more than an hour; the clock starts anew.
    public var jumps: UInt32 = 0
    /// Blocks whose innovation was taken in.
    public var innovations: UInt64 = 0
    /// Sum of squared innovations over their predicted variance: the mean is 1 when sigma is honest.
    public var squaredInnovations = 0.0
    /// Logarithm of the likelihood of all innovations, for choosing noise parameters.
    public var logLikelihood = 0.0

    /// Logarithm of the likelihood of an innovation on the mean; `-infinity` without any.
    public var meanLogLikelihood: Double {
        innovations == 0 ? -.infinity : logLikelihood / Double(nearest: innovations)
    }

    /// Nothing counted yet.
    public init() {}
}
