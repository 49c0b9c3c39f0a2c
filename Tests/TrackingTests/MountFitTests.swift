import Quantities
import Testing
import Tracking

@Suite struct MountFitTests {
    private static func observations(_ rows: [[Double]]) -> [MountObservation] {
        rows.map {
            MountObservation(
                reading: SkyDirection(azimuth: $0[0], elevation: $0[1]),
                direction: SkyDirection(azimuth: $0[2], elevation: $0[3]), sigma: $0[4])
        }
    }

    /// What a mount with `model` reads for directions on a grid.
    private static func grid(
        _ model: MountModel, azimuths: [Double], elevations: [Double]
    ) -> [MountObservation] {
        azimuths.flatMap { azimuth in
            elevations.map { elevation in
                let reading = SkyDirection(azimuth: azimuth, elevation: elevation)
                return MountObservation(
                    reading: reading, direction: model.direction(of: reading), sigma: 1e-5)
            }
        }
    }

    @Test func theFitIsThatOfScipy() throws {
        let fit = try MountFit(Self.observations(StoredMountFit.rows).span)
        for index in 0..<MountTerm.count {
            let term = try #require(MountTerm(rawValue: UInt8(index)))
            let sigma = StoredMountFit.sigmas[index]
            #expect(abs(fit.model[term] - StoredMountFit.terms[index]) < 0.01 * sigma)
            #expect(abs(fit.sigmas[term] - sigma) < 0.01 * sigma)
        }
        #expect(abs(fit.rms - StoredMountFit.rms) < 1e-8)
    }

    @Test func perfectObservationsGiveTheModelBack() throws {
        let fit = try MountFit(
            Self.grid(
                roughModel, azimuths: [0.3, 1.4, 2.6, 3.7, 4.8, 5.9], elevations: [0.3, 0.8, 1.3]
            ).span)
        for index in 0..<MountTerm.count {
            let term = try #require(MountTerm(rawValue: UInt8(index)))
            #expect(abs(fit.model[term] - roughModel[term]) < 1e-10)
        }
        #expect(fit.rms < 1e-10)
    }

    @Test func azimuthsOfAnotherTurnMakeNoDifference() throws {
        var shifted = Self.observations(StoredMountFit.rows)
        for index in shifted.indices where index % 2 == 0 {
            shifted[index].reading.azimuth += 2 * .pi
        }
        let fit = try MountFit(shifted.span)
        let straight = try MountFit(Self.observations(StoredMountFit.rows).span)
        #expect(abs(fit.model.ia - straight.model.ia) < 1e-12)
    }

    @Test func termsLeftOutKeepTheirValues() throws {
        let start = MountModel(an: 1.5e-3, aw: -0.8e-3, ca: 0.6e-3, npae: -0.4e-3, tf: 0.3e-3)
        let one = Self.grid(roughModel, azimuths: [1], elevations: [0.7])
        let fit = try MountFit(one.span, terms: .indices, start: start)
        #expect(fit.model.tf == 0.3e-3)
        #expect(abs(fit.model.ia - roughModel.ia) < 1e-10)
        #expect(abs(fit.model.ie - roughModel.ie) < 1e-10)
    }

    @Test func tooFewObservationsAreRefused() {
        let three = Self.grid(roughModel, azimuths: [1, 2, 3], elevations: [0.7])
        #expect(throws: MountFitError.tooFewObservations(given: 3, needed: 4)) {
            try MountFit(three.span)
        }
        #expect(throws: MountFitError.tooFewObservations(given: 0, needed: 1)) {
            try MountFit([MountObservation]().span, terms: .indices)
        }
    }

    @Test func starsOfOneElevationDoNotTellCollimationFromTheAxes() {
        let ring = Self.grid(
            roughModel, azimuths: [0, 0.7, 1.5, 2.2, 3, 3.7, 4.5, 5.2], elevations: [0.7])
        #expect {
            _ = try MountFit(ring.span)
        } throws: { error in
            guard case .underdetermined = error as? MountFitError else { return false }
            return true
        }
    }

    @Test func anObservationThatIsNoNumberIsNamed() {
        var rows = Self.observations(StoredMountFit.rows)
        rows[7].reading.azimuth = .nan
        #expect(throws: MountFitError.badObservation(7)) { try MountFit(rows.span) }
        rows[7].reading.azimuth = 1
        rows[3].sigma = 0
        #expect(throws: MountFitError.badObservation(3)) { try MountFit(rows.span) }
    }

    @Test func aWrongStarStandsOut() throws {
        var rows = Self.observations(StoredMountFit.rows)
        rows[11].direction.elevation += 2e-3
        let fit = try MountFit(rows.span)
        #expect(fit.worstIndex == 11)
        #expect(fit.worst > 20 * fit.rms / Double(rows.count).squareRoot())
    }
}
