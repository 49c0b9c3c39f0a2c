/// One block of a comb's history: its measurement, and what the filter made of it.
struct CombRecord: BitwiseCopyable {
    /// Photons in the block.
    var photons = 0.0
    /// Their squared contrast without bias.
    var contrastSquared = 0.0
    /// Whether the filter must allow for miscounted cycles before this block.
    var isBroken = false
    /// Measured lateness behind the first line, ps.
    var value = 0.0
    /// Its variance, ps^2; 0 means there was no measurement.
    var noise = 0.0
    /// Mean time of the measured photons after the block's start, s; negative if from before.
    var meanTime = 0.0
    /// Half the mean of that time's square, s^2.
    var meanHalfSquare = 0.0
    /// The comb as predicted before the measurement.
    var predicted = CombPrediction()
    /// The estimate after the measurement.
    var filtered = ClockEstimate()
    /// The measurement as it was taken in.
    var kept = ClockMeasurement()
    /// Lateness in mid-block after smoothing, ps.
    var smoothedLateness = 0.0

    /// How the lateness in the middle of a block of `seconds` depends on the state at its start.
    func middle(_ seconds: Double) -> ClockVector {
        ClockMeasurement(elapsed: 0.5 * seconds, basis: 0, seesOffset: false).sensitivity
    }

    /// The measurement as an innovation on `estimate`.
    func measurement(against estimate: ClockEstimate) -> ClockMeasurement {
        var measurement = ClockMeasurement(elapsed: meanTime, basis: 0, seesOffset: false)
        measurement.sensitivity[2] = meanHalfSquare
        let mean = estimate.mean
        measurement.innovation =
            value - mean[0] - meanTime * mean[1] - meanHalfSquare * mean[2]
        return measurement
    }
}

/// A comb's lateness over one block as a straight line through its values at both ends.
struct CombPrediction: BitwiseCopyable {
    /// Lateness at the block's start, ps.
    var lateness = 0.0
    /// How it grows, ps/s.
    var rate = 0.0
    /// Standard deviation of the lateness in mid-block, ps.
    var sigma = 0.0
    /// Standard deviation of the rate in mid-block, ps/s.
    var rateSigma = 0.0

    init() {}

    /// The line over the `seconds` from the estimate's instant on that is right on average.
    init(_ estimate: ClockEstimate, _ seconds: Double) {
        let curve = estimate.mean[2] * seconds * seconds
        rate = estimate.mean[1] + 0.5 * seconds * estimate.mean[2]
        // The mean of x^2/2 over the block exceeds that of the chord by -1/12.
        lateness = estimate.mean[0] - curve / 12
        let middle = ClockMeasurement(elapsed: 0.5 * seconds, basis: 0, seesOffset: false)
        sigma = max(estimate.variance(along: middle.sensitivity), 0).squareRoot()
        var slope = ClockVector(repeating: 0)
        slope[1] = 1
        slope[2] = 0.5 * seconds
        rateSigma = max(estimate.variance(along: slope), 0).squareRoot()
    }
}

/// Photons of one or several blocks on their way to a measurement.
struct CombGroup: BitwiseCopyable {
    /// Their phase vectors; times count from the start of the latest block.
    var sum = CombSum()
    /// Sum over the photons of the lateness of the line they were summed against, ps.
    var lateness = 0.0
    /// Time since the first block's start, s.
    var age = 0.0

    /// No photons yet.
    init() {}

    /// Moves on to a block that starts `seconds` later.
    mutating func advance(by seconds: Double) {
        guard sum.count > 0 else { return }
        var moved = CombSum()
        moved.add(sum, shift: -seconds)
        sum = moved
        age += seconds
    }

    /// Adds a block's photons, summed against a line of this lateness (ps) and rate (ps/s).
    mutating func add(_ block: CombSum, lateness: Double, rate: Double) {
        self.lateness += block.count * lateness + block.time * rate
        sum.add(block, shift: 0)
    }
}
