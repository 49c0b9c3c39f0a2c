import Orbit
public import Quantities
public import Tracking

/// Telescope, mirror and cameras under a sky: what the station's instruments see while it aims.
///
/// Simulated physics on virtual time, one seed one run. The mount carries telescope and cameras;
/// air and wind shake all light; the mirror moves what comes behind it: fine camera, field stop.
public struct PointingScene: Sendable {
    /// What the scene is made of; angles in rad, times in ps.
    public struct Parameters: Sendable {
        /// The mount with its true errors.
        public var mount: MountPlant.Parameters
        /// The mirror.
        public var mirror = MirrorPlant.Parameters()
        /// What shakes the light.
        public var disturbance = PointingDisturbance.Parameters()
        /// The camera behind the mirror.
        public var fineCamera: CameraCharacteristics
        /// Its window, px across.
        public var finePixels = 64
        /// The camera beside the mirror.
        public var coarseCamera: CameraCharacteristics
        /// Its frame, px across.
        public var coarsePixels = 256
        /// How the mirror truly moves the light: it was measured a little wrong.
        public var matrix =
            InteractionMatrix(xa: 0.99, xb: -0.02, ya: 0.02, yb: 1.01) ?? .identity
        /// Where the coarse camera's middle truly looks.
        public var coarseMisalignment = FieldAngle(x: 120e-6, y: -80e-6)
        /// Exposure of the fine camera.
        public var exposure: Int64 = 500_000_000
        /// From its end to when the frame is there.
        public var readout: Int64 = 300_000_000
        /// Electrons of the beacon in a fine frame, for light of power 1.
        public var fineElectrons = 20_000.0
        /// The same in a coarse frame.
        public var coarseElectrons = 5_000.0
        /// Sky light, electrons per pixel and frame.
        public var background = 5.0
        /// Electrons of a star in a coarse frame; 0: none.
        public var starElectrons = 0.0
        /// Part of the time in clouds, which hide all light.
        public var cloudFraction = 0.0
        /// The shortest cloud.
        public var cloudShortest: Int64 = 200_000_000_000
        /// The longest cloud.
        public var cloudLongest: Int64 = 8_000_000_000_000
        /// When something stands before the telescope.
        public var blockStart: Int64 = 0
        /// For how long; 0: never.
        public var blockLength: Int64 = 0
        /// What one instrument does wrong, from when and for how long.
        public var fault: Fault?
        /// See ``fault``.
        public var faultStart: Int64 = 0
        /// See ``fault``.
        public var faultLength: Int64 = 0
        /// Radius of the field stop.
        public var fieldStopRadius = 30e-6
        /// Rms blur per axis of the quantum light in it.
        public var seeing = 5e-6
        /// How far off the beacon the fast beacon detector still sees it.
        public var beaconField = 190e-6

        /// Parameters with what has no default.
        public init(
            mount: MountPlant.Parameters, fineCamera: CameraCharacteristics,
            coarseCamera: CameraCharacteristics
        ) {
            self.mount = mount
            self.fineCamera = fineCamera
            self.coarseCamera = coarseCamera
        }
    }

    /// What one instrument does wrong; written as instrument and kind, as the shell's `fault` does.
    public enum Fault: String, CaseIterable, Sendable {
        /// The mount answers nothing and goes on as it was told last.
        case mountSilent = "mount-off"
        /// The mount answers what is no number.
        case mountGarbage = "mount-garbage"
        /// The mount's encoders have slipped by a tenth of a radian.
        case mountSlipped = "mount-wrong"
        /// The mount answers, but does not move.
        case mountStuck = "mount-stuck"
        /// The fine camera gives the same picture again and again.
        case cameraFrozen = "camera-stuck"
        /// The fine camera gives none.
        case cameraGone = "camera-off"
        /// The mirror reports an error and stands still.
        case mirrorError = "mirror-stuck"

        /// What it means for the mount.
        fileprivate var ofMount: MountPlantFault? {
            switch self {
            case .mountSilent: .silent
            case .mountGarbage: .garbage
            case .mountSlipped: .slipped(azimuth: 0.1, elevation: 0.02)
            case .mountStuck: .stuck
            case .cameraFrozen, .cameraGone, .mirrorError: nil
            }
        }
    }

    /// What comes from the sky in a millisecond.
    public struct Light: Sendable {
        /// Where the beacon is truly seen.
        public var beacon: SkyDirection
        /// Power of the beacon; 0 while it is hidden.
        public var power: Double
        /// How much higher than the beacon the quantum light is seen, rad.
        public var chromaticOffset: Double
        /// The star's direction.
        public var star: SkyDirection

        /// Light with every field given.
        public init(
            beacon: SkyDirection, power: Double, chromaticOffset: Double, star: SkyDirection
        ) {
            self.beacon = beacon
            self.power = power
            self.chromaticOffset = chromaticOffset
            self.star = star
        }
    }

    /// What the scene is made of.
    public let parameters: Parameters
    /// The mount, to be commanded and read.
    public var mount: MountPlant
    /// Where the quantum light is, from the middle of the field stop, rad.
    public private(set) var quantumError = FieldAngle.zero
    /// Where the beacon is, from the middle of the fine camera, rad.
    public private(set) var beaconError = FieldAngle.zero
    private var mirror: MirrorPlant
    private let disturbance: PointingDisturbance
    private var fine: BeaconCameraModel
    private var coarse: BeaconCameraModel
    private let stop: FieldStop
    private var clouds: FadeProcess
    private var frames: Int64 = 0
    private var coarseFrames: Int64 = 0
    private var lights: [LightOnSensor] = []
    private var time: Int64
    private var exposed = FieldAngle.zero
    private var open = FieldAngle.zero

    /// A scene at `time` ps whose mount rests at `axis`.
    public init(_ parameters: Parameters, at time: Int64, axis: SkyDirection, seed: UInt64) {
        self.parameters = parameters
        self.time = time
        mount = MountPlant(parameters.mount, at: axis, seed: seed)
        mirror = MirrorPlant(parameters.mirror, at: time, seed: seed)
        disturbance = PointingDisturbance(parameters.disturbance, seed: seed)
        fine = BeaconCameraModel(
            camera: parameters.fineCamera, width: parameters.finePixels,
            height: parameters.finePixels, background: parameters.background, seed: seed)
        coarse = BeaconCameraModel(
            camera: parameters.coarseCamera, width: parameters.coarsePixels,
            height: parameters.coarsePixels, background: parameters.background,
            seed: seed ^ 0x636F_6172_7365)
        stop = FieldStop(radius: parameters.fieldStopRadius, blur: parameters.seeing)
        clouds = FadeProcess(
            fraction: parameters.cloudFraction, shortest: parameters.cloudShortest,
            longest: parameters.cloudLongest, start: 0,
            generator: SeededGenerator(seed: seed, stream: PointingStream.clouds.rawValue))
        lights.reserveCapacity(2)
    }

    /// Whether clouds or something before the telescope hide all light at `time` ps, which does
    /// not run backwards.
    public mutating func isHidden(at time: Int64) -> Bool {
        let since = time - parameters.blockStart
        return clouds.state(at: time).isFaded || (since >= 0 && since < parameters.blockLength)
    }

    /// Gives the mirror a command, now.
    public mutating func command(_ tilt: MirrorTilt) {
        if fault != .mirrorError { mirror.command(tilt, at: time) }
    }

    /// What is wrong now on somebody's order, before what the parameters say.
    public var orderedFault: Fault?

    /// What is wrong now.
    private var fault: Fault? {
        if let orderedFault { return orderedFault }
        let since = time - parameters.faultStart
        return since >= 0 && since < parameters.faultLength ? parameters.fault : nil
    }

    /// Whether the mirror reports an error.
    public var isMirrorFaulty: Bool { fault == .mirrorError }

    /// Moves everything on to `now` ps under `light`.
    public mutating func advance(to now: Int64, under light: Light) {
        guard now > time else { return }
        mount.fault = fault?.ofMount
        mount.step(by: Double(now - time) * 1e-12)
        let end = max(now - parameters.readout, time)
        let tilt = mirror.meanTilt(from: max(end - parameters.exposure, time), to: end)
        time = now
        open =
            SkyAngle.offset(of: light.beacon, from: mount.direction)
            + disturbance.angle(at: now)
        exposed = open + parameters.matrix.angle(of: tilt)
        beaconError = open + parameters.matrix.angle(of: mirror.tilt(at: now))
        quantumError = beaconError + FieldAngle(x: 0, y: light.chromaticOffset)
    }

    /// Share of the quantum light that comes through the field stop, over that of the best aim.
    public var coupling: Double { stop.share(at: quantumError.length) }

    /// Whether the fast beacon detector has the beacon in its field.
    public var isBeaconInField: Bool { beaconError.length < parameters.beaconField }

    /// The fine camera's frame of this millisecond, drawn into `pixels`, which keep what they held
    /// between calls; `nil` if there is none.
    public mutating func fineFrame(
        under light: Light, into pixels: UnsafeMutableBufferPointer<UInt16>
    ) -> FrameStamp? {
        guard fault != .cameraGone else { return nil }
        frames += 1
        let stamp = FrameStamp(
            number: frames, time: time - parameters.readout - parameters.exposure / 2)
        guard fault != .cameraFrozen else { return stamp }
        lights.removeAll(keepingCapacity: true)
        let flux = light.power * parameters.fineElectrons
        if flux > 0 {
            let place = parameters.fineCamera.place(of: exposed)
            lights.append(
                LightOnSensor(
                    x: place.x, y: place.y, flux: flux, width: parameters.fineCamera.spotWidth))
        }
        fine.render(lights, into: pixels)
        return stamp
    }

    /// The coarse camera's frame of this moment, drawn into `pixels`.
    public mutating func coarseFrame(
        under light: Light, into pixels: UnsafeMutableBufferPointer<UInt16>
    ) -> FrameStamp {
        coarseFrames += 1
        lights.removeAll(keepingCapacity: true)
        let camera = parameters.coarseCamera
        func add(_ direction: FieldAngle, _ flux: Double) {
            guard flux > 0 else { return }
            let place = camera.place(of: direction - parameters.coarseMisalignment)
            lights.append(
                LightOnSensor(x: place.x, y: place.y, flux: flux, width: camera.spotWidth))
        }
        add(open, light.power * parameters.coarseElectrons)
        let star = SkyAngle.offset(of: light.star, from: mount.direction)
        add(star + disturbance.angle(at: time), parameters.starElectrons)
        coarse.render(lights, into: pixels)
        return FrameStamp(number: coarseFrames, time: time)
    }
}
