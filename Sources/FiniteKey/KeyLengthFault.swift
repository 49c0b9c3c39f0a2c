/// Why no key length can be given for an input: it contradicts itself or lies outside the proof.
public enum KeyLengthFault: Error, Equatable, Sendable, BitwiseCopyable {
    /// One of the two bases.
    public enum Basis: UInt8, Equatable, Sendable, BitwiseCopyable {
        /// The basis whose bits become key.
        case key
        /// The basis whose bits were disclosed.
        case test
    }

    /// Detections or errors are negative or above ``BasisCounts/largest``.
    case count(Basis, intensity: Int, Int64)
    /// More errors than detections.
    case errorsExceedDetections(Basis, intensity: Int, errors: Int64, detections: Int64)
    /// Nothing was detected in a class that the estimate needs.
    case noDetections(Basis, intensity: Int)
    /// The errors of this basis are needed and not given.
    case errorsUnknown(Basis)
    /// An intensity is not a number from 0 to ``KeyLengthInput/largestIntensity``.
    case intensity(Int, Double)
    /// The intensities are not in the order that the proof needs, or too close to tell apart.
    case intensityOrder(KeyMethod)
    /// An error bar is not a number from 0 to ``KeyLengthInput/largestIntensity``.
    case intensityError(Int, Double)
    /// The error bars reach across the order of intensities that the proof needs.
    case intensityErrorOrder(KeyMethod)
    /// A probability is not between ``KeyLengthInput/smallestProbability`` and 1.
    case probability(Int, Double)
    /// The probabilities sum to something other than 1.
    case probabilitySum(Double)
    /// The secrecy parameter is not between 0 and 1.
    case secrecy(Double)
    /// The correctness parameter is not between 0 and 1.
    case correctness(Double)
    /// The efficiency of reconciliation is below 1, or no number.
    case reconciliationEfficiency(Double)
    /// Disclosed bits are negative, or no number.
    case disclosedBits(Double)
    /// The error rate of a basis is at or over ``KeyLengthInput/errorRateLimit``.
    case errorRate(Basis, Double)
    /// The ratio of detector efficiencies is not above 0 and at most 1.
    case efficiencyRatio(Double)
    /// The declared error rate is not from 0 to ``KeyLengthInput/errorRateLimit``.
    case toleratedErrorRate(Double)
    /// The test basis has more errors than the block was declared to tolerate.
    case errorRateAboveTolerated(Double, tolerated: Double)
}
