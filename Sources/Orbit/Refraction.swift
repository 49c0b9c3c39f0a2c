import Quantities

/// What the air does to the direction of light.
public struct Refraction: Equatable, Sendable, BitwiseCopyable {
    /// Pressure at the site, hPa, 0 (no air) to 1100.
    public var pressure: Double
    /// Temperature at the site, K, 180 to 340.
    public var temperature: Double

    /// 1010 hPa and 283 K, for which Saemundsson's formula stands.
    public static let standard = Refraction(pressure: 1010, temperature: 283)
    /// Vacuum wavelength of the formula, m: yellow light.
    public static let referenceWavelength = 580e-9

    /// Air with both fields given, brought into their ranges.
    public init(pressure: Double, temperature: Double) {
        self.pressure = min(max(pressure, 0), 1100)
        self.temperature = min(max(temperature, 180), 340)
    }

    /// By how much light of `wavelength` m seems to come from higher up, rad, 0 or more.
    ///
    /// Saemundsson, Sky and Telescope 72, 70 (1986), for yellow light; good to 0.07' above 15
    /// degrees and to 0.1' near the horizon in still air. The dispersion is Edlen's.
    ///
    /// - Parameter elevation: True elevation, rad; below -1 degree it counts as -1 degree.
    public func angle(
        atTrue elevation: Double, wavelength: Double = referenceWavelength
    ) -> Double {
        let degrees = min(max(elevation * 180 / .pi, -1), 90)
        let argument = (degrees + 10.3 / (degrees + 5.11)) * .pi / 180
        // The formula goes 0.1" below zero at the zenith.
        let minutes = max(1.02 / Elementary.tan(argument), 0)
        let air = pressure / 1010 * 283 / temperature
        let colour =
            Self.refractivity(wavelength: wavelength)
            / Self.refractivity(wavelength: Self.referenceWavelength)
        return minutes / 60 * .pi / 180 * air * colour
    }

    /// True elevation of what is seen at `elevation`, both rad, for light of `wavelength` m.
    public func trueElevation(
        apparent elevation: Double, wavelength: Double = referenceWavelength
    ) -> Double {
        var found = elevation
        var round = 0
        // Refraction changes by at most 0.2 of the elevation's change: 12 rounds to 1e-11 rad.
        while round < 12 {
            found = elevation - angle(atTrue: found, wavelength: wavelength)
            round += 1
        }
        return found
    }

    /// How much higher light of `wavelength` is seen than light of `reference`, rad.
    ///
    /// With the beacon as reference this is the set point of the fine loop, along the vertical,
    /// that brings the quantum light into the field stop: the beacon itself cannot show it.
    public func chromaticOffset(
        atTrue elevation: Double, wavelength: Double, reference: Double
    ) -> Double {
        angle(atTrue: elevation, wavelength: wavelength)
            - angle(atTrue: elevation, wavelength: reference)
    }

    /// n - 1 of dry air at 15 degrees Celsius and 1013.25 hPa for light of `wavelength` m in
    /// vacuum, 200 nm to 2 um; other wavelengths count as the nearer end.
    ///
    /// Edlen, Metrologia 2, 71 (1966), equation 1.
    public static func refractivity(wavelength: Double) -> Double {
        let micrometres = min(max(wavelength * 1e6, 0.2), 2)
        let s2 = 1 / (micrometres * micrometres)
        return 1e-8 * (8342.13 + 2_406_030 / (130 - s2) + 15_997 / (38.9 - s2))
    }
}
