/// A direction in the sky of a station.
public struct SkyDirection: Equatable, Sendable, BitwiseCopyable {
    /// From north through east, rad; any turn, so that a wrapped cable can be told from a free one.
    public var azimuth: Double
    /// Above the horizon, rad, -pi/2 to pi/2.
    public var elevation: Double

    /// A direction with both angles given.
    @inlinable public init(azimuth: Double, elevation: Double) {
        self.azimuth = azimuth
        self.elevation = elevation
    }
}
