public import Quantities

/// The Sun by a short series, good to 0.01 degrees from 1950 to 2050.
///
/// The Astronomical Almanac, section C, "low precision formulas for the Sun".
public enum Sun {
    /// Astronomical unit, m (IAU 2012).
    public static let astronomicalUnit = 149_597_870_700.0
    private static let radius = 6.957e8

    /// From the Earth's centre in ITRF, m.
    public static func position(at utc: UTCInstant, _ orientation: EarthOrientation) -> Vector {
        let degree = Double.pi / 180
        let days = utc.daysSinceJ2000
        let anomaly = (357.528 + 0.985_600_3 * days) * degree
        let longitude =
            (280.460 + 0.985_647_4 * days + 1.915 * Elementary.sin(anomaly)
                + 0.020 * Elementary.sin(2 * anomaly)) * degree
        let tilt = (23.439 - 4e-7 * days) * degree
        let distance =
            (1.000_14 - 0.016_71 * Elementary.cos(anomaly)
                - 0.000_14 * Elementary.cos(2 * anomaly)) * astronomicalUnit
        let sine = Elementary.sin(longitude)
        let direction = Vector(
            x: Elementary.cos(longitude), y: Elementary.cos(tilt) * sine,
            z: Elementary.sin(tilt) * sine)
        return orientation.earthFixed(distance * direction, at: utc)
    }

    /// Where the Sun stands for `site`, without refraction.
    public static func direction(
        from site: Site, at utc: UTCInstant, _ orientation: EarthOrientation
    ) -> SkyDirection {
        let look = site.angles(of: position(at: utc, orientation) - site.position)
        return SkyDirection(azimuth: look.azimuth, elevation: look.elevation)
    }

    /// Share of the Sun's light that reaches a satellite: 1 in the Sun, 0 in the Earth's umbra.
    ///
    /// Within the penumbra it goes with the share of the Sun's diameter that is covered.
    public static func share(at satellite: Vector, sun: Vector) -> Double {
        let toSun = sun - satellite
        let sunSize = Elementary.asin(radius / toSun.length)
        let distance = satellite.length
        guard distance > 6_378_137 else { return 0 }
        let earthSize = Elementary.asin(6_378_137 / distance)
        let apart = Elementary.acos(-satellite.dot(toSun) / (distance * toSun.length))
        let uncovered = (apart - (earthSize - sunSize)) / (2 * sunSize)
        return min(max(uncovered, 0), 1)
    }
}
