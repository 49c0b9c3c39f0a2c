import BoardFile
import PassControl
import Quantities
import Tracking

/// What a board says about aiming, in the units and types of the stages.
struct PointingSettings {
    /// The camera behind the mirror.
    var fineCamera: CameraCharacteristics
    /// The camera that finds the beacon.
    var coarseCamera: CameraCharacteristics
    /// Its frames, ps between them.
    var coarsePeriod: Int64
    /// The ladder of cameras.
    var ladder: LadderParameters
    /// The mirror's loop.
    var loop: FineLoop.Settings
    /// What the mount can do.
    var mount: MountLimits
    /// When photons may become key.
    var keyRule: KeyRule
    /// Limits of time of the pass.
    var limits = PassLimits()
    var laserRule: LaserInterlock.Rule
    var shutterRule: ShutterInterlock.Rule
    var sunRule: SunInterlock.Rule
    /// Where the Sun stands.
    var sun: SkyDirection
    /// Of the beacon and of the quantum light, m.
    var beaconWavelength: Double
    var quantumWavelength: Double
    /// Radius of the field stop, rad.
    var fieldStopRadius: Double

    /// Five of eight frames a millisecond apart, shaken by air and mirror.
    static let fineRule = BeaconDeclarer.Rule(shake: 30e-6)
    /// Five of eight frames of the coarse camera, shaken by mount and air.
    static let coarseRule = BeaconDeclarer.Rule(shake: 60e-6)

    /// The settings of `pointing` with the Sun at `sun`.
    init(_ pointing: Board.Pointing, sun: SkyDirection) {
        let degree = Double.pi / 180
        fineCamera = Self.camera(
            pixels: pointing.camera.pixels, scale: pointing.camera.pixelScale,
            readNoise: pointing.camera.readNoise, spotWidth: pointing.camera.spotWidth)
        coarseCamera = Self.camera(
            pixels: pointing.coarse.pixels, scale: pointing.coarse.pixelScale,
            readNoise: pointing.coarse.readNoise, spotWidth: 1)
        coarsePeriod = pointing.coarse.period
        ladder = Self.ladder(pointing)
        loop = Self.loop(pointing)
        mount = MountLimits(
            azimuthLowest: pointing.mount.azimuthLowest * degree,
            azimuthHighest: pointing.mount.azimuthHighest * degree,
            elevationLowest: -5 * degree, elevationHighest: 90 * degree,
            azimuthRate: pointing.mount.rate * degree,
            elevationRate: pointing.mount.rate * degree,
            azimuthAcceleration: pointing.mount.acceleration * degree,
            elevationAcceleration: pointing.mount.acceleration * degree)
        keyRule = KeyRule(
            residualLimit: pointing.residualLimit * 1e-6, settle: pointing.settle,
            margin: pointing.margin)
        laserRule = LaserInterlock.Rule(elevationLowest: pointing.laserMask * degree)
        shutterRule = ShutterInterlock.Rule(rateLimit: pointing.rateLimit)
        sunRule = SunInterlock.Rule(cone: pointing.sunCone * degree)
        self.sun = sun
        beaconWavelength = pointing.beaconWavelength * 1e-9
        quantumWavelength = pointing.quantumWavelength * 1e-9
        fieldStopRadius = 0.5 * pointing.fieldStop * 1e-6
    }

    /// A 16-bit camera that looks where the telescope does, at half an electron per level.
    private static func camera(
        pixels: Int64, scale: Double, readNoise: Double, spotWidth: Double
    ) -> CameraCharacteristics {
        let middle = Double(pixels - 1) / 2
        return CameraCharacteristics(
            electronsPerLevel: 0.5, offset: 100, readNoise: readNoise, saturation: 65_000,
            pixelScale: scale * 1e-6, boresightX: middle, boresightY: middle,
            spotWidth: spotWidth)
    }

    private static func ladder(_ pointing: Board.Pointing) -> LadderParameters {
        let coarseField = Double(pointing.coarse.pixels) * pointing.coarse.pixelScale * 1e-6
        let fineField = Double(pointing.camera.pixels) * pointing.camera.pixelScale * 1e-6
        let frame = Double(pointing.coarse.period) * 1e-12
        let wide = ScanParameters(
            fieldOfView: coarseField, overlap: 0.2, jitter: 30e-6,
            speed: min(0.25 * coarseField / frame, 10e-3), frameTime: frame, halfLength: 10e-3,
            radius: 3 * coarseField)
        let fine = ScanParameters(
            fieldOfView: fineField, overlap: 0.2, jitter: 15e-6, speed: 0.5 * fineField,
            frameTime: 10e-3, radius: 4 * fineField)
        var ladder = LadderParameters(wideScan: wide, fineScan: fine)
        // The mount is quick and stiff; what the defaults allow for are amateurs' mounts.
        ladder.coarseGain = 2
        ladder.fineLoss = 0.2
        return ladder
    }

    private static func loop(_ pointing: Board.Pointing) -> FineLoop.Settings {
        let timing = LoopTiming(
            framePeriod: 1_000_000_000, exposure: pointing.camera.exposure,
            commandDelay: pointing.mirror.commandDelay)
        return FineLoop.Settings(
            timing: timing, matrix: .identity,
            limits: MirrorGuard.Limits(stroke: pointing.mirror.stroke * 1e-6, slew: 2))
    }
}
