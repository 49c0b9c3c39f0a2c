/// Where a satellite stands in the sky of a station, as its light shows it.
public struct LookAngles: Equatable, Sendable, BitwiseCopyable {
    /// Distance that the light travels, m: satellite at emission to station at arrival.
    public var range: Double
    /// Height above the horizon, rad, without refraction: of the WGS-84 ellipsoid, or of a
    /// spherical Earth for ``CircularPass`` and ``StraightPass``.
    public var elevation: Double
    /// Direction from north through east, rad, from 0 up to 2 pi.
    public var azimuth: Double

    /// A direction with every field given.
    @inlinable public init(range: Double, elevation: Double, azimuth: Double) {
        self.range = range
        self.elevation = elevation
        self.azimuth = azimuth
    }

    /// One-way light time in vacuum, ps.
    @inlinable public var lightTime: Double { range * NaturalConstants.picosecondsPerMetre }
}
