import Quantities
import Simulator
import Testing
import Tracking

/// The fine loop closed around the simulated mirror, with noisy angles in place of frames.
@Suite struct MirrorLoopTests {
    /// What one run shows.
    struct World {
        var loop: FineLoop
        var mirror: MirrorPlant
        let disturbance: PointingDisturbance
        var random = SeededGenerator(seed: 11, stream: 2)
        var step: Int64 = 0
        var spot = FieldAngle.zero
        var offset = FieldAngle.zero
        let matrix: InteractionMatrix

        init(
            _ controller: FineLoop.Controller, lines: [VibrationLine] = [], told: Bool = true,
            matrix: InteractionMatrix = .identity, slew: Double = 10
        ) {
            var settings = FineLoop.Settings(
                timing: LoopTiming(
                    framePeriod: 1_000_000_000, exposure: 0, commandDelay: 1_500_000_000),
                matrix: matrix, limits: MirrorGuard.Limits(stroke: 2e-3, slew: slew))
            settings.controller = controller
            if told {
                for line in lines {
                    _ = settings.disturbanceX.add(line)
                    _ = settings.disturbanceY.add(line)
                }
            }
            loop = FineLoop(settings: settings)
            var plant = MirrorPlant.Parameters()
            plant.delay = 1_500_000_000
            plant.resonance = nil
            mirror = MirrorPlant(plant)
            var shaking = PointingDisturbance.Parameters()
            shaking.lines = lines
            shaking.duration = 30
            disturbance = PointingDisturbance(shaking, seed: 7)
            self.matrix = matrix
        }

        mutating func frame(isBlocked: Bool = false) -> FineLoop.Output {
            step += 1
            let time = step * 1_000_000_000
            let tilt = mirror.tilt(at: time)
            spot = disturbance.angle(step: step) + offset + matrix.angle(of: tilt)
            let seen = FineLoop.Measurement(
                angle: spot
                    + FieldAngle(x: 0.5e-6 * random.normal(), y: 0.5e-6 * random.normal()),
                sigmaX: 0.5e-6, sigmaY: 0.5e-6)
            let output = loop.step(
                isBlocked ? nil : seen, at: time, now: time + 1_000_000_000)
            mirror.command(output.mirror.tilt, at: time + 1_000_000_000)
            return output
        }

        /// Residual rms per axis over `count` frames about `middle`, rad.
        mutating func residual(_ count: Int, about middle: FieldAngle = .zero) -> Double {
            var sum = 0.0
            for _ in 0..<count {
                _ = frame()
                let off = spot - middle
                sum += off.x * off.x + off.y * off.y
            }
            return (sum / Double(2 * count)).squareRoot()
        }
    }

    /// The optimum of any predictor is 2.08 microradian, the integrator's at its best gain 2.70
    /// (Tests/Peers/tracking_peer.py).
    @Test func thePredictorComesNearTheOptimumAndTheIntegratorToItsOwn() {
        var predictor = World(.predictor)
        _ = predictor.residual(2_000)
        let best = predictor.residual(20_000)
        #expect(best < 2.2e-6)
        #expect(best > 1.95e-6)
        var integrator = World(.integrator(.init()))
        _ = integrator.residual(2_000)
        let simple = integrator.residual(20_000)
        #expect(simple < 2.95e-6)
        #expect(simple > 2.5e-6)
    }

    @Test func twoVibrationLinesHardlyHurtThePredictorThatKnowsThem() {
        let lines = [
            VibrationLine(frequency: 50, rms: 3e-6), VibrationLine(frequency: 87, rms: 3e-6),
        ]
        var told = World(.predictor, lines: lines)
        _ = told.residual(4_000)
        let rms = told.residual(20_000)
        #expect(rms < 2.5e-6)
        var untold = World(.predictor, lines: lines, told: false)
        _ = untold.residual(4_000)
        let unknown = untold.residual(10_000)
        #expect(unknown > 4e-6)
    }

    @Test func theFilterKnowsItsOwnError() {
        var world = World(.predictor)
        _ = world.residual(4_000)
        let output = world.frame()
        let residual = world.residual(10_000)
        #expect(abs(output.sigma.x / residual - 1) < 0.15)
        #expect(abs(world.loop.filterX.strength - 1) < 0.5)
    }

    @Test(arguments: [true, false])
    func afterHalfASecondOfFadeTheLockIsBackInTwentyMilliseconds(isPredictor: Bool) {
        var world = World(isPredictor ? .predictor : .integrator(.init()))
        _ = world.residual(2_000)
        for _ in 0..<10 {
            var sigmas: [Double] = []
            for i in 0..<500 {
                let output = world.frame(isBlocked: true)
                sigmas.append(output.sigma.x)
                if i > 20 { #expect(output.state == .coasting) }
            }
            // Nearly as unsure as the turbulence is strong, and never surer than before.
            #expect(sigmas[499] > 8e-6 && sigmas[499] < 60e-6)
            #expect(zip(sigmas, sigmas.dropFirst()).allSatisfy { $0 <= $1 + 1e-12 })
            var frames = 0
            while world.frame().state != .locked, frames < 1_000 { frames += 1 }
            #expect(frames < 20)
            _ = world.residual(300)
        }
    }

    @Test func theSetPointIsWhereTheSpotIsHeld() {
        for controller in [FineLoop.Controller.predictor, .integrator(.init())] {
            var world = World(controller)
            let middle = FieldAngle(x: 20e-6, y: -11e-6)
            world.loop.setPoint = middle
            _ = world.residual(2_000)
            let rms = world.residual(5_000, about: middle)
            #expect(rms < 3.2e-6)
        }
    }

    @Test func aTurnedAndSkewedMirrorMakesNoDifference() throws {
        let matrix = try #require(InteractionMatrix(xa: 0.3, xb: -1.7, ya: 2.1, yb: 0.1))
        var world = World(.predictor, matrix: matrix)
        _ = world.residual(2_000)
        let rms = world.residual(5_000)
        #expect(rms < 2.3e-6)
    }

    @Test func anotherLightIsNotFollowedUnlessItStays() {
        var world = World(.predictor)
        _ = world.residual(2_000)
        world.offset = FieldAngle(x: 300e-6, y: 0)
        for _ in 0..<4 {
            let output = world.frame()
            #expect(output.isOutlier)
        }
        world.offset = .zero
        let back = world.frame()
        #expect(!back.isOutlier)
        let rms = world.residual(500)
        #expect(rms < 3e-6)
        // A step that stays is followed after five frames.
        world.offset = FieldAngle(x: 300e-6, y: 0)
        for _ in 0..<30 { _ = world.frame() }
        let later = world.residual(500)
        #expect(later < 3e-6)
    }

    @Test func nonsenseInGivesNumbersOut() {
        var world = World(.predictor)
        _ = world.residual(500)
        let time = world.step * 1_000_000_000
        for (i, angle) in [Double.nan, .infinity, 1e300, -1e300].enumerated() {
            let output = world.loop.step(
                FineLoop.Measurement(
                    angle: FieldAngle(x: angle, y: 0), sigmaX: 1e-6, sigmaY: .nan),
                at: time + Int64(i + 1) * 1_000_000_000,
                now: time + Int64(i + 2) * 1_000_000_000)
            #expect(output.mirror.tilt.isFinite && output.sigma.x.isFinite)
        }
        // A frame from the past changes nothing.
        let before = world.loop.filterX.angle
        _ = world.loop.step(nil, at: 5, now: time + 10_000_000_000)
        #expect(world.loop.filterX.angle == before)
    }

    @Test func withoutFramesTheMirrorGoesHome() throws {
        var world = World(.predictor)
        world.offset = FieldAngle(x: 500e-6, y: 0)
        _ = world.residual(500)
        var now = world.step * 1_000_000_000
        let early = world.loop.tick(at: now + 50_000_000_000)
        #expect(early == nil)
        var last = MirrorTilt(a: 1, b: 1)
        for _ in 0..<3_000 {
            now += 1_000_000_000
            if let outcome = world.loop.tick(at: now) { last = outcome.tilt }
        }
        #expect(last == .centre)
    }

    @Test func theMirrorsMeanIsReportedBeyondThirtyPercentOfItsStroke() {
        var world = World(.predictor)
        _ = world.residual(500)
        let centred = world.frame()
        #expect(!centred.isOffCentre)
        world.offset = FieldAngle(x: 900e-6, y: 0)
        _ = world.residual(1_500)
        let output = world.frame()
        #expect(output.isOffCentre)
        // The target lies to the right of the mount's axis: there the mount is to go.
        #expect(output.mountRate.x > 1e-4)
    }

    @Test func aLightThatTheMirrorDoesNotMoveIsLetGo() {
        var world = World(.predictor)
        var atStroke = 0
        for step in 1...Int64(600) {
            let star = FineLoop.Measurement(
                angle: FieldAngle(x: 200e-6, y: 0), sigmaX: 0.5e-6, sigmaY: 0.5e-6)
            let time = step * 1_000_000_000
            let output = world.loop.step(star, at: time, now: time + 1_000_000_000)
            if output.mirror.isAtStroke { atStroke += 1 }
        }
        #expect(atStroke > 100 && atStroke < 450)
        #expect(world.loop.runaways >= 1)
    }

    @Test func afterTwoSecondsWithoutLightTheMirrorIsCentred() {
        var world = World(.predictor)
        world.offset = FieldAngle(x: 300e-6, y: 0)
        _ = world.residual(300)
        var output = world.frame(isBlocked: true)
        for _ in 0..<2_100 { output = world.frame(isBlocked: true) }
        #expect(output.state == .lost)
        #expect(output.mirror.tilt == .centre)
        for _ in 0..<30 { output = world.frame() }
        #expect(output.state == .locked)
    }

    @Test func ofTwoSpotsTheExpectedOneIsTakenEvenIfTheOtherIsBrighter() throws {
        var world = World(.predictor)
        _ = world.residual(500)
        var finder = try SpotFinder(camera: SpotFrames.camera)
        var frames = SpotFrames()
        world.step += 1
        let place = SpotFrames.camera.place(of: world.spot)
        var report = try frames.look(
            &finder,
            [
                LightOnSensor(x: place.x, y: place.y, flux: 1_000),
                LightOnSensor(x: 80, y: 50, flux: 9_000),
            ])
        report.stamp.time = world.step * 1_000_000_000
        let output = world.loop.step(
            report, camera: SpotFrames.camera, now: report.stamp.time + 1_000_000_000)
        #expect(!output.isOutlier)
        #expect(try #require(output.residual).length < 30e-6)
    }
}
