import Quantities

/// The Earth's gravity as SGP4 sees it.
public struct GravityModel: Equatable, Sendable, BitwiseCopyable {
    /// Gravitational parameter, km^3/s^2.
    public var parameter: Double
    /// Equatorial radius, km.
    public var radius: Double
    /// Second zonal harmonic, without unit.
    public var j2: Double
    /// Third zonal harmonic.
    public var j3: Double
    /// Fourth zonal harmonic.
    public var j4: Double

    /// WGS-72, in which element sets are made (Vallado et al., AIAA 2006-6753, table 1).
    public static let wgs72 = GravityModel(
        parameter: 398_600.8, radius: 6_378.135, j2: 0.001_082_616, j3: -0.000_002_538_81,
        j4: -0.000_001_655_97)
    /// WGS-84 (same source).
    public static let wgs84 = GravityModel(
        parameter: 398_600.5, radius: 6_378.137, j2: 0.001_082_629_989_05,
        j3: -0.000_002_532_153_06, j4: -0.000_001_610_987_61)

    /// Root of the gravitational parameter in Earth radii and minutes: (radii)^1.5/min.
    var ke: Double { 60 / (radius * radius * radius / parameter).squareRoot() }
}
