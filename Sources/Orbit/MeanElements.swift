/// The mean elements of an orbit in the sense of SGP4, as a two-line element set gives them.
public struct MeanElements: Equatable, Sendable, BitwiseCopyable {
    /// When they hold.
    public var epoch: UTCInstant
    /// Mean motion after Kozai, rad/min; more than 0.
    public var meanMotion: Double
    /// Eccentricity, 0 up to 1.
    public var eccentricity: Double
    /// Inclination, rad, 0 to pi.
    public var inclination: Double
    /// Right ascension of the ascending node, rad.
    public var node: Double
    /// Argument of perigee, rad.
    public var perigee: Double
    /// Mean anomaly, rad.
    public var meanAnomaly: Double
    /// Drag term B*, 1/(Earth radii).
    public var drag: Double

    /// Elements with every field given.
    public init(
        epoch: UTCInstant, meanMotion: Double, eccentricity: Double, inclination: Double,
        node: Double, perigee: Double, meanAnomaly: Double, drag: Double
    ) {
        self.epoch = epoch
        self.meanMotion = meanMotion
        self.eccentricity = eccentricity
        self.inclination = inclination
        self.node = node
        self.perigee = perigee
        self.meanAnomaly = meanAnomaly
        self.drag = drag
    }

    /// Factor from revolutions a day to rad/min.
    public static let radiansPerMinute = 2 * Double.pi / 1440
}
