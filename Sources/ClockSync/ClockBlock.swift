/// One block of the clock's history: filtered, and later smoothed.
struct ClockBlock: BitwiseCopyable {
    /// Tag time at the block's middle, ps.
    var tagCentre: Int64 = 0
    /// Satellite time there as the filter predicted it, ps: a start for solving.
    var satelliteGuess: Int64 = 0
    /// Tag time at satellite time zero that the state is counted from, ps.
    var zero: Int64 = 0
    /// The time-bias function there, ps per s of bias.
    var basis = 0.0
    /// The filtered estimate after the block's measurements.
    var filtered = ClockEstimate()
    /// What the block's beacon pulses said.
    var beacon = ClockMeasurement()
    /// What the quantum light said.
    var light = ClockMeasurement()
    /// Slope of ``basis``, ps/s per s of bias.
    var basisSlope = 0.0
    /// Whether the state follows from the block before.
    var continues = false
    /// Whether the filter was in lock.
    var isLocked = false

    /// The smoothed phase of beacon time, time bias included, ps.
    var phase = 0.0
    /// Its slope, ps/s, time bias included.
    var slope = 0.0
    /// Lateness of the quantum light, ps.
    var offset = 0.0
    /// Variance of ``phase``, ps^2.
    var beaconVariance = 0.0
    /// Variance of ``phase`` plus ``offset``, ps^2.
    var lightVariance = 0.0

    /// Writes down the smoothed estimate.
    mutating func settle(_ estimate: ClockEstimate) {
        phase = estimate.mean[0] + estimate.mean[3] * basis
        slope = estimate.mean[1] + estimate.mean[3] * basisSlope
        offset = estimate.mean[4]
        let seesBeacon = ClockMeasurement(elapsed: 0, basis: basis, seesOffset: false)
        let seesLight = ClockMeasurement(elapsed: 0, basis: basis, seesOffset: true)
        beaconVariance = max(estimate.variance(along: seesBeacon.sensitivity), 0)
        lightVariance = max(estimate.variance(along: seesLight.sensitivity), 0)
    }
}
