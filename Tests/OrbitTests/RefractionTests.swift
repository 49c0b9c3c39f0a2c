import Orbit
import Testing

@Suite struct RefractionTests {
    @Test(arguments: [(10.0, 1573.0), (20, 797), (30, 508), (45, 295), (60, 170)])
    func saemundssonsFormulaGivesItsTable(elevation: Double, microradians: Double) {
        let angle = Refraction.standard.angle(atTrue: elevation * degree)
        #expect(abs(angle * 1e6 - microradians) < 2)
    }

    /// Differences of Edlen's refractivities: 343.8e-8 between 532 and 850 nm, of 2.77e-4.
    @Test(arguments: [(10.0, 19.5), (20, 9.9), (30, 6.3), (45, 3.7), (60, 2.1)])
    func theBeaconIsSeenHigherThanTheQuantumLight(elevation: Double, microradians: Double) {
        let offset = Refraction.standard.chromaticOffset(
            atTrue: elevation * degree, wavelength: 850e-9, reference: 532e-9)
        #expect(abs(offset * 1e6 + microradians) < 0.15)
    }

    @Test func edlensAirHasItsPublishedIndex() {
        // Edlen 1966, table: n - 1 of standard air at the red helium-neon line is 2.7652e-4.
        #expect(abs(Refraction.refractivity(wavelength: 632.99e-9) - 2.7652e-4) < 1e-8)
    }

    @Test func apparentAndTrueElevationTurnIntoEachOther() {
        let air = Refraction(pressure: 900, temperature: 250)
        for elevation in [0.0, 0.01, 0.1, 0.5, 1.5] {
            let apparent = elevation + air.angle(atTrue: elevation)
            #expect(abs(air.trueElevation(apparent: apparent) - elevation) < 1e-9)
        }
        #expect(Refraction(pressure: 0, temperature: 283).angle(atTrue: 0.1) == 0)
        #expect(Refraction.standard.angle(atTrue: .pi / 2) == 0)
    }
}
