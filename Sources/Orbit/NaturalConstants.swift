/// The constants of light and of a spherical Earth, SI units.
public enum NaturalConstants {
    /// Speed of light in vacuum, m/s; exact by definition of the metre.
    public static let lightSpeed = 299_792_458.0
    /// Time of light over one metre, ps.
    public static let picosecondsPerMetre = 1e12 / lightSpeed
    /// Mean radius of the Earth, m (IUGG R1 of WGS 84, rounded).
    public static let earthRadius = 6_371_000.0
    /// Gravitational parameter of the Earth, m^3/s^2 (IERS Conventions 2010, table 1.1).
    public static let earthGravity = 3.986_004_418e14
    /// Turning rate of the Earth against the stars, rad/s (IERS Conventions 2010, table 1.2).
    public static let earthRotation = 7.292_115e-5
}
