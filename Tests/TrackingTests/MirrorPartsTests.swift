import Quantities
import Simulator
import Testing
import Tracking

/// The parts of the mirror's control one by one.
@Suite struct MirrorPartsTests {
    @Test func theMatrixAndItsInverseBringBackTheAngle() throws {
        let matrix = try #require(InteractionMatrix(xa: 1.9, xb: 0.2, ya: -0.3, yb: 1.4))
        let angle = FieldAngle(x: 3e-5, y: -7e-5)
        let back = matrix.angle(of: matrix.tilt(for: angle))
        #expect((back - angle).length < 1e-18)
        #expect(InteractionMatrix(xa: 1, xb: 1, ya: 1, yb: 1) == nil)
        #expect(InteractionMatrix(xa: .nan, xb: 1, ya: 1, yb: 0) == nil)
    }

    @Test func pokingFindsScaleRotationAndSkewWithinTheirSigmas() throws {
        // First axis at 0.2 rad, second 1.52 rad further on: 0.0508 rad short of a right angle.
        let truth = try #require(
            InteractionMatrix(
                xa: 2.0 * Elementary.cos(0.2), xb: 1.5 * Elementary.cos(1.72),
                ya: 2.0 * Elementary.sin(0.2), yb: 1.5 * Elementary.sin(1.72)))
        #expect(abs(truth.rotation - 0.2) < 1e-6)
        #expect(abs(truth.nonOrthogonality - (1.72 - 0.2 - 1.570_796_327)) < 1e-9)
        var shaking = PointingDisturbance.Parameters()
        shaking.duration = 4
        let disturbance = PointingDisturbance(shaking, seed: 5)
        var mirror = MirrorPlant()
        var poke = InteractionPoke(tilt: 200e-6)
        var step: Int64 = 0
        while !poke.isDone {
            step += 1
            let tilt = mirror.tilt(at: step * 1_000_000_000)
            poke.take(disturbance.angle(step: step) + truth.angle(of: tilt))
            mirror.command(poke.command, at: step * 1_000_000_000)
        }
        let result = try #require(poke.result)
        let found = result.matrix
        let off = [
            found.xa - truth.xa, found.xb - truth.xb, found.ya - truth.ya, found.yb - truth.yb,
        ]
        for i in 0..<4 { #expect(abs(off[i]) < 4 * result.sigmas[i]) }
        #expect(result.sigmas[0] < 0.02)
        #expect(abs(found.rotation - 0.2) < 4 * result.sigmaRotation)
        #expect(
            abs(found.nonOrthogonality - truth.nonOrthogonality)
                < 4 * result.sigmaNonOrthogonality)
        #expect(abs(found.scaleA - 2) < 0.05 && abs(found.scaleB - 1.5) < 0.05)
        #expect(!found.isMirrored)
    }

    @Test func pokesWithoutASpotGiveNoMatrix() {
        var poke = InteractionPoke(tilt: 1e-4, rounds: 3)
        while !poke.isDone { poke.take(nil) }
        #expect(poke.result == nil)
    }

    /// Dithers a mirror whose delay is known.
    private func measure(delay: Int64, exposure: Int64) throws -> LoopDelay.Result {
        var plant = MirrorPlant.Parameters()
        plant.delay = delay
        plant.resonance = nil
        var mirror = MirrorPlant(plant)
        var shaking = PointingDisturbance.Parameters()
        shaking.duration = 4
        let disturbance = PointingDisturbance(shaking, seed: 6)
        var dither = LoopDelay(amplitude: 50e-6, framePeriod: 1_000_000_000, exposure: exposure)
        for step in 1...Int64(2_000) {
            let time = step * 1_000_000_000
            let tilt = mirror.meanTilt(from: time - exposure / 2, to: time + exposure / 2)
            // What the camera saw is told once the exposure is over.
            dither.take(
                disturbance.angle(step: step) + FieldAngle(x: 1.8 * tilt.a, y: 0.3 * tilt.a),
                at: time)
            mirror.command(dither.command(at: time + 600_000_000), at: time + 600_000_000)
        }
        return try #require(dither.result)
    }

    @Test(arguments: [Int64(700_000_000), 1_130_000_000, 2_300_000_000])
    func theDelayIsFoundToAFewHundredthsOfAFrame(delay: Int64) throws {
        let result = try measure(delay: delay, exposure: 800_000_000)
        #expect(abs(Double(result.delay - delay)) < 60e6)
        #expect(abs(result.gain - 1.825) < 0.1)
        #expect(result.explained > 0.9)
    }

    @Test func withoutAResponseThereIsNoDelay() {
        var dither = LoopDelay(amplitude: 50e-6, framePeriod: 1_000_000_000, exposure: 0)
        var random = SeededGenerator(seed: 1, stream: 1)
        for step in 1...Int64(1_000) {
            dither.take(
                FieldAngle(x: random.normal(), y: random.normal()), at: step * 1_000_000_000)
            _ = dither.command(at: step * 1_000_000_000)
        }
        #expect(dither.result == nil)
    }

    @Test func theGuardKeepsStrokeAndSlewAndRefusesWhatIsNoNumber() {
        var mirror = MirrorGuard(MirrorGuard.Limits(stroke: 1e-3, slew: 0.1))
        let far = mirror.pass(MirrorTilt(a: 5e-3, b: -2e-4), at: 0)
        #expect(far.isAtStroke)
        #expect(far.tilt == MirrorTilt(a: 1e-3, b: -2e-4))
        let back = mirror.pass(MirrorTilt(a: -1e-3, b: -2e-4), at: 1_000_000_000)
        #expect(back.isSlewing)
        #expect(abs(back.tilt.a - 0.9e-3) < 1e-12)
        let nonsense = mirror.pass(MirrorTilt(a: .nan, b: 0), at: 2_000_000_000)
        #expect(nonsense.isRefused)
        #expect(nonsense.tilt == back.tilt)
        let endless = mirror.pass(MirrorTilt(a: 0, b: .infinity), at: 3_000_000_000)
        #expect(endless.isRefused)
        #expect(mirror.refused == 2)
    }

    @Test func theWatchdogBringsTheMirrorHome() throws {
        var mirror = MirrorGuard(MirrorGuard.Limits(stroke: 1e-3, slew: 1, homing: 1e-2))
        let first = mirror.tick(at: 0)
        #expect(first == nil)
        _ = mirror.pass(MirrorTilt(a: 5e-4, b: 0), at: 0)
        let early = mirror.tick(at: 100_000_000_000)
        #expect(early == nil)
        var time: Int64 = 201_000_000_000
        for _ in 0..<100 {
            let outcome = mirror.tick(at: time)
            #expect(try #require(outcome).isHoming)
            time += 1_000_000_000
        }
        #expect(mirror.last == .centre)
        #expect(mirror.watchdogs == 1)
        let resumed = mirror.pass(MirrorTilt(a: 1e-6, b: 0), at: time)
        #expect(!resumed.isHoming)
    }

    /// A controller that only makes nonsense must not keep the watchdog quiet.
    @Test func nonsenseDoesNotFeedTheWatchdog() {
        var mirror = MirrorGuard(MirrorGuard.Limits(stroke: 1e-3, slew: 1, homing: 1e-2))
        _ = mirror.pass(MirrorTilt(a: 5e-4, b: 0), at: 0)
        for i in 1...Int64(400) {
            _ = mirror.pass(MirrorTilt(a: .nan, b: 0), at: i * 1_000_000_000)
        }
        #expect(mirror.last == .centre)
    }

    /// 2 sin(pi/(2(2D - 1))), which is 1.0, 0.62 and 0.45.
    @Test(arguments: [(2, 1.0), (3, 0.618), (4, 0.445)])
    func anIntegratorOscillatesAboveItsLimitAndNotBelow(frames: Int, limit: Double) {
        #expect(
            abs(IntegratorController.Settings.stabilityLimit(delay: Double(frames)) - limit) < 1e-3)
        for (factor, isStable) in [(0.97, true), (1.03, false)] {
            var settings = IntegratorController.Settings()
            settings.integral = factor * limit
            settings.leak = 0
            var controller = IntegratorController(settings: settings, period: 1e-3)
            var commands = [Double](repeating: 0, count: 4_000)
            var last = 0.0
            for step in frames..<4_000 {
                let error = 1e-6 - commands[step - frames]
                commands[step] = controller.step(MirrorTilt(a: error, b: 0)).a
                last = max(abs(error), step > 3_990 ? last : 0)
            }
            #expect((last < 1e-6) == isStable)
        }
    }

    @Test func theIntegratorDoesNotWindUpAtTheStroke() {
        var controller = IntegratorController(period: 1e-3)
        for _ in 0..<1_000 {
            _ = controller.step(MirrorTilt(a: 1e-4, b: 0))
            controller.applied(MirrorTilt(a: 1e-4, b: 0))
        }
        // One step the other way must move it at once.
        let next = controller.step(MirrorTilt(a: -1e-4, b: 0))
        #expect(next.a < 0.7e-4)
    }

    @Test func theNotchTakesOutItsFrequencyAndLittleElse() throws {
        func gain(_ frequency: Double) throws -> Double {
            var notch = try #require(Notch(frequency: 300, damping: 0.3, period: 1e-3))
            var (sum, reference) = (0.0, 0.0)
            for i in 0..<4_000 {
                let input = Elementary.sin(6.283_185_307_2 * frequency * Double(i) * 1e-3)
                let output = notch.filter(input)
                if i > 2_000 {
                    sum += output * output
                    reference += input * input
                }
            }
            return (sum / reference).squareRoot()
        }
        #expect(abs(try gain(300) - 0.1) < 0.01)
        #expect(try gain(30) > 0.99)
        #expect(Notch(frequency: 800, damping: 0.3, period: 1e-3) == nil)
    }

    @Test func theMountTakesOverWhatTheMirrorHolds() {
        var offload = MountOffload()
        // A mount that drifts away at 100 microradian a second, from 2 mrad off.
        var offset = FieldAngle(x: 2e-3, y: 0)
        for _ in 0..<20_000 {
            offload.take(offset, seconds: 1e-3)
            offset = offset + 1e-3 * (FieldAngle(x: 1e-4, y: -5e-5) - offload.rate)
        }
        #expect(offset.length < 2e-6)
        #expect((offload.rate - FieldAngle(x: 1e-4, y: -5e-5)).length < 2e-6)
        // In a fade it goes on with the rate it found.
        offload.take(nil, seconds: 1e-3)
        #expect((offload.rate - FieldAngle(x: 1e-4, y: -5e-5)).length < 5e-6)
    }

    @Test func aLockHoldsThroughShortGapsAndEndsWithLongOnes() {
        var lock = LockDetector()
        var time: Int64 = 0
        func frames(_ count: Int, _ residual: FieldAngle?) -> LockDetector.State {
            var state = lock.state
            for _ in 0..<count {
                time += 1_000_000_000
                state = lock.take(residual, at: time)
            }
            return state
        }
        let near = FieldAngle(x: 3e-6, y: 0)
        var state = LockDetector.State.lost
        state = frames(7, near)
        #expect(state == .closing)
        state = frames(1, near)
        #expect(state == .locked)
        state = frames(9, nil)
        #expect(state == .locked)
        state = frames(2, nil)
        #expect(state == .coasting)
        state = frames(7, near)
        #expect(state == .closing)
        state = frames(1, near)
        #expect(state == .locked)
        state = frames(5, FieldAngle(x: 1e-4, y: 0))
        #expect(state == .locked)
        state = frames(2, FieldAngle(x: 1e-4, y: 0))
        #expect(state == .closing)
        state = frames(2_100, nil)
        #expect(state == .lost)
    }

    @Test func vibrationsAreFoundUnderTheTurbulence() throws {
        var shaking = PointingDisturbance.Parameters()
        shaking.lines = [
            VibrationLine(frequency: 50.3, rms: 3e-6), VibrationLine(frequency: 86.6, rms: 3e-6),
        ]
        shaking.duration = 8
        let disturbance = PointingDisturbance(shaking, seed: 2)
        let storage = UnsafeMutableBufferPointer<Double>.allocate(capacity: 3 * 4_096)
        defer { storage.deallocate() }
        var finder = try #require(VibrationFinder(storage: storage, period: 1e-3))
        for step in 0..<Int64(4_096) { finder.take(disturbance.angle(step: step).x) }
        #expect(finder.isReady)
        var model = DisturbanceModel()
        let count = finder.analyse(into: &model)
        #expect(count == 2)
        var found = [model.line(0), model.line(1)]
        found.sort { $0.frequency < $1.frequency }
        #expect(abs(found[0].frequency - 50.3) < 0.3)
        #expect(abs(found[1].frequency - 86.6) < 0.3)
        for line in found { #expect(abs(line.rms - 3e-6) < 0.8e-6) }
        // Turbulence alone has none.
        shaking.lines = []
        let quiet = PointingDisturbance(shaking, seed: 3)
        for step in 0..<Int64(4_096) { finder.take(quiet.angle(step: step).x) }
        var empty = DisturbanceModel()
        let none = finder.analyse(into: &empty)
        #expect(none == 0)
        #expect(VibrationFinder(storage: .init(rebasing: storage[..<100]), period: 1e-3) == nil)
    }
}
