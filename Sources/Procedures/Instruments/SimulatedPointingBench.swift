public import BoardFile
public import Quantities
public import Simulator
public import Tracking

/// A bench of simulated mirror, camera and star; knows what it hides.
public final class SimulatedPointingBench: PointingBench {
    /// What is to be found.
    public struct Truth: Sendable {
        /// How the mirror moves the light.
        public var matrix: InteractionMatrix
        /// The mirror.
        public var mirror = MirrorPlant.Parameters()
        /// From a command to the middle of the mirror's step, ps.
        public var delay = 0.0
        /// Where the middle of the field stop lies, rad from the camera's middle.
        public var boresight: FieldAngle
        /// The camera.
        public var camera: CameraCharacteristics
        /// Pixels that show light where there is none.
        public var hotPixels: [HotPixel] = []
    }

    /// Time from a frame's middle to the command that it leads to, ps.
    private static let answer: Int64 = 600_000_000

    /// What is to be found.
    public let truth: Truth
    /// It is.
    public let isSimulated = true
    /// Time between two frames, ps.
    public let framePeriod: Int64 = 1_000_000_000
    /// Exposure of a frame, ps.
    public let exposure: Int64
    /// Pixels across a picture.
    public let pixels: Int
    /// Of a camera of twelve bits.
    public let saturation: Int32 = 4_095
    /// None.
    public let missed = 0
    /// Time of the last frame's middle, ps.
    public private(set) var time: Int64 = 0
    private var mirror: MirrorPlant
    private var flat: FlatFieldCamera
    private let disturbance: PointingDisturbance
    private var random: SeededGenerator
    private var spot = FieldAngle.zero
    private let stop: Double
    private let frames: Int64

    /// The bench of `board`, as `seed` fixes it; `nil` on a board that does not aim.
    ///
    /// - Parameter mirror: Resonance in Hz and damping of another mirror than the board's.
    public init?(
        board: Board, seed: UInt64, mirror: (resonance: Double, damping: Double)? = nil
    ) {
        guard let pointing = board.pointing else { return nil }
        var random = SeededGenerator(seed: seed, stream: 1_011)
        func spread() -> Double { min(max(random.normal(), -2), 2) }
        let (angle, scaleA, scaleB) = (0.01 * spread(), 1 + 0.01 * spread(), 1 + 0.01 * spread())
        let matrix = InteractionMatrix(
            xa: scaleA * Elementary.cos(angle), xb: -scaleB * Elementary.sin(angle),
            ya: scaleA * Elementary.sin(angle), yb: scaleB * Elementary.cos(angle))
        let edge = Double(pointing.camera.pixels)
        var camera = CameraCharacteristics(
            electronsPerLevel: 0.8 * (1 + 0.02 * spread()), offset: 100 + spread(),
            readNoise: pointing.camera.readNoise * (1 + 0.05 * spread()), saturation: 4_095,
            pixelScale: pointing.camera.pixelScale * 1e-6, boresightX: (edge - 1) / 2,
            boresightY: (edge - 1) / 2)
        camera.spotWidth = pointing.camera.spotWidth
        var truth = Truth(
            matrix: matrix ?? .identity,
            boresight: FieldAngle(x: 6e-6 * spread(), y: 6e-6 * spread()), camera: camera)
        truth.mirror.resonance = mirror?.resonance ?? pointing.mirror.resonance
        truth.mirror.damping = mirror?.damping ?? 0.5
        truth.mirror.stroke = pointing.mirror.stroke * 1e-6
        // A step's middle comes later than its beginning by twice the damping over the frequency.
        let turn = 2 * Double.pi * (truth.mirror.resonance ?? 1e9)
        let rise = 2 * truth.mirror.damping / turn * 1e12
        truth.delay = Double(pointing.mirror.commandDelay) + 30_000_000 * spread()
        truth.mirror.delay = Int64(truth.delay - rise)
        for _ in 0..<4 {
            truth.hotPixels.append(
                HotPixel(
                    x: Int(random.below(UInt64(edge))), y: Int(random.below(UInt64(edge))),
                    excess: 200))
        }
        self.truth = truth
        self.mirror = MirrorPlant(truth.mirror, seed: seed)
        pixels = Int(pointing.camera.pixels)
        exposure = pointing.camera.exposure
        flat = FlatFieldCamera(camera, width: pixels, height: pixels, seed: seed)
        flat.hotPixels = truth.hotPixels
        var shaking = PointingDisturbance.Parameters()
        shaking.rms = 3e-6
        shaking.duration = 30
        disturbance = PointingDisturbance(shaking, seed: seed)
        frames = Int64(disturbance.count)
        stop = pointing.fieldStop * 0.5e-6
        self.random = random
    }

    /// Draws the next frame's spot, and gives the mirror the command that follows from it.
    public func step(_ command: (Int64) -> MirrorTilt) -> FieldAngle? {
        time += framePeriod
        let tilt = mirror.meanTilt(from: time - exposure / 2, to: time + exposure / 2)
        spot = disturbance.angle(step: (time / framePeriod) % frames) + truth.matrix.angle(of: tilt)
        // A bright star's centroid, to a fiftieth of a pixel.
        let noise = truth.camera.pixelScale / 50
        let seen = spot + FieldAngle(x: noise * random.normal(), y: noise * random.normal())
        // Carried out by the frame's rule: what a frame shows leads to the command after it.
        mirror.command(command(time + Self.answer), at: time + Self.answer)
        return seen
    }

    /// The bench sets its light itself.
    public func await(
        _ light: PointingLight, isCancelled: () -> Bool, tell: (String) -> Void
    ) throws(ProcedureFailure) {}

    /// Counts frame by frame.
    public func dwell(
        at tilt: MirrorTilt, frames: Int
    ) throws(ProcedureFailure) -> (angle: FieldAngle, counts: Double)? {
        var (angle, counts) = (FieldAngle.zero, 0.0)
        for _ in 0..<frames {
            guard let spot = step({ _ in tilt }) else { return nil }
            angle = angle + spot
            counts += quantumCounts()
        }
        return ((1 / Double(max(frames, 1))) * angle, counts)
    }

    /// Counts in one frame's time with the mirror where it stands.
    private func quantumCounts() -> Double {
        // A Gaussian of 5 microradian through a disc with a soft edge.
        let off = spot + FieldAngle(x: -truth.boresight.x, y: -truth.boresight.y)
        let radius = (off.x * off.x + off.y * off.y).squareRoot()
        let share = 1 / (1 + Elementary.exp((radius - stop) / 3e-6))
        let mean = 200 * share + 0.4
        return mean + mean.squareRoot() * random.normal()
    }

    /// A picture of an even light.
    public func picture(electrons: Double) -> [UInt16] { flat.picture(electrons: electrons) }

    /// Brings the mirror to its middle.
    public func makeSafe() { mirror.command(.centre, at: time + Self.answer) }
}
