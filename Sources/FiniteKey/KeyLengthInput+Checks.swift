extension KeyLengthInput {
    /// Error rate at which no key is made, whatever the bounds say.
    public static let errorRateLimit = 0.11
    /// Largest mean photon number that is taken.
    public static let largestIntensity = 10.0
    /// Smallest probability of an intensity that is taken.
    public static let smallestProbability = 1e-12
    /// Intensities closer than this to breaking their order count as breaking it.
    public static let smallestSeparation = 1e-6
    /// How far from 1 the probabilities may sum.
    public static let probabilityTolerance = 1e-9

    /// Checks the whole input; the first fault is thrown.
    func check() throws(KeyLengthFault) {
        guard secrecy > 0, secrecy < 1 else { throw .secrecy(secrecy) }
        guard correctness > 0, correctness < 1 else { throw .correctness(correctness) }
        guard efficiencyRatio > 0, efficiencyRatio <= 1 else {
            throw .efficiencyRatio(efficiencyRatio)
        }
        if method != .bbm92 {
            try checkSource()
            try checkCorners()
        }
        guard test.hasErrors else { throw .errorsUnknown(.test) }
        try check(key, .key)
        try check(test, .test)
        try checkLeak()
        try checkErrorRates()
    }

    private func checkSource() throws(KeyLengthFault) {
        var sum = 0.0
        for k in 0..<method.intensityCount {
            guard intensities[k] >= 0, intensities[k] <= Self.largestIntensity else {
                throw .intensity(k, intensities[k])
            }
            guard probabilities[k] >= Self.smallestProbability, probabilities[k] < 1 else {
                throw .probability(k, probabilities[k])
            }
            sum += probabilities[k]
        }
        guard abs(sum - 1) <= Self.probabilityTolerance else { throw .probabilitySum(sum) }
        guard isOrdered(intensities) else { throw .intensityOrder(method) }
    }

    private func isOrdered(_ mu: PerIntensity<Double>) -> Bool {
        let least = Self.smallestSeparation
        if method == .lim2014 {
            return mu.third >= 0 && mu.second - mu.third >= least
                && mu.first - mu.second - mu.third >= least
        }
        return mu.second >= least && mu.first - mu.second >= least
    }

    private func checkCorners() throws(KeyLengthFault) {
        for k in 0..<method.intensityCount {
            let error = intensityErrors[k]
            guard error >= 0, error <= Self.largestIntensity else {
                throw .intensityError(k, error)
            }
        }
        for corner in 0..<cornerCount where !isOrdered(intensities(atCorner: corner)) {
            throw .intensityErrorOrder(method)
        }
    }

    private func check(
        _ counts: BasisCounts, _ basis: KeyLengthFault.Basis
    ) throws(KeyLengthFault) {
        for k in 0..<method.intensityCount {
            let n = counts.detections[k]
            let m = counts.errors[k]
            guard n >= 0, n <= BasisCounts.largest else {
                throw .count(basis, intensity: k, n)
            }
            guard n > 0 else { throw .noDetections(basis, intensity: k) }
            guard counts.hasErrors else { continue }
            guard m >= 0, m <= BasisCounts.largest else {
                throw .count(basis, intensity: k, m)
            }
            guard m <= n else {
                throw .errorsExceedDetections(basis, intensity: k, errors: m, detections: n)
            }
        }
        // What a method does not use must not enter the totals either.
        for k in method.intensityCount..<3 {
            guard counts.detections[k] == 0 else {
                throw .count(basis, intensity: k, counts.detections[k])
            }
            guard counts.errors[k] == 0 else {
                throw .count(basis, intensity: k, counts.errors[k])
            }
        }
    }

    private func checkLeak() throws(KeyLengthFault) {
        switch leak {
        case .disclosed(let bits):
            guard bits >= 0, bits < .infinity else { throw .disclosedBits(bits) }
        case .efficiency(let f):
            guard f >= 1, f < .infinity else { throw .reconciliationEfficiency(f) }
            // Of entangled pairs both bases see the same errors; of decoy states they need not.
            guard key.hasErrors || method == .bbm92 else { throw .errorsUnknown(.key) }
        }
        // The one-decoy methods bound the vacuum by its errors, in the key basis too.
        guard key.hasErrors || method == .bbm92 || method == .lim2014 else {
            throw .errorsUnknown(.key)
        }
    }

    private func checkErrorRates() throws(KeyLengthFault) {
        if key.hasErrors, key.errorRate >= Self.errorRateLimit {
            throw .errorRate(.key, key.errorRate)
        }
        guard test.errorRate < Self.errorRateLimit else {
            throw .errorRate(.test, test.errorRate)
        }
        guard method == .bbm92, let tolerated = toleratedErrorRate else { return }
        guard tolerated >= 0, tolerated < Self.errorRateLimit else {
            throw .toleratedErrorRate(tolerated)
        }
        guard test.errorRate <= tolerated else {
            throw .errorRateAboveTolerated(test.errorRate, tolerated: tolerated)
        }
    }

    /// Corners of the box of intensity errors; 1 without errors.
    var cornerCount: Int {
        var count = 1
        for k in 0..<method.intensityCount where intensityErrors[k] > 0 {
            count = 1 &<< method.intensityCount
        }
        return count
    }

    /// The intensities at a corner; bit k of `corner` raises intensity k.
    func intensities(atCorner corner: Int) -> PerIntensity<Double> {
        var result = intensities
        for k in 0..<method.intensityCount {
            let isRaised = corner & (1 &<< k) != 0
            let moved = intensities[k] + (isRaised ? intensityErrors[k] : -intensityErrors[k])
            result[k] = max(moved, 0)
        }
        return result
    }
}
