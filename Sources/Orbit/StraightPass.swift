import Quantities

/// A pass at constant speed on a straight line, laid through three ranges that were published.
///
/// Range is sqrt(r0^2 + (v (t - t0))^2); elevation follows from range and altitude on a
/// spherical Earth; azimuth is that of a line running due north and is for display only.
public struct StraightPass: Equatable, Sendable, BitwiseCopyable {
    /// Length of the pass, s.
    public private(set) var duration: Double
    /// Seconds from the start to the closest approach.
    public private(set) var culminationTime: Double
    /// Smallest range, m.
    public private(set) var closestRange: Double
    /// Speed along the line, m/s.
    public private(set) var speed: Double
    /// Height of the satellite above the sphere, m: gives the elevation.
    public var altitude: Double
    /// How far ahead the satellite is taken to be, s along its track.
    public var alongTrackError: Double

    /// A line through the first, the smallest and the last range.
    ///
    /// - Parameters:
    ///   - firstRange: Range at the start, m; at least `closestRange`.
    ///   - closestRange: Smallest range, m; more than 0.
    ///   - lastRange: Range at the end, m; at least `closestRange`.
    ///   - duration: Length of the pass, s; more than 0.
    ///   - altitude: Height above the sphere, m.
    ///   - alongTrackError: Seconds by which the satellite runs ahead.
    public init(
        firstRange: Double, closestRange: Double, lastRange: Double, duration: Double,
        altitude: Double, alongTrackError: Double = 0
    ) {
        let nearest = closestRange * closestRange
        let before = max(firstRange * firstRange - nearest, 0).squareRoot()
        let after = max(lastRange * lastRange - nearest, 0).squareRoot()
        self.duration = duration
        self.closestRange = closestRange
        self.altitude = altitude
        self.alongTrackError = alongTrackError
        speed = (before + after) / duration
        culminationTime = before + after > 0 ? duration * before / (before + after) : 0
    }

    /// Direction and distance of what is emitted `time` seconds after the start of the pass.
    public func look(at time: Double) -> LookAngles {
        let along = speed * (time - culminationTime + alongTrackError)
        let range = (closestRange * closestRange + along * along).squareRoot()
        let radius = NaturalConstants.earthRadius
        let orbit = radius + altitude
        let sine = (orbit * orbit - radius * radius - range * range) / (2 * radius * range)
        let bounded = min(max(sine, -1), 1)
        let azimuth = Elementary.atan2(closestRange, along)
        return LookAngles(
            range: range,
            elevation: Elementary.atan2(bounded, (1 - bounded * bounded).squareRoot()),
            azimuth: azimuth < 0 ? azimuth + 2 * .pi : azimuth)
    }
}
