import CAllocationCounter
import Quantities
import Simulator
import Tracking

/// The fine loop with the allocator watched, frame to command; the world beside it unwatched.
///
/// Fades, stars and hot pixels are in the frames, so that every way through the finder is taken.
struct MeasuredLoop {
    /// What was counted after the warm-up.
    struct Result {
        var frames = 0
        var spots = 0
        var commands = 0
        var allocations: UInt64 = 0
    }

    private static let period: Int64 = 1_000_000_000
    private static let warmUp = 1_000
    private static let frames = 100_000

    private let camera = CameraCharacteristics(
        electronsPerLevel: 0.8, offset: 100, readNoise: 3, saturation: 4_095,
        pixelScale: 10e-6, boresightX: 63.5, boresightY: 63.5)
    private var loop: FineLoop
    private var finder: SpotFinder
    private var watch = FrameWatch()
    private var declarer = BeaconDeclarer(rule: BeaconDeclarer.Rule())
    private var model: BeaconCameraModel
    private var mirror = MirrorPlant()
    private let disturbance: PointingDisturbance
    private let pixels = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: 128 * 128)

    init() throws {
        loop = FineLoop(
            settings: FineLoop.Settings(
                timing: LoopTiming(
                    framePeriod: Self.period, exposure: 500_000_000, commandDelay: 700_000_000),
                matrix: .identity, limits: MirrorGuard.Limits(stroke: 5e-3, slew: 10)))
        finder = try SpotFinder(camera: camera)
        model = BeaconCameraModel(
            camera: camera, hotPixels: [HotPixel(x: 20, y: 30, excess: 500)], seed: 1)
        disturbance = PointingDisturbance(PointingDisturbance.Parameters(), seed: 1)
    }

    /// Runs the loop and counts.
    mutating func run() throws -> Result {
        var result = Result()
        for step in 0..<(Self.warmUp + Self.frames) {
            let time = Int64(step + 1) * Self.period
            draw(step, at: time)
            let frame = try Frame(
                UnsafeBufferPointer(pixels), width: 128, height: 128, stride: 128,
                stamp: FrameStamp(number: Int64(step), time: time))
            let before = lodestar_allocations()
            lodestar_count_allocations(1)
            let (output, isSpot) = control(frame)
            lodestar_count_allocations(0)
            mirror.command(output.mirror.tilt, at: time + Self.period)
            guard step >= Self.warmUp else { continue }
            result.allocations += lodestar_allocations() - before
            result.frames += 1
            result.spots += isSpot ? 1 : 0
            result.commands += output.mirror.isRefused ? 0 : 1
        }
        return result
    }

    private mutating func draw(_ step: Int, at time: Int64) {
        let half: Int64 = 250_000_000
        let tilt = mirror.meanTilt(from: time - half, to: time + half)
        let spot = disturbance.angle(step: Int64(step)) + FieldAngle(x: tilt.a, y: tilt.b)
        let place = camera.place(of: spot)
        // Half a second of fade in five, a bright star that crosses in one of eight.
        var lights: [LightOnSensor] = []
        if step % 5_000 >= 500 {
            lights.append(
                LightOnSensor(x: place.x, y: place.y, flux: step % 700 == 0 ? 9e5 : 1_000))
        }
        if step % 800 < 100 {
            lights.append(LightOnSensor(x: Double(step % 800) + 10, y: 20, flux: 3_000))
        }
        model.render(lights, into: pixels)
    }

    private mutating func control(_ frame: Frame<UInt16>) -> (FineLoop.Output, Bool) {
        let report = finder.find(in: frame)
        let verdict = watch.take(frame.stamp, digest: report.digest)
        // The satellite is near the boresight once the loop is closed; the star is not.
        let spot = report.spot(near: 63.5, 63.5, within: 25)
        let measurement = spot.map { FineLoop.Measurement($0, camera: camera) }
        let candidate = InlineArray<1, SpotCandidate>(
            repeating: SpotCandidate(
                offset: measurement?.angle ?? .zero, sigma: measurement?.sigmaX ?? 1,
                flux: spot?.flux ?? 0))
        _ = declarer.take(
            candidate.span.extracting(first: spot == nil ? 0 : 1), at: frame.stamp.time,
            trackRate: FieldAngle(x: 10e-3, y: 0))
        var seen = report
        if verdict.isOutOfOrder || spot == nil { (seen.first, seen.second) = (nil, nil) }
        let output = loop.step(
            seen, camera: camera, now: frame.stamp.time + Self.period)
        return (output, spot != nil)
    }
}
