import Orbit
import Testing

private let degree = Double.pi / 180

/// A 500 km sun-synchronous pass over 36.67 N that culminates at 80.6 degrees.
private func jinanPass(rotation: Double = NaturalConstants.earthRotation) -> CircularPass {
    CircularPass(
        CircularPass.Elements(
            altitude: 500_000, culmination: 80.6 * degree, lowestElevation: 10 * degree,
            inclination: 97.4 * degree, latitude: 36.67 * degree, earthRotation: rotation))
}

/// Rates of a light time over the whole pass by central differences over 20 ms, in s/s.
private func lightTimeRates(_ orbit: PassOrbit) -> [Double] {
    stride(from: 0.0, through: orbit.duration, by: 0.5).map { time in
        let after = orbit.look(at: time + 0.01).lightTime
        let before = orbit.look(at: time - 0.01).lightTime
        return (after - before) * 1e-12 / 0.02
    }
}

@Suite struct CircularPassTests {
    @Test func aJinanLikePassHasItsPublishedLengthRangesAndLightTimes() {
        let pass = jinanPass()
        #expect(abs(pass.duration - 437) < 1)
        let rise = pass.look(at: 0)
        let culmination = pass.look(at: pass.culminationTime)
        let set = pass.look(at: pass.duration)
        #expect(abs(culmination.elevation / degree - 80.6) < 0.001)
        #expect(abs(rise.elevation / degree - 10) < 1e-6)
        #expect(abs(set.elevation / degree - 10) < 1e-6)
        #expect(abs(culmination.range - 505_000) < 2_000)
        #expect(abs(rise.range - 1_697_000) < 5_000)
        #expect(abs(culmination.lightTime * 1e-9 - 1.68) < 0.01)
        #expect(abs(rise.lightTime * 1e-9 - 5.66) < 0.02)
    }

    @Test func aJinanLikePassHasItsPublishedDopplerAndAcceleration() throws {
        let rates = lightTimeRates(.circular(jinanPass()))
        let first = try #require(rates.first)
        let last = try #require(rates.last)
        #expect(abs(first + 23.4e-6) < 0.2e-6)
        #expect(abs(last - 23.4e-6) < 0.2e-6)
        let accelerations = zip(rates.dropFirst(), rates).map { ($0 - $1) / 0.5 }
        let largest = try #require(accelerations.max())
        #expect(abs(largest - 0.363e-6) < 0.005e-6)
    }

    @Test func overARestingEarthRangeFollowsTheLawOfCosines() {
        let pass = jinanPass(rotation: 0)
        let earth = 6_371_000.0
        let orbit = earth + 500_000
        let rate = (3.986004418e14 / (orbit * orbit * orbit)).squareRoot()
        let closest = pass.look(at: pass.culminationTime).range
        let cosineAtClosest =
            (earth * earth + orbit * orbit - closest * closest) / (2 * earth * orbit)
        for time in stride(from: -200.0, through: 200, by: 12.5) {
            // The angle from the station: along track it adds as on a right spherical triangle.
            let cosine = cosineAtClosest * Double(cosineOf(rate * time))
            let expected =
                (earth * earth + orbit * orbit - 2 * earth * orbit * cosine).squareRoot()
            #expect(abs(pass.look(at: pass.culminationTime + time).range - expected) < 1e-3)
        }
    }

    /// The cosine by its series, so that the test does not lean on the code's own functions.
    private func cosineOf(_ angle: Double) -> Double {
        var term = 1.0
        var sum = 1.0
        for index in 1...12 {
            term *= -angle * angle / Double((2 * index - 1) * (2 * index))
            sum += term
        }
        return sum
    }

    @Test func anErrorAlongTheTrackIsAShiftInTimeOverARestingEarth() {
        let pass = jinanPass(rotation: 0)
        var shifted = pass
        shifted.alongTrackError = 0.3
        for time in stride(from: 0.0, through: 437, by: 19) {
            #expect(abs(shifted.look(at: time).range - pass.look(at: time + 0.3).range) < 1e-6)
        }
        // 0.3 s are 2.3 km along the track, seen almost end on when the satellite rises.
        let difference = shifted.look(at: 0).range - pass.look(at: 0).range
        #expect(difference > -2_284 && difference < -2_000)
    }

    @Test func lightReachesTheStationWhereItIsOnArrival() {
        // Over the pass the station moves 0.6 to 2.1 m towards the east while the light travels,
        // so a turning Earth changes range by less than that against freezing it at emission.
        let pass = jinanPass()
        for time in stride(from: 0.0, through: 437, by: 50) {
            let look = pass.look(at: time)
            let station = 372.7 * look.range / 299_792_458
            #expect(station > 0.6 && station < 2.2)
            #expect(look.azimuth >= 0 && look.azimuth < 2 * .pi)
        }
    }

    @Test(arguments: [20.0, 45, 89.9])
    func everyCulminationComesOutAsAsked(culmination: Double) {
        let pass = CircularPass(
            CircularPass.Elements(
                altitude: 550_000, culmination: culmination * degree,
                lowestElevation: 5 * degree, inclination: 53 * degree, latitude: -33.9 * degree))
        let top =
            stride(from: 0.0, through: pass.duration, by: 0.1)
            .map { pass.look(at: $0).elevation }.max() ?? 0
        #expect(abs(top / degree - culmination) < 0.1)
    }
}

@Suite struct StraightPassTests {
    /// The published Micius pass over Xinglong.
    private let micius = StraightPass(
        firstRange: 1_196_000, closestRange: 645_000, lastRange: 1_189_000, duration: 273,
        altitude: 500_000)

    @Test func theLineRunsThroughThePublishedRanges() {
        #expect(abs(micius.look(at: 0).range - 1_196_000) < 1e-3)
        #expect(abs(micius.look(at: micius.culminationTime).range - 645_000) < 1e-3)
        #expect(abs(micius.look(at: 273).range - 1_189_000) < 1e-3)
    }

    @Test func itsDopplerAndAccelerationAreThoseDerivedFromThePublishedTable() throws {
        let rates = lightTimeRates(.straight(micius))
        let first = try #require(rates.first)
        #expect(abs(first + 20.5e-6) < 0.5e-6)
        let accelerations = zip(rates.dropFirst(), rates).map { ($0 - $1) / 0.5 }
        let largest = try #require(accelerations.max())
        #expect(abs(largest - 0.28e-6) < 0.01e-6)
    }

    @Test func aLineWithoutMotionStandsStill() {
        let still = StraightPass(
            firstRange: 600_000, closestRange: 600_000, lastRange: 600_000, duration: 10,
            altitude: 500_000)
        #expect(still.look(at: 0) == still.look(at: 10))
    }
}
