import Quantities
import Testing

@testable import Tracking

/// Terms of the size that a transported mount has, all different.
let roughModel = MountModel(
    ia: 3e-3, ie: -2e-3, an: 1.5e-3, aw: -0.8e-3, ca: 0.6e-3, npae: -0.4e-3, tf: 0.3e-3)

@Suite struct MountModelTests {
    @Test func readingAndDirectionAreInverses() {
        for azimuth in stride(from: -3.0, through: 7.0, by: 0.37) {
            for elevation in stride(from: 0.05, through: 1.5, by: 0.07) {
                let reading = SkyDirection(azimuth: azimuth, elevation: elevation)
                let back = roughModel.reading(for: roughModel.direction(of: reading))
                #expect(abs(back.azimuth - azimuth) < 1e-10)
                #expect(abs(back.elevation - elevation) < 1e-12)
            }
        }
    }

    @Test func eachTermHasTheSignAndSizeOfItsFormula() {
        let small = 1e-6
        for index in 0..<UInt8(MountTerm.count) {
            guard let term = MountTerm(rawValue: index) else { continue }
            var model = MountModel.perfect
            model[term] = small
            for azimuth in stride(from: 0.1, to: 6.2, by: 0.5) {
                let reading = SkyDirection(azimuth: azimuth, elevation: 0.7)
                let seen = model.direction(of: reading)
                let (azimuthSlope, elevationSlope) = slopes(term, azimuth, 0.7)
                #expect(abs((seen.azimuth - azimuth) / small - azimuthSlope) < 1e-4)
                #expect(abs((seen.elevation - 0.7) / small - elevationSlope) < 1e-4)
            }
        }
    }

    /// The formulas of the term's description, written out.
    private func slopes(_ term: MountTerm, _ a: Double, _ e: Double) -> (Double, Double) {
        let (sine, cosine) = (Elementary.sin(a), Elementary.cos(a))
        let tangent = Elementary.sin(e) / Elementary.cos(e)
        return switch term {
        case .azimuthIndex: (-1, 0)
        case .elevationIndex: (0, 1)
        case .tiltNorth: (-sine * tangent, -cosine)
        case .tiltWest: (-cosine * tangent, sine)
        case .collimation: (-1 / Elementary.cos(e), 0)
        case .axes: (-tangent, 0)
        case .flexure: (0, -Elementary.cos(e))
        }
    }
}
