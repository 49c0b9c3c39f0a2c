import BoardFile
import Orbit
import PassControl
import Quantities
import Simulator
import Tracking

/// Aiming in a simulated pass: the station's code in a closed loop with simulated instruments.
///
/// Belongs to the thread that runs the world, which asks it once per millisecond.
final class PointingRun: @unchecked Sendable {
    /// Seconds before the first light at which the mount begins to move.
    private static let lead = 15.0
    /// The satellite's terminal holds our laser after this time of it, ps, and lets go after half.
    private static let terminalTime: Int64 = 300_000_000_000
    /// Time over which count rates are taken, ps.
    private static let rateTime: Int64 = 100_000_000_000

    private(set) var station: StationPointing
    private var scene: PointingScene
    private let orbit: PassOrbit
    private let weather: Refraction
    private let world: Board.World.Pointing
    private let closestRange: Double
    private var fineFinder: SpotFinder
    private var coarseFinder: SpotFinder
    private let finePixels: UnsafeMutableBufferPointer<UInt16>
    private let coarsePixels: UnsafeMutableBufferPointer<UInt16>
    private let star: SkyDirection
    private var nextCoarse: Int64 = .min
    private var nextMount: Int64 = .min
    private var laserSince: Int64?
    private var laserGone: Int64?
    private var isLinkUp = false
    private var rates: TimedInput<InlineArray<4, Double>>?
    private var countedSince: Int64?
    private var countsThen = InlineArray<4, Int64>(repeating: 0)
    private var verdicts = VerdictWriter()
    private var isOver = false
    private var orders = StationPointing.Orders()

    /// Who looks on, and may order faults.
    var watch: PassWatch?

    /// Since the last ``takeRecord()``.
    private var record = PointingRecord()
    /// Of the whole pass.
    private(set) var log: PointingLog

    /// The loop for a pass on `orbit`, of which the station is told `predicted`.
    init(
        pointing: Board.Pointing, world: Board.World.Pointing, orbit: PassOrbit,
        predicted: PassOrbit, sun: SkyDirection, seed: UInt64
    ) throws {
        self.world = world
        self.orbit = orbit
        // The station's weather is not quite the world's.
        weather = Refraction(pressure: 1_000, temperature: 283)
        let settings = PointingSettings(pointing, sun: sun)
        let planner = TrackPlanner(
            limits: settings.mount, mask: .open, sun: settings.sun,
            sunCone: settings.sunRule.cone)
        let start = AimPlan.direction(
            predicted, at: -Self.lead, refraction: .standard,
            wavelength: settings.beaconWavelength)
        let rest = SkyDirection(azimuth: start.azimuth - 0.1, elevation: start.elevation + 0.05)
        let aim = try AimPlan(
            predicted, refraction: .standard, wavelength: settings.beaconWavelength,
            planner: planner, from: rest)
        station = try StationPointing(settings, aim: aim, rest: rest)
        let begin = Int64(-Self.lead * 1e12)
        scene = PointingScene(
            PointingScene.Parameters(pointing, world: world, settings: settings), at: begin,
            axis: rest, seed: seed)
        closestRange = orbit.look(at: orbit.culminationTime).range
        fineFinder = try SpotFinder(camera: settings.fineCamera)
        coarseFinder = try SpotFinder(camera: settings.coarseCamera)
        finePixels = .allocate(capacity: Int(pointing.camera.pixels * pointing.camera.pixels))
        finePixels.initialize(repeating: 0)
        coarsePixels = .allocate(capacity: Int(pointing.coarse.pixels * pointing.coarse.pixels))
        coarsePixels.initialize(repeating: 0)
        star = SkyAngle.direction(
            at: FieldAngle(x: 1.5e-3, y: -1e-3),
            from: AimPlan.direction(
                orbit, at: 0.5, refraction: weather, wavelength: settings.beaconWavelength))
        log = PointingLog(pixels: Int(pointing.camera.pixels))
        slew(from: begin, until: Int64((orbit.duration + 5) * 1e12))
    }

    deinit {
        finePixels.deallocate()
        coarsePixels.deallocate()
    }

    /// The loop of `board` in `world`; `nil` where nobody has to aim.
    convenience init?(board: Board, world parameters: WorldParameters) throws {
        guard let pointing = board.pointing, let world = board.world?.pointing else { return nil }
        do {
            try self.init(
                pointing: pointing, world: world, orbit: parameters.trueOrbit,
                predicted: parameters.predictedOrbit,
                sun: Self.sun(over: parameters.geometry.sampled), seed: parameters.seed)
        } catch {
            throw PassError.board(
                name: board.name, problem: "the pass cannot be aimed: \(error)")
        }
    }

    /// Where the Sun stands in the middle of a pass over a real site; elsewhere it is night.
    private static func sun(over pass: SampledPass?) -> SkyDirection {
        guard let pass else { return SkyDirection(azimuth: 0, elevation: -0.6) }
        return Sun.direction(
            from: pass.site, at: pass.start.adding(0.5 * pass.duration), .zero)
    }

    /// The mount goes to where the pass begins, before the first light.
    private func slew(from begin: Int64, until end: Int64) {
        station.start(at: begin, until: end)
        var time = begin
        while time < -20_000_000_000 {
            time += 1_000_000_000
            tick(time, tag: time, light: darkness(at: time))
        }
    }

    /// The mount goes back to where it rests, after the last light at `time`.
    func park(after time: Int64) {
        station.stop(at: time)
        isOver = true
        var now = time
        // Ends when the mount rests, or when pass control gives up on it.
        while station.state.phase == .park {
            now += 1_000_000_000
            tick(now, tag: now, light: darkness(at: now))
        }
    }

    private func darkness(at time: Int64) -> PointingScene.Light {
        PointingScene.Light(
            beacon: AimPlan.direction(
                orbit, at: Double(time) * 1e-12, refraction: weather,
                wavelength: station.settings.beaconWavelength),
            power: 0, chromaticOffset: 0, star: star)
    }

    /// One millisecond of the pass.
    func step(_ moment: AimMoment) -> Aim {
        takeFault()
        let isHidden = scene.isHidden(at: moment.arrival) || moment.isLightGone || !moment.isSending
        let closeness = closestRange / moment.look.range
        var power = moment.beaconPower * closeness * closeness
        if isHidden { power = 0 } else if moment.isBeaconFaded { power *= world.fadedShare }
        let light = PointingScene.Light(
            beacon: AimPlan.seen(
                moment.look, refraction: weather,
                wavelength: station.settings.beaconWavelength),
            power: power,
            chromaticOffset: weather.chromaticOffset(
                atTrue: moment.look.elevation, wavelength: station.settings.quantumWavelength,
                reference: station.settings.beaconWavelength),
            star: star)
        countRates(moment)
        tick(moment.arrival, tag: moment.tag, light: light)
        return Aim(
            coupling: isHidden ? 0 : scene.coupling, isShutterOpen: orders.isShutterOpen,
            isBeaconSeen: !isHidden && scene.isBeaconInField)
    }

    private func tick(_ time: Int64, tag: Int64, light: PointingScene.Light) {
        scene.advance(to: time, under: light)
        let stamp = scene.fineFrame(under: light, into: finePixels)
        let fine = stamp.map { find(finePixels, $0, &fineFinder) }
        var coarse: SpotReport?
        if time >= nextCoarse {
            nextCoarse = time + station.settings.coarsePeriod
            let stamp = scene.coarseFrame(under: light, into: coarsePixels)
            coarse = find(coarsePixels, stamp, &coarseFinder)
        }
        var reading: SkyDirection??
        if time >= nextMount {
            nextMount = time + StationPointing.mountPeriod
            reading = .some(scene.mount.reading())
        }
        orders = station.step(
            StationPointing.Sensing(
                time: time, tag: tag, fine: fine, coarse: coarse, mount: reading, rates: rates,
                isSkyClear: TimedInput(true, at: time), isLinkUp: isLinkUp,
                isMirrorFaulty: scene.isMirrorFaulty))
        scene.command(orders.mirror)
        if let mount = orders.mount { scene.mount.turn(at: mount) }
        followLaser(at: time)
        guard !isOver else { return }
        verdicts.follow(station.gate)
        book(time, fine)
    }

    private func find(
        _ pixels: UnsafeMutableBufferPointer<UInt16>, _ stamp: FrameStamp,
        _ finder: inout SpotFinder
    ) -> SpotReport {
        let edge = Int(Double(pixels.count).squareRoot())
        do throws(FrameFault) {
            return finder.find(
                in: try Frame(
                    UnsafeBufferPointer(pixels), width: edge, height: edge, stride: edge,
                    stamp: stamp))
        } catch { preconditionFailure("the frame has the size of its camera") }
    }

    /// The satellite's terminal answers our laser, and the link is up while both see each other.
    private func followLaser(at time: Int64) {
        if orders.isLaserOn, scene.beaconError.length < 1e-3 {
            laserSince = laserSince ?? time
            laserGone = nil
        } else {
            laserGone = laserGone ?? time
            if time - (laserGone ?? time) > Self.terminalTime / 2 { laserSince = nil }
        }
        isLinkUp = laserSince.map { time - $0 > Self.terminalTime } ?? false
    }

    private func countRates(_ moment: AimMoment) {
        guard let then = countedSince else {
            countedSince = moment.arrival
            countsThen = moment.clicks
            return
        }
        let span = moment.arrival - then
        guard span >= Self.rateTime else { return }
        var counted = InlineArray<4, Double>(repeating: 0)
        for index in 0..<4 {
            counted[index] =
                Double(moment.clicks[index] - countsThen[index]) / (Double(span) * 1e-12)
        }
        rates = TimedInput(counted, at: moment.arrival)
        countedSince = moment.arrival
        countsThen = moment.clicks
    }

    /// Where the mount's encoders say that the telescope looks.
    var mountDirection: SkyDirection { station.mountDirection }
    /// Whether the shutters are ordered open, and the laser on.
    var isShutterOpen: Bool { orders.isShutterOpen }
    var isLaserOn: Bool { orders.isLaserOn }

    // MARK: Books

    private func book(_ time: Int64, _ fine: SpotReport?) {
        var now = PointingRecord()
        now.ticks = 1
        now.phase = station.state.phase
        now.coupling = scene.coupling
        now.open = orders.isShutterOpen ? 1 : 0
        now.aimed = station.gate.isOpen ? 1 : 0
        if let spot = fine?.first {
            now.electrons = spot.flux
            now.seen = 1
        }
        if station.isClosed {
            now.closed = 1
            now.trueSquare =
                scene.quantumError.x * scene.quantumError.x
                + scene.quantumError.y * scene.quantumError.y
            let mirror = station.settings.loop.matrix.angle(of: orders.mirror)
            now.mirror = mirror
            now.mirrorPeak = max(abs(mirror.x), abs(mirror.y))
            if let residual = station.residualAngle {
                now.held = 1
                now.residualSquareX = residual.x * residual.x
                now.residualSquareY = residual.y * residual.y
            }
        }
        record.add(now)
        if let watch { show(now, to: watch) }
        guard time >= 0 else { return }
        log.add(
            now, at: time, residual: station.residualAngle, open: station.loop.openLoopAngle,
            spot: fine?.first)
    }

    private func show(_ now: PointingRecord, to watch: PassWatch) {
        watch.live[.pointingPhase] = UInt64(now.phase.rawValue) + 1
        if let residual = station.residualAngle {
            watch.live.addSpot(x: Float(residual.x * 1e6), y: Float(residual.y * 1e6))
        }
    }

    /// What somebody ordered to go wrong with mount, camera or mirror; the first of them.
    private func takeFault() {
        guard let faults = watch?.faults else { return }
        scene.orderedFault =
            faults.all.lazy.compactMap {
                PointingScene.Fault(rawValue: "\($0.instrument.rawValue)-\($0.kind.rawValue)")
            }.first
    }

    /// What was booked since the last call.
    func takeRecord() -> PointingRecord {
        defer { record = PointingRecord() }
        return record
    }

    /// What was noted since the last call.
    func takeNotes() -> [PointingNote] { station.takeNotes() }

    /// Verdicts on the aim since the last call.
    func takeVerdicts() -> [AimTimeline.Verdict] { verdicts.take() }
}

extension PointingScene.Parameters {
    /// The scene of `world` about the instruments of `pointing`.
    fileprivate init(
        _ pointing: Board.Pointing, world: Board.World.Pointing, settings: PointingSettings
    ) {
        var errors = MountModel()
        errors.ia = world.azimuthIndexError * 1e-6
        errors.ie = world.elevationIndexError * 1e-6
        self.init(
            mount: MountPlant.Parameters(limits: settings.mount, model: errors),
            fineCamera: settings.fineCamera, coarseCamera: settings.coarseCamera)
        // Half of a step is done (1 + 0.7 damping) / angular frequency after it begins.
        let rise = (1 + 0.7 * mirror.damping) / (2 * .pi * pointing.mirror.resonance)
        mirror.delay = max(pointing.mirror.commandDelay - Int64(rise * 1e12), 0)
        mirror.resonance = pointing.mirror.resonance
        mirror.stroke = pointing.mirror.stroke * 1e-6
        disturbance.rms = world.disturbance * 1e-6
        disturbance.corner = world.disturbanceCorner
        disturbance.lines = world.vibrationFrequencies.map {
            VibrationLine(frequency: $0, rms: world.vibration * 1e-6)
        }
        finePixels = Int(pointing.camera.pixels)
        coarsePixels = Int(pointing.coarse.pixels)
        exposure = pointing.camera.exposure
        fineElectrons = world.beaconElectrons
        coarseElectrons = world.coarseElectrons
        background = world.background
        starElectrons = world.starElectrons
        cloudFraction = world.cloudFraction
        cloudShortest = world.cloudShortest
        cloudLongest = world.cloudLongest
        blockStart = world.blockStart
        blockLength = world.blockLength
        fault = PointingScene.Fault(rawValue: world.fault)
        faultStart = world.faultStart
        faultLength = world.faultLength
        fieldStopRadius = settings.fieldStopRadius
        seeing = world.seeing * 1e-6
    }
}
