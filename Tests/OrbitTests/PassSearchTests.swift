import Orbit
import Quantities
import Testing

@Suite struct PassSearchTests {
    /// Rises and sets by looking every ten seconds, then every millisecond about each crossing.
    private func byBruteForce(_ trajectory: Trajectory, days: Double) throws -> [Double] {
        var trajectory = trajectory
        let site = try jinan()
        let start = UTCInstant(day: 61_119, seconds: 0)
        func height(_ time: Double) throws -> Double {
            try trajectory.sight(from: site, receivedAt: start.adding(time)).look.elevation
                - 10 * degree
        }
        var crossings: [Double] = []
        var before = try height(0)
        for index in 1...Int(days * 8640) {
            let time = Double(index) * 10
            let now = try height(time)
            if (now > 0) != (before > 0) {
                var low = time - 10
                var high = time
                while high - low > 1e-4 {
                    let middle = 0.5 * (low + high)
                    if (try height(middle) > 0) == (before > 0) {
                        low = middle
                    } else {
                        high = middle
                    }
                }
                crossings.append(low)
            }
            before = now
        }
        return crossings
    }

    @Test(arguments: [
        (15.2, 0.0012, 97.4), (12.4, 0.1, 63.4), (2.006, 0.72, 63.4), (4.1, 0.3, 20.0),
    ])
    func itFindsTheSameCrossingsAsBruteForce(
        motion: Double, eccentricity: Double, inclination: Double
    ) throws {
        var elements = lowOrbit()
        elements.meanMotion = motion * MeanElements.radiansPerMinute
        elements.eccentricity = eccentricity
        elements.inclination = inclination * degree
        let trajectory = Trajectory(
            .elements(try SGP4(elements)), orientation: someOrientation)
        let start = UTCInstant(day: 61_119, seconds: 0)
        let found = try passes(trajectory, days: 4).flatMap { pass in
            (pass.isCutAtStart ? [] : [pass.rise.time.since(start)])
                + (pass.isCutAtEnd ? [] : [pass.set.time.since(start)])
        }
        let expected = try byBruteForce(trajectory, days: 4)
        #expect(found.count == expected.count)
        for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-3) }
        #expect(!found.isEmpty)
    }

    @Test func theCulminationIsTheHighestPointToAMillisecond() throws {
        var trajectory = try lowTrajectory()
        let site = try jinan()
        for pass in try passes(trajectory) {
            let top = pass.culmination
            for step in [-0.5, 0.5] {
                let beside = try trajectory.sight(
                    from: site, receivedAt: top.time.adding(step)
                ).look
                #expect(beside.elevation <= top.sight.look.elevation)
            }
            // The slope there is a millisecond's worth of the curvature, 1e-4 rad/s^2.
            #expect(abs(top.sight.elevationRate) < 1e-6)
            #expect(pass.rise.time < top.time && top.time < pass.set.time)
            #expect(abs(pass.rise.sight.look.elevation - 10 * degree) < 1e-6)
        }
    }

    @Test func aPassThroughTheZenithWarnsOfTheKeyhole() throws {
        let limits = PassSearch.Limits(azimuthRate: 2 * degree)
        var trajectory = try lowTrajectory()
        let site = try jinan()
        let found = try passes(trajectory, limits: limits)
        #expect(found.contains { $0.keyholeTime > 0 })
        for pass in found {
            // Count the time above the limit by looking every 0.1 s.
            var fast = 0.0
            var fastest = 0.0
            for time in stride(from: 0.0, through: pass.duration, by: 0.1) {
                let sight = try trajectory.sight(
                    from: site, receivedAt: pass.rise.time.adding(time))
                fastest = max(fastest, sight.azimuthRate.magnitude)
                if sight.azimuthRate.magnitude > 2 * degree { fast += 0.1 }
            }
            #expect(abs(fastest - pass.azimuthRate) < 0.02 * fastest)
            #expect(abs(fast - pass.keyholeTime) < 0.05 * fast + 0.5)
        }
    }

    @Test func aMaskHidesItsPartOfThePass() throws {
        var limits = PassSearch.Limits()
        limits.mask = HorizonMask(flat: 30 * degree)
        let trajectory = try lowTrajectory()
        let above = try passes(
            trajectory, limits: PassSearch.Limits(elevation: 30 * degree))
        for pass in try passes(trajectory, limits: limits) {
            let free = above.first { abs($0.culmination.time.since(pass.culmination.time)) < 1 }
            let expected = pass.duration - (free?.duration ?? 0)
            #expect(abs(pass.maskedTime - expected) < 11)
        }
    }

    @Test func aSynchronousSatelliteIsOnePassCutAtBothEnds() throws {
        var elements = lowOrbit()
        elements.meanMotion = 1.002_7 * MeanElements.radiansPerMinute
        elements.eccentricity = 1e-4
        elements.inclination = 0.01 * degree
        // Longitude 117 degrees east at the epoch.
        elements.node = 0
        elements.perigee = 0
        elements.meanAnomaly = Elementary.positiveTurn(
            SiderealTime.greenwich(ut1: elements.epoch) + 117 * degree)
        let trajectory = Trajectory(.elements(try SGP4(elements)), orientation: .zero)
        let found = try passes(trajectory)
        #expect(found.count == 1)
        #expect(found.first?.isCutAtStart == true && found.first?.isCutAtEnd == true)
        #expect(abs((found.first?.duration ?? 0) - 2 * 86_400) < 1e-3)
        // 36.67 degrees north of the point below it: 47.6 degrees high.
        let top = found.first?.culmination.sight.look.elevation ?? 0
        #expect(abs(top / degree - 47.6) < 0.3)
    }

    @Test func aDecayedSatelliteEndsTheSearchWithItsFault() throws {
        var elements = lowOrbit(drag: 0.05)
        elements.meanMotion = 16.3 * MeanElements.radiansPerMinute
        let trajectory = Trajectory(.elements(try SGP4(elements)), orientation: .zero)
        let error = #expect(throws: OrbitFault.self) { try passes(trajectory, days: 60) }
        guard case .model(let fault) = error else { return }
        #expect(fault.kind == .decayed || fault.kind == .meanEccentricity)
    }
}
