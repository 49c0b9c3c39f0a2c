public import Quantities

/// Rates of both axes, rad/s.
public struct AxisRates: Equatable, Sendable, BitwiseCopyable {
    /// Rate of the azimuth axis, rad/s: not of the line of sight.
    public var azimuth: Double
    /// Rate of the elevation axis, rad/s.
    public var elevation: Double

    /// At rest.
    public static let zero = AxisRates(azimuth: 0, elevation: 0)

    /// Rates with both axes given.
    @inlinable public init(azimuth: Double, elevation: Double) {
        self.azimuth = azimuth
        self.elevation = elevation
    }
}

/// Why a mount cannot look where it should.
public enum TrackReach: UInt8, Sendable, BitwiseCopyable {
    /// It can.
    case onTarget
    /// The target is behind the skyline; the mount waits on it.
    case belowMask
    /// The target is beyond the mount's elevation limits.
    case elevationLimit
    /// The target stands too near the Sun; the mount passes around.
    case sunCone
    /// The cable does not reach so far.
    case cableStop
    /// The azimuth would have to turn faster than the mount can: it leads, then lags.
    case keyhole
}

/// Where the mount should be at one moment of a pass.
public struct MountSetPoint: Equatable, Sendable, BitwiseCopyable {
    /// Angles of the axes, azimuth with its turns.
    public var direction: SkyDirection
    /// Rates of the axes.
    public var rates: AxisRates
    /// Angle between the target and where this looks, rad.
    public var error: Double
    /// Why it does not look at the target, if it does not.
    public var reach: TrackReach

    /// At rest at zenith distance 90 degrees, looking north; a buffer's first content.
    public static let empty = MountSetPoint(
        direction: SkyDirection(azimuth: 0, elevation: 0), rates: .zero, error: 0,
        reach: .onTarget)

    /// A set point with every field given.
    public init(direction: SkyDirection, rates: AxisRates, error: Double, reach: TrackReach) {
        self.direction = direction
        self.rates = rates
        self.error = error
        self.reach = reach
    }

    /// This set point, moved on the sky by what the ladder found.
    ///
    /// Rates stay: an offset changes by microradians per second. Off the target, in a keyhole or
    /// around the Sun, nothing is moved.
    public func moved(by offset: FieldAngle) -> MountSetPoint {
        guard reach == .onTarget else { return self }
        var moved = self
        moved.direction = SkyAngle.direction(at: offset, from: direction)
        return moved
    }

    /// The set point `time` seconds into a plan, between its points by cubics through their rates.
    ///
    /// - Parameters:
    ///   - time: Seconds after the same epoch as `start`.
    ///   - points: The plan.
    ///   - start: Time of the first point, s.
    ///   - step: Time between points, s; more than 0.
    /// - Returns: `nil` outside the plan: nothing is extrapolated.
    public static func at(
        _ time: Double, in points: Span<MountSetPoint>, start: Double, step: Double
    ) -> MountSetPoint? {
        let place = (time - start) / step
        guard points.count >= 2, place >= 0, place <= Double(points.count - 1) else { return nil }
        let index = min(Int(place), points.count - 2)
        let part = place - Double(index)
        let first = points[index]
        let second = points[index + 1]
        let azimuth = cubic(
            first.direction.azimuth, second.direction.azimuth, first.rates.azimuth * step,
            second.rates.azimuth * step, part)
        let elevation = cubic(
            first.direction.elevation, second.direction.elevation, first.rates.elevation * step,
            second.rates.elevation * step, part)
        return MountSetPoint(
            direction: SkyDirection(azimuth: azimuth.value, elevation: elevation.value),
            rates: AxisRates(azimuth: azimuth.slope / step, elevation: elevation.slope / step),
            error: first.error + (second.error - first.error) * part,
            reach: part < 0.5 ? first.reach : second.reach)
    }

    /// Hermite's cubic with values and slopes per interval at both ends.
    private static func cubic(
        _ a: Double, _ b: Double, _ slopeA: Double, _ slopeB: Double, _ part: Double
    ) -> (value: Double, slope: Double) {
        let rise = b - a
        let second = 3 * rise - 2 * slopeA - slopeB
        let third = slopeA + slopeB - 2 * rise
        return (
            a + part * (slopeA + part * (second + part * third)),
            slopeA + part * (2 * second + part * 3 * third)
        )
    }
}
