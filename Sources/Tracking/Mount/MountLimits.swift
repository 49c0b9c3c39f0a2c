/// What a mount can do; angles of its encoder readings.
public struct MountLimits: Equatable, Sendable, BitwiseCopyable {
    /// Least azimuth before the cable stops it, rad; -pi for many rotators.
    public var azimuthLowest: Double
    /// Greatest azimuth, rad; 2.5 pi for many rotators. At least one turn above the least.
    public var azimuthHighest: Double
    /// Least elevation, rad, from -pi/2.
    public var elevationLowest: Double
    /// Greatest elevation, rad, up to pi/2.
    public var elevationHighest: Double
    /// Fastest turn in azimuth, rad/s.
    public var azimuthRate: Double
    /// Fastest turn in elevation, rad/s.
    public var elevationRate: Double
    /// Greatest change of the azimuth rate, rad/s^2.
    public var azimuthAcceleration: Double
    /// Greatest change of the elevation rate, rad/s^2.
    public var elevationAcceleration: Double

    /// Limits with every field given.
    public init(
        azimuthLowest: Double, azimuthHighest: Double, elevationLowest: Double,
        elevationHighest: Double, azimuthRate: Double, elevationRate: Double,
        azimuthAcceleration: Double, elevationAcceleration: Double
    ) {
        self.azimuthLowest = azimuthLowest
        self.azimuthHighest = azimuthHighest
        self.elevationLowest = elevationLowest
        self.elevationHighest = elevationHighest
        self.azimuthRate = azimuthRate
        self.elevationRate = elevationRate
        self.azimuthAcceleration = azimuthAcceleration
        self.elevationAcceleration = elevationAcceleration
    }

    /// Which field makes no sense.
    public enum Fault: Error, Equatable, Sendable {
        /// The azimuth range is less than a turn, reaches beyond +-4 pi or is not finite.
        case azimuthRange(lowest: Double, highest: Double)
        /// The elevation range is empty or reaches beyond +-pi/2.
        case elevationRange(lowest: Double, highest: Double)
        /// A rate or an acceleration is not more than 0 and at most 10 (rad/s, rad/s^2).
        case speed(Double)
    }

    /// Says which field makes no sense, if one does.
    public func check() throws(Fault) {
        guard azimuthLowest >= -4 * .pi, azimuthHighest <= 4 * .pi,
            azimuthHighest - azimuthLowest >= 2 * .pi
        else { throw .azimuthRange(lowest: azimuthLowest, highest: azimuthHighest) }
        guard elevationLowest >= -.pi / 2, elevationHighest <= .pi / 2,
            elevationHighest > elevationLowest
        else { throw .elevationRange(lowest: elevationLowest, highest: elevationHighest) }
        let speeds: InlineArray<4, Double> = [
            azimuthRate, elevationRate, azimuthAcceleration, elevationAcceleration,
        ]
        for index in speeds.indices {
            let speed = speeds[index]
            guard speed > 0, speed <= 10 else { throw .speed(speed) }
        }
    }
}
