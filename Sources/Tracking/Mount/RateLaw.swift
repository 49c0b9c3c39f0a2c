public import Quantities

/// Rates for a mount that takes rates (Alpaca `moveaxis`): feed-forward and a share of the error.
///
/// rate = planned rate + proportional x (set point - reading), kept within the mount's rates, its
/// accelerations, and the rate from which it can still stop in what is left of the way.
public struct RateLaw: Equatable, Sendable {
    /// Share of the error that is worked off per second, 1/s; 1 to 3 for mounts with 0.1 s of lag.
    public var proportional: Double
    /// What the mount can do.
    public var limits: MountLimits
    /// The rates last commanded.
    public private(set) var rates = AxisRates.zero

    /// A law at rest.
    public init(proportional: Double, limits: MountLimits) {
        self.proportional = proportional
        self.limits = limits
    }

    /// Starts from rates that the mount is known to have.
    public mutating func reset(to rates: AxisRates = .zero) { self.rates = rates }

    /// The rates to command now.
    ///
    /// - Parameters:
    ///   - setPoint: Where the mount should be, for the moment at which the command acts.
    ///   - reading: What the encoders read, moved on to the same moment; `nil` or not finite while
    ///     the mount does not answer: then the planned rates alone.
    ///   - seconds: Time since the last command, s; more than 0.
    public mutating func command(
        setPoint: MountSetPoint, reading: SkyDirection?, after seconds: Double
    ) -> AxisRates {
        var azimuthError = 0.0
        var elevationError = 0.0
        if let reading, (reading.azimuth + reading.elevation).isFinite {
            azimuthError = setPoint.direction.azimuth - reading.azimuth
            elevationError = setPoint.direction.elevation - reading.elevation
        }
        rates.azimuth = limited(
            planned: setPoint.rates.azimuth, error: azimuthError, last: rates.azimuth,
            rate: limits.azimuthRate, acceleration: limits.azimuthAcceleration, seconds)
        rates.elevation = limited(
            planned: setPoint.rates.elevation, error: elevationError, last: rates.elevation,
            rate: limits.elevationRate, acceleration: limits.elevationAcceleration, seconds)
        return rates
    }

    private func limited(
        planned: Double, error: Double, last: Double, rate: Double, acceleration: Double,
        _ seconds: Double
    ) -> Double {
        guard planned.isFinite, error.isFinite, seconds > 0 else { return 0 }
        // Half the acceleration for braking: the other half covers the mount's lag.
        let stopping = (acceleration * abs(error)).squareRoot()
        let correction = min(max(proportional * error, -stopping), stopping)
        let change = acceleration * seconds
        let wanted = min(max(planned + correction, -rate), rate)
        return min(max(wanted, last - change), last + change)
    }
}
