public import Quantities
public import Tracking

/// Mirror, camera, star and detectors of a bench for aiming, with what a calibration must find
/// drawn from a seed.
///
/// The star's light goes by way of the mirror to the camera and to the field stop before the
/// detectors. Time is the host's, ps, and never goes back.
public struct OpticsScene: Sendable {
    /// What is before the telescope.
    public enum Light: String, CaseIterable, Sendable {
        /// A star.
        case star
        /// A white screen, evenly lit.
        case even
        /// The cap.
        case dark
    }

    /// What is to be found.
    public struct Truth: Sendable {
        /// How the mirror moves the light.
        public var matrix: InteractionMatrix
        /// The mirror.
        public var mirror: MirrorPlant.Parameters
        /// From a command's arrival to the middle of the mirror's step, ps.
        public var delay: Double
        /// Where the middle of the field stop lies, rad from the camera's middle.
        public var boresight: FieldAngle
        /// The camera.
        public var camera: CameraCharacteristics
        /// Pixels that show light where there is none.
        public var hotPixels: [HotPixel]
    }

    /// What the bench is like as far as nobody has to find it.
    public struct Setting: Sendable {
        /// Pixels across a picture.
        public var pixels = 64
        /// Angle on the sky of a pixel, rad.
        public var pixelScale = 6e-6
        /// Full width of the field stop, rad.
        public var fieldStop = 60e-6
        /// Resonance of the mirror, Hz, and its damping ratio.
        public var resonance = 800.0, damping = 0.5
        /// Electrons of the star in a picture.
        public var starElectrons = 20_000.0
        /// Electrons of the even light in a pixel, for each microsecond of exposure.
        public var evenElectrons = 2.0
        /// Clicks of all detectors for a star in the middle of the stop, and without light, 1/s.
        public var starRate = 200e3, darkRate = 400.0

        /// The usual bench.
        public init() {}
    }

    /// What is to be found.
    public let truth: Truth
    /// What nobody has to find.
    public let setting: Setting
    /// What is before the telescope.
    public var light = Light.star
    private var plant: MirrorPlant
    private var star: BeaconCameraModel
    private var flat: FlatFieldCamera
    private let disturbance: PointingDisturbance
    private let began: Int64

    /// A bench at `time`, ps, as `seed` draws it.
    public init(_ setting: Setting = Setting(), at time: Int64, seed: UInt64) {
        self.setting = setting
        began = time
        var random = SeededGenerator(seed: seed, stream: 1_013)
        let truth = Self.draw(setting, &random)
        self.truth = truth
        plant = MirrorPlant(truth.mirror, at: time, seed: seed)
        star = BeaconCameraModel(
            camera: truth.camera, width: setting.pixels, height: setting.pixels,
            hotPixels: truth.hotPixels, seed: seed)
        flat = FlatFieldCamera(
            truth.camera, width: setting.pixels, height: setting.pixels, seed: seed)
        flat.hotPixels = truth.hotPixels
        var shaking = PointingDisturbance.Parameters()
        shaking.rms = 2e-6
        shaking.duration = 30
        disturbance = PointingDisturbance(shaking, seed: seed)
    }

    private static func draw(_ setting: Setting, _ random: inout SeededGenerator) -> Truth {
        func spread() -> Double { min(max(random.normal(), -2), 2) }
        let angle = 0.05 * spread()
        let (scaleA, scaleB) = (1 + 0.05 * spread(), 1 + 0.05 * spread())
        let matrix = InteractionMatrix(
            xa: scaleA * Elementary.cos(angle), xb: -scaleB * Elementary.sin(angle),
            ya: scaleA * Elementary.sin(angle), yb: scaleB * Elementary.cos(angle))
        let middle = Double(setting.pixels - 1) / 2
        let camera = CameraCharacteristics(
            electronsPerLevel: 0.8 * (1 + 0.05 * spread()), offset: 100 + 5 * spread(),
            readNoise: 3 * (1 + 0.1 * spread()), saturation: 4_095,
            pixelScale: setting.pixelScale, boresightX: middle, boresightY: middle)
        var mirror = MirrorPlant.Parameters()
        mirror.resonance = setting.resonance
        mirror.damping = setting.damping
        mirror.delay = 800_000_000 + Int64(100e6 * spread())
        // A step's middle comes later than its beginning by twice the damping over the frequency.
        let rise = setting.damping / (Double.pi * setting.resonance) * 1e12
        let edge = UInt64(setting.pixels)
        let hot = (0..<4).map { _ in
            HotPixel(x: Int(random.below(edge)), y: Int(random.below(edge)), excess: 200)
        }
        return Truth(
            matrix: matrix ?? .identity, mirror: mirror, delay: Double(mirror.delay) + rise,
            boresight: FieldAngle(x: 6e-6 * spread(), y: 6e-6 * spread()), camera: camera,
            hotPixels: hot)
    }

    /// The mirror is told to go to `tilt`, at `time`.
    public mutating func steer(to tilt: MirrorTilt, at time: Int64) {
        plant.command(tilt, at: time)
    }

    /// Where the star's light falls, on average from `start` to `end`.
    private mutating func angle(from start: Int64, to end: Int64) -> FieldAngle {
        let shaken = disturbance.angle(
            step: ((end &- began) / 1_000_000_000) % Int64(max(disturbance.count, 1)))
        return shaken + truth.matrix.angle(of: plant.meanTilt(from: start, to: end))
    }

    /// Draws what the camera sees from `start` to `end` into `picture`, of the setting's pixels.
    ///
    /// - Parameters:
    ///   - exposure: Of the picture, ps; an even light counts for all of it.
    ///   - highest: Levels above it are cut.
    public mutating func draw(
        from start: Int64, to end: Int64, exposure: Int64, highest: Double = 65_535,
        into picture: UnsafeMutableBufferPointer<UInt16>
    ) {
        switch light {
        case .star:
            let place = truth.camera.place(of: angle(from: start, to: end))
            star.render(
                [LightOnSensor(x: place.x, y: place.y, flux: setting.starElectrons)],
                into: picture)
        case .even:
            _ = picture.update(
                fromContentsOf: flat.picture(
                    electrons: Double(exposure) * 1e-6 * setting.evenElectrons))
        case .dark: _ = picture.update(fromContentsOf: flat.picture(electrons: 0))
        }
        guard highest < Double(truth.camera.saturation) else { return }
        let limit = UInt16(max(highest, 0))
        for index in picture.indices { picture[index] = min(picture[index], limit) }
    }

    /// Clicks of all detectors, 1/s, at `time`.
    public func clickRate(at time: Int64) -> Double {
        guard light == .star else { return setting.darkRate }
        // Of a copy: the camera asks for the past of the same mirror.
        var seen = self
        let off =
            seen.angle(from: time, to: time)
            + FieldAngle(x: -truth.boresight.x, y: -truth.boresight.y)
        let radius = (off.x * off.x + off.y * off.y).squareRoot()
        // A Gaussian of some microradian through a disc has a soft edge.
        let share = 1 / (1 + Elementary.exp((radius - setting.fieldStop / 2) / 3e-6))
        return setting.darkRate + setting.starRate * share
    }
}
