import Orbit
import Quantities
import Simulator
import Testing
import Tracking

private let degree = Double.pi / 180

/// A light mount with the cable of a common rotator.
let quickMount = MountLimits(
    azimuthLowest: -180 * degree, azimuthHighest: 450 * degree, elevationLowest: 0,
    elevationHighest: 90 * degree, azimuthRate: 8 * degree, elevationRate: 4 * degree,
    azimuthAcceleration: 8 * degree, elevationAcceleration: 4 * degree)

/// The look angles of a pass every `step` seconds.
func passTrack(culmination: Double, step: Double, inclination: Double = 97.4) -> [SkyDirection] {
    let pass = CircularPass(
        CircularPass.Elements(
            altitude: 500e3, culmination: culmination * degree, lowestElevation: 10 * degree,
            inclination: inclination * degree, latitude: 36.67 * degree))
    return (0...Int(pass.duration / step)).map {
        let look = pass.look(at: Double($0) * step)
        return SkyDirection(azimuth: look.azimuth, elevation: look.elevation)
    }
}

@Suite struct MountPlanTests {
    private let planner = TrackPlanner(
        limits: quickMount, mask: HorizonMask(flat: 5 * degree),
        sun: SkyDirection(azimuth: 0, elevation: -60 * degree), sunCone: 30 * degree)

    private struct Planned {
        var plan: TrackPlan
        var points: [MountSetPoint]
    }

    private func planned(
        _ track: [SkyDirection], step: Double, by planner: TrackPlanner,
        from position: SkyDirection = SkyDirection(azimuth: 0, elevation: 0.5)
    ) throws -> Planned {
        var points = [MountSetPoint](repeating: .empty, count: track.count)
        var span = points.mutableSpan
        let plan = try planner.plan(
            track.span, start: 0, step: step, from: position, into: &span)
        return Planned(plan: plan, points: points)
    }

    @Test func anOrdinaryPassIsFollowedWithoutError() throws {
        let track = passTrack(culmination: 60, step: 0.1)
        let found = try planned(track, step: 0.1, by: planner)
        #expect(found.points.allSatisfy { $0.reach == .onTarget && $0.error < 1e-12 })
        #expect(found.plan.gapCount == 0)
        #expect(found.plan.fitsCable)
        #expect(found.plan.keyholeDuration == 0)
    }

    @Test(arguments: [86.0, 88.0, 89.0, 89.6, 89.95])
    func aKeyholeIsCrossedWithTheLeastAzimuthErrorThereIs(culmination: Double) throws {
        let step = 0.05
        let track = passTrack(culmination: culmination, step: step)
        let found = try planned(track, step: step, by: planner)
        var azimuths = track.map(\.azimuth)
        for index in azimuths.indices.dropFirst() {
            azimuths[index] = SkyAngle.unwrapped(azimuths[index], near: azimuths[index - 1])
        }
        let turns =
            2 * Double.pi
            * ((found.points[0].direction.azimuth - azimuths[0]) / (2 * .pi)).rounded()
        let worst =
            zip(found.points, azimuths).map {
                abs($0.direction.azimuth - $1 - turns)
            }.max() ?? 0
        // No azimuth of limited rate can stay nearer to the track than half of what the track gains
        // on it between any two moments.
        let rate = planner.share * quickMount.azimuthRate
        var bound = 0.0
        for sign in [-1.0, 1.0] {
            var least = Double.infinity
            for (index, azimuth) in azimuths.enumerated() {
                let rest = sign * azimuth - rate * Double(index) * step
                least = min(least, rest)
                bound = max(bound, 0.5 * (rest - least))
            }
        }
        print(
            "keyhole: culmination \(culmination) deg, 7.6 deg/s: \(found.plan.keyholeDuration) s "
                + "off the target, at worst \(found.plan.keyholeWorst / degree) deg; azimuth "
                + "\(worst / degree) deg off, no plan can do better than \(bound / degree) deg")
        #expect(worst >= bound * 0.999)
        #expect(worst <= bound * 1.02 + 0.01)
        #expect(found.plan.fastest.azimuth <= quickMount.azimuthRate)
        #expect(found.plan.steepest.azimuth <= 1.2 * quickMount.azimuthAcceleration)
        #expect(found.plan.keyholeDuration > 0)
        #expect(found.plan.keyholeDuration < 60)
        #expect(found.plan.gapCount == 1)
        #expect(found.plan.gap(0).reach == .keyhole)
        #expect(found.plan.keyholeWorst == found.plan.gap(0).worst)
    }

    @Test func theCableNeverRunsIntoItsStops() throws {
        var generator = TestRandom(7)
        for _ in 0..<200 {
            let start = Double.random(in: -10...10, using: &generator)
            let way = Double.random(in: -4.5...4.5, using: &generator)
            let track = (0...200).map { index in
                let part = Double(index) / 200
                let azimuth = start + way * part
                return SkyDirection(
                    azimuth: azimuth - 2 * .pi * (azimuth / (2 * .pi)).rounded(.down),
                    elevation: 0.4 + 0.3 * part)
            }
            let position = SkyDirection(
                azimuth: Double.random(in: -3...7.5, using: &generator), elevation: 0.2)
            let found = try planned(track, step: 1, by: planner, from: position)
            #expect(found.plan.fitsCable)
            for (point, target) in zip(found.points, track) {
                #expect(point.direction.azimuth >= quickMount.azimuthLowest)
                #expect(point.direction.azimuth <= quickMount.azimuthHighest)
                #expect(SkyAngle.between(point.direction, target) < 1e-9)
            }
            let first = found.points[0].direction.azimuth
            // No other turn that holds the whole pass lies nearer to where the mount stands.
            for turns in [-1.0, 1.0] {
                let other = first + turns * 2 * .pi
                let holds =
                    min(other, other + way) >= quickMount.azimuthLowest
                    && max(other, other + way) <= quickMount.azimuthHighest
                #expect(
                    !holds || abs(other - position.azimuth) >= abs(first - position.azimuth) - 1e-9)
            }
        }
    }

    @Test func aPassThatNoCableHoldsIsReportedWithItsTimes() throws {
        var short = planner
        short.limits.azimuthLowest = -180 * degree
        short.limits.azimuthHighest = 180 * degree
        // From east through south to north-west: 90 to 300 degrees, over the stop at 180.
        let track = (0...210).map {
            SkyDirection(azimuth: Double(90 + $0) * degree, elevation: 0.5)
        }
        let found = try planned(track, step: 1, by: short)
        #expect(!found.plan.fitsCable)
        #expect(found.plan.gapCount == 1)
        let gap = found.plan.gap(0)
        #expect(gap.reach == .cableStop)
        #expect(gap.from == 91)
        #expect(gap.to == 210)
    }

    @Test(arguments: [0.0, 2.0, -5.0, 9.0])
    func theTelescopePassesAroundTheSun(miss: Double) throws {
        var day = planner
        day.sunCone = 10 * degree
        let track = passTrack(culmination: 50, step: 0.1)
        let middle = track[track.count / 3]
        day.sun = SkyDirection(
            azimuth: middle.azimuth, elevation: middle.elevation + miss * degree)
        let found = try planned(track, step: 0.1, by: day)
        #expect(found.plan.isSunSafe)
        #expect(found.plan.sunClearance >= 10 * degree)
        for point in found.points {
            #expect(SkyAngle.between(point.direction, day.sun) >= 10 * degree)
        }
        #expect(found.plan.gapCount == 1)
        #expect(found.plan.gap(0).reach == .sunCone)
        #expect(found.points[0].error < 1e-12)
        #expect(found.plan.fastest.azimuth <= quickMount.azimuthRate)
    }

    @Test func theMountWaitsOnTheSkyline() throws {
        var hilly = planner
        let corners = [
            HorizonMask.Point(azimuth: 0, elevation: 20 * degree),
            HorizonMask.Point(azimuth: 180 * degree, elevation: 20 * degree),
        ]
        hilly.mask = try HorizonMask(corners.span)
        let track = passTrack(culmination: 60, step: 0.1)
        let found = try planned(track, step: 0.1, by: hilly)
        #expect(found.plan.gapCount == 2)
        let rise = Double(track.firstIndex { $0.elevation >= 20 * degree } ?? 0) * 0.1
        #expect(found.plan.gap(0).reach == .belowMask)
        #expect(abs(found.plan.gap(0).to - (rise - 0.1)) < 1e-6)
        #expect(abs(found.points[0].direction.elevation - 20 * degree) < 1e-12)
        #expect(abs(found.plan.gap(0).worst - 10 * degree) < 1e-3)
    }

    @Test func wrongTracksAreRefused() {
        var track = passTrack(culmination: 60, step: 1)
        #expect(throws: TrackPlanError.step(0)) { try planned(track, step: 0, by: planner) }
        #expect(throws: TrackPlanError.badDirection) {
            try planned(
                track, step: 1, by: planner,
                from: SkyDirection(azimuth: .nan, elevation: 0))
        }
        track[5].elevation = .infinity
        #expect(throws: TrackPlanError.badPoint(5)) { try planned(track, step: 1, by: planner) }
        #expect(throws: TrackPlanError.count(track: 1, buffer: 1)) {
            try planned([track[0]], step: 1, by: planner)
        }
        var broken = planner
        broken.limits.azimuthRate = 0
        #expect(throws: TrackPlanError.limits(.speed(0))) {
            try planned(track, step: 1, by: broken)
        }
    }

    @Test func anOffsetMovesSetPointsOnTheTargetOnly() {
        var point = MountSetPoint.empty
        point.direction = SkyDirection(azimuth: 7, elevation: 1)
        let moved = point.moved(by: FieldAngle(x: 1e-3, y: -2e-3))
        let way = SkyAngle.offset(of: moved.direction, from: point.direction)
        #expect((way - FieldAngle(x: 1e-3, y: -2e-3)).length < 1e-12)
        #expect(abs(moved.direction.azimuth - 7) < 0.01)
        point.reach = .keyhole
        #expect(point.moved(by: FieldAngle(x: 1e-3, y: 0)) == point)
    }

    @Test func betweenSetPointsTheCubicStaysOnTheTrack() throws {
        let fine = passTrack(culmination: 80, step: 0.05)
        let coarse = stride(from: 0, to: fine.count, by: 10).map { fine[$0] }
        let found = try planned(coarse, step: 0.5, by: planner)
        var worst = 0.0
        for index in 10..<(coarse.count - 2) * 10 {
            let point = MountSetPoint.at(
                Double(index) * 0.05, in: found.points.span, start: 0, step: 0.5)
            worst = max(worst, SkyAngle.between(try #require(point).direction, fine[index]))
        }
        #expect(worst < 5e-6)
        #expect(MountSetPoint.at(-0.1, in: found.points.span, start: 0, step: 0.5) == nil)
        #expect(MountSetPoint.at(1e9, in: found.points.span, start: 0, step: 0.5) == nil)
        #expect(MountSetPoint.at(.nan, in: found.points.span, start: 0, step: 0.5) == nil)
    }
}

@Suite struct SlewPathTests {
    private let sun = SkyDirection(azimuth: 180 * degree, elevation: 40 * degree)

    @Test func everySlewKeepsOutOfTheSunCone() throws {
        var random = TestRandom(61)
        var detours = 0
        for _ in 0..<150 {
            let start = SkyDirection(
                azimuth: Double.random(in: 0...(2 * .pi), using: &random),
                elevation: Double.random(in: 0.05...1.5, using: &random))
            let end = SkyDirection(
                azimuth: Double.random(in: 0...(2 * .pi), using: &random),
                elevation: Double.random(in: 0.05...1.5, using: &random))
            guard SkyAngle.between(start, sun) > 0.5, SkyAngle.between(end, sun) > 0.5 else {
                continue
            }
            let found = SlewPath(
                from: start, to: end, sun: sun, cone: 25 * degree, limits: quickMount)
            let path = try #require(found)
            if path.count > 1 { detours += 1 }
            #expect(path[path.count - 1] == end)
            var plant = MountPlant(
                MountPlant.Parameters(limits: quickMount), at: start, seed: 1)
            for index in 0..<path.count {
                plant.go(to: path[index])
                var nearest = Double.pi
                for _ in 0..<8_000 where SkyAngle.between(plant.motors, path[index]) > 1e-3 {
                    plant.step(by: 0.02)
                    nearest = min(nearest, SkyAngle.between(plant.motors, sun))
                }
                #expect(nearest > 24.9 * degree)
                #expect(SkyAngle.between(plant.motors, path[index]) < 2e-3)
            }
        }
        #expect(detours > 10)
    }

    @Test func aMountNearTheSunMayLeaveIt() throws {
        let start = SkyDirection(azimuth: 190 * degree, elevation: 40 * degree)
        let end = SkyDirection(azimuth: 260 * degree, elevation: 10 * degree)
        let found = SlewPath(
            from: start, to: end, sun: sun, cone: 25 * degree, limits: quickMount)
        #expect(found?.count == 1)
    }

    @Test func noWayLeadsIntoTheConeOrToNoNumber() {
        let start = SkyDirection(azimuth: 0, elevation: 0.5)
        #expect(
            SlewPath(from: start, to: sun, sun: sun, cone: 0.4, limits: quickMount) == nil)
        let nowhere = SkyDirection(azimuth: .nan, elevation: 0)
        #expect(
            SlewPath(from: start, to: nowhere, sun: sun, cone: 0.4, limits: quickMount) == nil)
    }
}

@Suite struct HorizonMaskTests {
    @Test func theSkylineIsStraightBetweenCornersAllAround() throws {
        let corners = [
            HorizonMask.Point(azimuth: 1, elevation: 0.1),
            HorizonMask.Point(azimuth: 2, elevation: 0.3),
            HorizonMask.Point(azimuth: 5, elevation: 0.2),
        ]
        let mask = try HorizonMask(corners.span)
        #expect(abs(mask.elevation(at: 1.5) - 0.2) < 1e-12)
        #expect(abs(mask.elevation(at: 2) - 0.3) < 1e-12)
        #expect(abs(mask.elevation(at: 3.5) - 0.25) < 1e-12)
        let width = 1 + 2 * Double.pi - 5
        #expect(abs(mask.elevation(at: 0) - (0.2 - 0.1 * (2 * .pi - 5) / width)) < 1e-12)
        #expect(abs(mask.elevation(at: 6) - (0.2 - 0.1 / width)) < 1e-12)
        #expect(abs(mask.elevation(at: 1.5 - 4 * .pi) - 0.2) < 1e-9)
        #expect(mask.elevation(at: .nan) == .pi / 2)
    }

    @Test func wrongSkylinesAreRefused() {
        let twice = [
            HorizonMask.Point(azimuth: 1, elevation: 0.1),
            HorizonMask.Point(azimuth: 1, elevation: 0.3),
        ]
        #expect(throws: HorizonMask.Fault.notAscending(1)) { try HorizonMask(twice.span) }
        let high = [HorizonMask.Point(azimuth: 1, elevation: 2)]
        #expect(throws: HorizonMask.Fault.outOfRange(0)) { try HorizonMask(high.span) }
        let none: [HorizonMask.Point] = []
        #expect(throws: HorizonMask.Fault.count(0)) {
            try HorizonMask(none.span)
        }
    }
}

/// Random numbers of a test, from its own seed (splitmix64).
struct TestRandom: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
