import Quantities
import Simulator
import Testing
import Tracking

/// The simulated camera, disturbance and mirror against what textbooks say of them.
@Suite struct MirrorPhysicsTests {
    @Test func pixelsHaveTheMeanAndVarianceOfPhotonsAndReadNoise() {
        var camera = SpotFrames.camera
        camera.electronsPerLevel = 0.5
        var model = BeaconCameraModel(
            camera: camera, width: 16, height: 16, background: 7, seed: 3)
        let light = LightOnSensor(x: 8, y: 8, flux: 20_000)
        var pixels = [UInt16](repeating: 0, count: 256)
        // Middle (many photons), three pixels off (97), five off (7 and a third), and dark.
        let places = [8 * 16 + 8, 8 * 16 + 11, 8 * 16 + 13, 1 * 16 + 1]
        var (sums, squares) = ([0.0, 0, 0, 0], [0.0, 0, 0, 0])
        let count = 4_000.0
        for _ in 0..<Int(count) {
            pixels.withUnsafeMutableBufferPointer { model.render([light], into: $0) }
            for (i, place) in places.enumerated() {
                let electrons = (Double(pixels[place]) - 100) * 0.5
                sums[i] += electrons
                squares[i] += electrons * electrons
            }
        }
        for (i, distance) in [0.0, 3, 5, 99].enumerated() {
            let spot =
                20_000 / (6.283_185_307 * 1.44) * Elementary.exp(-distance * distance / 2.88)
            let (mean, variance) = (spot + 7, spot + 7 + 9 + 0.25 / 12)
            let found = sums[i] / count
            let spread = squares[i] / count - found * found
            #expect(abs(found - mean) < 5 * (variance / count).squareRoot())
            #expect(abs(spread / variance - 1) < 5 * (2 / count).squareRoot())
        }
    }

    @Test func aSeedIsOneFilm() {
        var pixels = [[UInt16]](repeating: [UInt16](repeating: 0, count: 1_024), count: 3)
        for (i, seed) in [UInt64(4), 4, 5].enumerated() {
            var model = BeaconCameraModel(
                camera: SpotFrames.camera, width: 32, height: 32, seed: seed)
            for _ in 0..<3 {
                pixels[i].withUnsafeMutableBufferPointer {
                    model.render([LightOnSensor(x: 10, y: 20, flux: 500)], into: $0)
                }
            }
        }
        #expect(pixels[0] == pixels[1])
        #expect(pixels[0] != pixels[2])
    }

    /// Power per hertz of the disturbance around `frequency`, by a windowed sum at 24 frequencies.
    private func power(_ disturbance: PointingDisturbance, around frequency: Double) -> Double {
        let count = 8_192
        var total = 0.0
        for i in 0..<24 {
            let at = frequency * (0.9 + 0.2 * Double(i) / 24)
            var (x, y) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
            for step in 0..<count {
                let phase = 6.283_185_307_179_586 * at * Double(step) * 1e-3
                let half = 3.141_592_653_589_793 * Double(step) / Double(count)
                let window = Elementary.sin(half) * Elementary.sin(half)
                let turn = SIMD2(Elementary.cos(phase), Elementary.sin(phase)) * window
                let angle = disturbance.angle(step: Int64(step))
                x += angle.x * turn
                y += angle.y * turn
            }
            total += (x * x).sum() + (y * y).sum()
        }
        return total
    }

    @Test func theDisturbanceFallsWithItsTwoPowers() {
        var parameters = PointingDisturbance.Parameters()
        parameters.duration = 60
        let disturbance = PointingDisturbance(parameters, seed: 12)
        var square = 0.0
        for step in 0..<Int64(disturbance.count) {
            let angle = disturbance.angle(step: step)
            square += (angle.x * angle.x + angle.y * angle.y) / 2
        }
        #expect(abs((square / Double(disturbance.count)).squareRoot() - 10e-6) < 0.5e-6)
        // (f^-2/3)(1 + (f/20)^2)^-3/2 at 2, 80 and 320 Hz.
        func density(_ f: Double) -> Double {
            Elementary.exp(
                -2.0 / 3 * Elementary.log(f) - 1.5 * Elementary.log(1 + f * f / 400))
        }
        let low = power(disturbance, around: 2) / power(disturbance, around: 80)
        let high = power(disturbance, around: 80) / power(disturbance, around: 320)
        #expect(abs(Elementary.log(low / (density(2) / density(80)))) < 0.7)
        #expect(abs(Elementary.log(high / (density(80) / density(320)))) < 0.7)
        // It repeats, to either side.
        let count = Int64(disturbance.count)
        #expect(disturbance.angle(step: 5) == disturbance.angle(step: 5 + count))
        #expect(disturbance.angle(step: -1) == disturbance.angle(step: count - 1))
    }

    @Test func aStepOfTheMirrorIsLateAndOvershootsAsItsDampingSays() {
        var parameters = MirrorPlant.Parameters()
        parameters.damping = 0.3
        parameters.stroke = 1e-3
        var mirror = MirrorPlant(parameters)
        mirror.command(MirrorTilt(a: 1e-4, b: -5e-3), at: 0)
        let early = mirror.tilt(at: 499_000_000)
        #expect(early == .centre)
        var highest = 0.0
        var time: Int64 = 500_000_000
        while time < 6_000_000_000 {
            highest = max(highest, mirror.tilt(at: time).a)
            time += 5_000_000
        }
        // exp(-pi zeta/sqrt(1 - zeta²)) = 0.3723 for 0.3.
        #expect(abs(highest / 1e-4 - 1.372_3) < 1e-3)
        let settled = mirror.tilt(at: 40_000_000_000)
        #expect(abs(settled.a - 1e-4) < 1e-12)
        #expect(abs(settled.b + 1e-3) < 1e-12)
    }
}
