/// What a calibrated value may be.
public struct CalibrationLimit: Equatable, Sendable, BitwiseCopyable {
    /// Smallest value allowed.
    public var lowest: Double
    /// Largest value allowed.
    public var highest: Double

    /// From `lowest` to `highest`; either may be infinite.
    public init(lowest: Double = -.infinity, highest: Double = .infinity) {
        self.lowest = lowest
        self.highest = highest
    }

    /// Within `deviation` either side of `nominal`.
    public init(_ nominal: Double, within deviation: Double) {
        self.init(lowest: nominal - deviation, highest: nominal + deviation)
    }

    /// Whether `estimate` keeps to the limit, and whether it is precise enough to say so.
    public func verdict(of estimate: Estimate) -> CalibrationVerdict {
        // Written so that what is no number is never met.
        guard estimate.value >= lowest, estimate.value <= highest else { return .missed }
        let room = min(estimate.value - lowest, highest - estimate.value)
        return room >= CalibrationVerdict.clearance * estimate.sigma ? .met : .unclear
    }
}

/// How a calibrated value stands to its limit.
public enum CalibrationVerdict: UInt8, Equatable, Sendable, BitwiseCopyable {
    /// Standard deviations from the limit at which a value keeps to it for sure.
    static let clearance = 2.0

    /// Within the limit by two standard deviations or more.
    case met = 0
    /// Within the limit, which lies less than two standard deviations away: measure for longer.
    case unclear = 1
    /// Outside the limit.
    case missed = 2
}
