import Quantities
import Simulator
import Testing
import Tracking

@Suite struct MountDriveTests {
    /// Drives a simulated mount along a plan and gives the worst error of its motors, rad.
    private func driven(culmination: Double, from start: Double) throws -> (Double, Double) {
        let step = 0.1
        let track = passTrack(culmination: culmination, step: step)
        var points = [MountSetPoint](repeating: .empty, count: track.count)
        var span = points.mutableSpan
        let planner = TrackPlanner(
            limits: quickMount, mask: HorizonMask(flat: 0.05),
            sun: SkyDirection(azimuth: 0, elevation: -1), sunCone: 0.5)
        let plan = try planner.plan(
            track.span, start: 0, step: step, from: SkyDirection(azimuth: 0, elevation: 0.5),
            into: &span)
        var plant = MountPlant(
            MountPlant.Parameters(limits: quickMount, encoderStep: 2e-6, encoderNoise: 1e-6),
            at: points[0].direction, seed: 3)
        var law = RateLaw(proportional: 3, limits: quickMount)
        var worst = 0.0
        for tick in 0..<Int(Double(plan.count - 2) * step / 0.02) {
            let time = Double(tick) * 0.02
            let found = MountSetPoint.at(time, in: points.span, start: 0, step: step)
            let point = try #require(found)
            plant.turn(at: law.command(setPoint: point, reading: plant.reading(), after: 0.02))
            if time > start {
                worst = max(worst, SkyAngle.between(plant.motors, point.direction))
            }
            for _ in 0..<4 { plant.step(by: 0.005) }
        }
        return (worst, plan.keyholeDuration)
    }

    @Test func aRateMountFollowsAPassWithinHundredMicroradians() throws {
        let (worst, keyhole) = try driven(culmination: 70, from: 5)
        #expect(keyhole == 0)
        #expect(worst < 100e-6)
    }

    @Test func aRateMountFollowsThePlanThroughAKeyhole() throws {
        let (worst, keyhole) = try driven(culmination: 88, from: 5)
        #expect(keyhole > 0)
        #expect(worst < 2e-3)
    }

    @Test func aPositionMountStaysWithinItsStepAndLag() throws {
        var track = passTrack(culmination: 70, step: 0.01)
        for index in track.indices.dropFirst() {
            track[index].azimuth = SkyAngle.unwrapped(
                track[index].azimuth, near: track[index - 1].azimuth)
        }
        var plant = MountPlant(
            MountPlant.Parameters(limits: quickMount, positionGain: 8), at: track[0], seed: 1)
        var stream = SetPointStream(period: 100_000_000_000, latency: 120_000_000_000)
        var worst = 0.0
        for tick in 0..<(track.count - 100) {
            let time = Int64(tick) * 10_000_000_000
            let ahead = tick + Int(stream.lead / 10_000_000_000)
            if let position = stream.next(track[ahead], at: time) {
                let steps = position.azimuth / SetPointStream.hundredthDegree
                #expect(abs(steps - steps.rounded()) < 1e-6)
                plant.go(to: position)
            }
            if tick > 500 { worst = max(worst, SkyAngle.between(plant.motors, track[tick])) }
            plant.step(by: 0.01)
        }
        // A step of 0.01 degree, and what the track bends and runs within 0.1 s.
        #expect(worst < 3e-3)
        _ = stream.next(track[0], at: 1_000_000_000_000_000)
        #expect(stream.next(track[0], at: 1_001_000_000_000_000) == nil)
        #expect(stream.repeats > 0)
    }

    @Test func theLawNeverAsksForMoreThanTheMountCan() {
        var random = TestRandom(5)
        var law = RateLaw(proportional: 3, limits: quickMount)
        var last = AxisRates.zero
        for _ in 0..<2_000 {
            var point = MountSetPoint.empty
            point.direction.azimuth = Double.random(in: -3...7, using: &random)
            point.rates.azimuth = Double.random(in: -1...1, using: &random)
            point.direction.elevation = Double.random(in: 0...1.5, using: &random)
            let reading = SkyDirection(
                azimuth: Double.random(in: -3...7, using: &random),
                elevation: Bool.random(using: &random) ? .nan : 0.3)
            let rates = law.command(setPoint: point, reading: reading, after: 0.05)
            #expect(abs(rates.azimuth) <= quickMount.azimuthRate)
            #expect(abs(rates.elevation) <= quickMount.elevationRate)
            #expect(
                abs(rates.azimuth - last.azimuth) <= quickMount.azimuthAcceleration * 0.05 + 1e-12)
            last = rates
        }
    }

    @Test func theSimulatedMountTurnsAsFastAsItMayAndIsOffAsItsModelSays() {
        var plant = MountPlant(
            MountPlant.Parameters(
                limits: quickMount, model: roughModel, encoderStep: 0, encoderNoise: 0,
                rateTime: 0),
            at: SkyDirection(azimuth: 0, elevation: 0.5), seed: 9)
        plant.turn(at: AxisRates(azimuth: 10, elevation: 0))
        for _ in 0..<500 { plant.step(by: 0.001) }
        // Half a second of 8 degrees per second squared.
        #expect(abs(plant.rates.azimuth - 0.5 * quickMount.azimuthAcceleration) < 1e-9)
        for _ in 0..<2_000 { plant.step(by: 0.001) }
        #expect(abs(plant.rates.azimuth - quickMount.azimuthRate) < 1e-12)
        #expect(
            SkyAngle.between(plant.direction, roughModel.direction(of: plant.motors)) < 1e-12)
        plant.go(to: SkyDirection(azimuth: 100, elevation: 0.5))
        for _ in 0..<80_000 { plant.step(by: 0.001) }
        #expect(plant.motors.azimuth == quickMount.azimuthHighest)
        #expect(plant.stops > 0)
    }

    @Test func oneSeedIsOneRunOfTheSimulatedMount() {
        func run(_ seed: UInt64) -> [Double] {
            var plant = MountPlant(
                MountPlant.Parameters(limits: quickMount),
                at: SkyDirection(azimuth: 0, elevation: 0.5), seed: seed)
            return (0..<50).compactMap { _ in
                plant.step(by: 0.01)
                return plant.reading()?.azimuth
            }
        }
        #expect(run(4) == run(4))
        #expect(run(4) != run(5))
    }

    @Test func backlashShowsAsTheDirectionTurns() {
        var plant = MountPlant(
            MountPlant.Parameters(limits: quickMount, backlash: 1e-3, rateTime: 0),
            at: SkyDirection(azimuth: 0, elevation: 0.5), seed: 1)
        plant.turn(at: AxisRates(azimuth: 0.05, elevation: 0))
        for _ in 0..<1_000 { plant.step(by: 0.001) }
        #expect(abs(plant.motors.azimuth - plant.direction.azimuth - 0.5e-3) < 1e-9)
        plant.turn(at: AxisRates(azimuth: -0.05, elevation: 0))
        for _ in 0..<1_000 { plant.step(by: 0.001) }
        #expect(abs(plant.motors.azimuth - plant.direction.azimuth + 0.5e-3) < 1e-9)
    }
}
