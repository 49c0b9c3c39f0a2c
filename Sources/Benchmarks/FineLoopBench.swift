import Foundation
import Quantities
import Simulator
import Tracking

/// The fine loop closed on virtual time: disturbance, mirror, camera frame, spot, command.
///
/// One frame a millisecond, instantaneous exposure; a command from the frame at t moves the mirror
/// before the frame at t + 3 ms. The disturbance stands still from frame to frame.
struct FineLoopBench {
    static let period: Int64 = 1_000_000_000

    private let camera = CameraCharacteristics(
        electronsPerLevel: 0.8, offset: 100, readNoise: 3, saturation: 65_535,
        pixelScale: 10e-6, boresightX: 63.5, boresightY: 63.5)
    private var loop: FineLoop
    private var finder: SpotFinder
    private var model: BeaconCameraModel
    private var mirror: MirrorPlant
    private let disturbance: PointingDisturbance
    private let flux: Double
    private let exposure: Int64
    private var pixels: [UInt16]
    private var step: Int64 = 0
    /// Where the mount points beside the target.
    private var mount = FieldAngle.zero
    private var mountDrift = FieldAngle.zero
    private var spot = FieldAngle.zero
    private var lights = [LightOnSensor(x: 0, y: 0, flux: 0)]

    init(
        controller: String, lines: [VibrationLine], seed: UInt64, flux: Double,
        areLinesTold: Bool = true, hasResonance: Bool = false
    ) throws {
        var plant = MirrorPlant.Parameters()
        plant.resonance = hasResonance ? 800 : nil
        plant.delay = hasResonance ? 500_000_000 : 1_500_000_000
        exposure = hasResonance ? 800_000_000 : 0
        let delay =
            hasResonance ? try Self.measuredDelay(plant, exposure: exposure) : plant.delay
        var settings = FineLoop.Settings(
            timing: LoopTiming(
                framePeriod: Self.period, exposure: exposure, commandDelay: delay),
            matrix: InteractionMatrix(scale: 1),
            limits: MirrorGuard.Limits(stroke: 5e-3, slew: 10))
        var disturbanceModel = DisturbanceModel()
        if areLinesTold { for line in lines { _ = disturbanceModel.add(line) } }
        settings.disturbanceX = disturbanceModel
        settings.disturbanceY = disturbanceModel
        if controller == "integrator" { settings.controller = .integrator(.init()) }
        loop = FineLoop(settings: settings)
        finder = try SpotFinder(camera: camera)
        model = BeaconCameraModel(camera: camera, background: 5, seed: seed)
        mirror = MirrorPlant(plant, seed: seed)
        var shaking = PointingDisturbance.Parameters()
        shaking.lines = lines
        disturbance = PointingDisturbance(shaking, seed: seed)
        self.flux = flux
        pixels = [UInt16](repeating: 0, count: 128 * 128)
    }

    /// The delay of a mirror as the loop would measure it before a pass, ps.
    private static func measuredDelay(
        _ plant: MirrorPlant.Parameters, exposure: Int64
    ) throws -> Int64 {
        var mirror = MirrorPlant(plant)
        let disturbance = PointingDisturbance(PointingDisturbance.Parameters(), seed: 99)
        var dither = LoopDelay(amplitude: 50e-6, framePeriod: period, exposure: exposure)
        for step in 1...Int64(2_000) {
            let time = step * period
            let tilt = mirror.meanTilt(from: time - exposure / 2, to: time + exposure / 2)
            dither.take(
                disturbance.angle(step: step) + FieldAngle(x: tilt.a, y: tilt.b), at: time)
            mirror.command(dither.command(at: time + period), at: time + period)
        }
        guard let result = dither.result else {
            throw BenchmarkError(description: "the loop's delay was not found")
        }
        return result.delay
    }

    /// Residual rms per axis, and the disturbance's, rad.
    struct Residual {
        var x = 0.0
        var y = 0.0
        var open = 0.0
    }

    /// Lets the loop find the vibration lines by itself in four seconds, and go on with them.
    ///
    /// - Returns: How many lines it found along both axes.
    mutating func identify() throws -> Int {
        let storage = UnsafeMutableBufferPointer<Double>.allocate(capacity: 6 * 4_096)
        defer { storage.deallocate() }
        let half = 3 * 4_096
        guard
            var x = VibrationFinder(storage: .init(rebasing: storage[..<half]), period: 1e-3),
            var y = VibrationFinder(storage: .init(rebasing: storage[half...]), period: 1e-3)
        else { return 0 }
        while !x.isReady {
            _ = try frame()
            x.take(loop.openLoopAngle.x)
            y.take(loop.openLoopAngle.y)
        }
        var (modelX, modelY) = (DisturbanceModel(), DisturbanceModel())
        let count = x.analyse(into: &modelX) + y.analyse(into: &modelY)
        loop.adopt(x: modelX, y: modelY)
        return count
    }

    /// Moves the world to the next frame and draws it.
    private mutating func draw(isBlocked: Bool) -> FrameStamp {
        step += 1
        let time = step * Self.period
        let tilt = mirror.meanTilt(from: time - exposure / 2, to: time + exposure / 2)
        mount = mount + 1e-3 * (mountDrift - loop.offload.rate)
        spot = disturbance.angle(step: step) + mount + FieldAngle(x: tilt.a, y: tilt.b)
        let place = camera.place(of: spot)
        lights[0] = LightOnSensor(x: place.x, y: place.y, flux: isBlocked ? 0 : flux)
        pixels.withUnsafeMutableBufferPointer { model.render(lights, into: $0) }
        return FrameStamp(number: step, time: time)
    }

    /// Finds the spot and commands the mirror: what a real loop does between frame and command.
    private mutating func control(_ stamp: FrameStamp) throws -> FineLoop.Output {
        let report = try pixels.withUnsafeBufferPointer { pixels in
            finder.find(
                in: try Frame(pixels, width: 128, height: 128, stride: 128, stamp: stamp))
        }
        let now = stamp.time + Self.period
        let output = loop.step(report, camera: camera, now: now)
        mirror.command(output.mirror.tilt, at: now)
        return output
    }

    private mutating func frame(isBlocked: Bool = false) throws -> FineLoop.Output {
        try control(draw(isBlocked: isBlocked))
    }

    mutating func run(seconds: Double, skip: Double) throws -> Residual {
        let (count, first) = (Int(seconds * 1_000), Int(skip * 1_000))
        var sum = Residual()
        for i in 0..<(first + count) {
            _ = try frame()
            guard i >= first else { continue }
            sum.x += spot.x * spot.x
            sum.y += spot.y * spot.y
            let open = disturbance.angle(step: step)
            sum.open += (open.x * open.x + open.y * open.y) / 2
        }
        let n = Double(count)
        return Residual(
            x: (sum.x / n).squareRoot(), y: (sum.y / n).squareRoot(),
            open: (sum.open / n).squareRoot())
    }

    /// Blocks the beacon, with the mount drifting meanwhile, rad/s; the time from the first frame
    /// with light until the loop says that it is locked, s.
    mutating func fade(seconds: Double, drift: Double) throws -> Double {
        mountDrift = FieldAngle(x: drift, y: -drift / 2)
        for _ in 0..<Int(seconds * 1_000) { _ = try frame(isBlocked: true) }
        mountDrift = .zero
        let begin = step
        for _ in 0..<5_000 where try frame().state == .locked { break }
        let time = Double(step - begin) * 1e-3
        // A second to settle before the next one.
        for _ in 0..<1_000 { _ = try frame() }
        return time
    }

    /// Time from the first frame to the lock with the mount off by `angle` and drifting, s.
    mutating func lockTime(from angle: FieldAngle, drift: Double) throws -> Double {
        mount = angle
        mountDrift = FieldAngle(x: drift, y: drift)
        for _ in 0..<5_000 {
            let output = try frame()
            if output.state == .locked { break }
        }
        return Double(step) * 1e-3
    }

    /// Wall time from a frame in memory to its command, s, for each of the frames.
    mutating func time(into times: inout [Double]) throws {
        for _ in 0..<1_000 { _ = try frame() }
        for i in times.indices {
            let stamp = draw(isBlocked: false)
            let start = DispatchTime.now().uptimeNanoseconds
            _ = try control(stamp)
            times[i] = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
        }
    }
}
