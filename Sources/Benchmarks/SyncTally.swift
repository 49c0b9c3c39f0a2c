import ClockSync

/// How far a clock was from the truth.
struct SyncTally {
    private var total: Int64 = 0
    private var valid: Int64 = 0
    private var squares = 0.0
    private var squaresOverVariance = 0.0
    /// Valid segments that were half a slot off or more.
    private(set) var slips: Int64 = 0
    /// Passes in which there was one.
    private(set) var passesWithSlips = 0
    /// Largest error, ps.
    private(set) var largest = 0.0
    /// Largest root mean square error of one pass, ps.
    private(set) var worstPass = 0.0
    /// Smallest valid share of one pass.
    private(set) var lowestValid = 1.0

    /// Root mean square error over valid time, ps.
    var rms: Double { valid > 0 ? (squares / Double(valid)).squareRoot() : 0 }
    /// Share of the pass that was valid.
    var validFraction: Double { total > 0 ? Double(valid) / Double(total) : 0 }
    /// Root mean square of error over stated sigma: 1 is honest.
    var normalised: Double { valid > 0 ? (squaresOverVariance / Double(valid)).squareRoot() : 0 }

    /// Scores a segment against the true satellite time of its begin, ps.
    mutating func score(_ segment: ClockSegment, truth: Int64, slotPeriod: Int64) {
        total += 1
        guard segment.isValid else { return }
        valid += 1
        let error = Double(segment.satelliteStart &- truth)
        squares += error * error
        let sigma = Double(max(segment.sigma, 1))
        squaresOverVariance += error * error / (sigma * sigma)
        largest = max(largest, abs(error))
        if 2 * abs(error) > Double(slotPeriod) { slips += 1 }
    }

    /// Counts a millisecond for which there was no segment.
    mutating func miss() { total += 1 }

    /// Ends one pass.
    mutating func closePass() {
        worstPass = rms
        lowestValid = validFraction
        passesWithSlips = slips > 0 ? 1 : 0
    }

    /// Adds another pass.
    mutating func add(_ other: SyncTally) {
        total += other.total
        valid += other.valid
        squares += other.squares
        squaresOverVariance += other.squaresOverVariance
        slips += other.slips
        passesWithSlips += other.passesWithSlips
        largest = max(largest, other.largest)
        worstPass = max(worstPass, other.worstPass)
        lowestValid = min(lowestValid, other.lowestValid)
    }
}
