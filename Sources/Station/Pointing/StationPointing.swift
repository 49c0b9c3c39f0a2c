import BoardFile
import Orbit
import PassControl
import Quantities
import Tracking

/// The station's side of aiming: frames and encoder readings in; orders to mount, mirror, shutters
/// and laser out.
///
/// Once per millisecond of the beacon's light. It has no clock and no device of its own, so that
/// simulated and real instruments see the same code; nothing here ever sees a click or a bit.
struct StationPointing {
    /// What the instruments gave in this millisecond.
    struct Sensing {
        /// UTC since the start of the pass, ps.
        var time: Int64
        /// The same moment on the tagger's clock, ps.
        var tag: Int64
        /// What the fine camera shows, if it has a frame.
        var fine: SpotReport?
        /// What the coarse camera shows, when it has a new frame.
        var coarse: SpotReport?
        /// What the mount answers, when it was asked; `.some(nil)` if it did not.
        var mount: SkyDirection??
        /// Counts per second of each detector.
        var rates: InlineArray<4, Double>
        /// Whether the aircraft input says that the sky is clear.
        var isSkyClear: Bool
        /// Whether the classical link is up.
        var isLinkUp: Bool
        /// Whether the mirror reports an error.
        var isMirrorFaulty: Bool
    }

    /// What the instruments are to do.
    struct Orders {
        /// For the mirror.
        var mirror = MirrorTilt.centre
        /// For the mount, rad/s of its axes; `nil` to leave it as it is.
        var mount: AxisRates?
        /// Whether the detector shutters may be open.
        var isShutterOpen = false
        /// Whether the uplink laser may be on.
        var isLaserOn = false
    }

    /// Readings and commands of the mount, ps between them.
    static let mountPeriod: Int64 = 20_000_000_000
    /// Evaluations of the interlocks, ps between them.
    static let interlockPeriod: Int64 = 10_000_000_000

    /// Time without a frame after which the fine camera counts as failed, ps.
    static let cameraPatience: Int64 = 50_000_000_000

    let settings: PointingSettings
    let aim: AimPlan
    /// Where the pass stands.
    private(set) var state = PassState()
    /// The ladder of cameras.
    private(set) var ladder: AcquisitionLadder
    /// The mirror's loop.
    private(set) var loop: FineLoop
    /// Which times may become key.
    private(set) var gate: KeyGate
    /// What is wrong with the mount.
    private(set) var supervisor: MountSupervisor
    /// What was found since the last ``takeNotes()``.
    private var notes: [PointingNote] = []

    private var fineDeclarer = BeaconDeclarer(rule: PointingSettings.fineRule)
    private var coarseDeclarer = BeaconDeclarer(rule: PointingSettings.coarseRule)
    private var fineWatch = FrameWatch()
    private var law: RateLaw
    private var isLoopClosed = false
    private var laserHoldOff = HoldOff()
    private var shutterMemory = ShutterInterlock.Memory()
    private var orders = Orders()
    private var linkSeen: Int64?
    private var axis: SkyDirection
    private var lastFrame: Int64?
    private var nextMount: Int64 = .min
    private var nextInterlock: Int64 = .min
    private var wasSunClear = true

    /// A station before the pass, its mount at `axis`.
    init(_ settings: PointingSettings, aim: AimPlan, axis: SkyDirection) throws {
        self.settings = settings
        self.aim = aim
        self.axis = axis
        ladder = try AcquisitionLadder(settings.ladder)
        loop = FineLoop(settings: settings.loop)
        gate = KeyGate(rule: settings.keyRule)
        supervisor = MountSupervisor(mount: settings.mount)
        law = RateLaw(proportional: 3, limits: settings.mount)
    }

    /// Begins the pass, which ends at `end` ps.
    mutating func start(at time: Int64, until end: Int64) {
        handle(PassEvent(.start(until: end), at: time))
    }

    /// Ends the pass in good order.
    mutating func stop(at time: Int64) { handle(PassEvent(.stop, at: time)) }

    /// One millisecond: what was seen in, what to do out.
    mutating func step(_ sensing: Sensing) -> Orders {
        let time = sensing.time
        if let reading = sensing.mount { takeMount(reading, at: time) }
        let seconds = Double(time) * 1e-12
        let target = prediction(at: seconds)
        let rate = trackRate(at: seconds)
        watchInstruments(sensing)
        let measured = state.isCameraFailing ? nil : sensing.fine.flatMap(measurement)
        closeLoop(measured, sensing.fine?.stamp, at: time)
        let fine = sensing.fine.flatMap { fineSighting($0, measured, trackRate: rate) }
        let coarse = sensing.coarse.flatMap { coarseSighting($0, target: target, trackRate: rate) }
        if fine != nil || coarse != nil { linkSeen = time }
        // Before the satellite can be seen there is nothing to search for.
        if PassPosture(state.phase).isLadderOn, time >= 0 {
            climb(time, coarse: coarse, fine: fine, target: target, trackRate: rate)
        }
        if sensing.isLinkUp != state.isLinkUp {
            handle(PassEvent(sensing.isLinkUp ? .linkUp : .linkDown, at: time))
        }
        handle(PassEvent(.tick, at: time))
        orders.mount = nil
        if time >= nextMount {
            nextMount = time + Self.mountPeriod
            orders.mount = mountRates(at: seconds)
        }
        if time >= nextInterlock {
            nextInterlock = time + Self.interlockPeriod
            evaluateInterlocks(sensing)
        }
        gate.take(
            PointingSample(
                time: sensing.tag, phase: orders.isShutterOpen ? state.phase : .fine,
                residual: residual))
        return orders
    }

    /// Hands out what was noted.
    mutating func takeNotes() -> [PointingNote] {
        defer { notes.removeAll(keepingCapacity: true) }
        return notes
    }

    /// Whether the mirror's loop holds the beacon.
    var isClosed: Bool { isLoopClosed }

    /// Residual of the fine loop in the last frame, rad; without a spot what the loop expects.
    private(set) var residual = Double.infinity
    /// The same along both axes; `nil` without a spot.
    private(set) var residualAngle: FieldAngle?

    // MARK: What is seen

    /// Where the beacon should be, as far as it was learnt.
    private func prediction(at seconds: Double) -> SkyDirection {
        let here = aim.direction(at: seconds + ladder.bias.timeBias)
        let cross = ladder.bias.crossOffset(rate: trackRate(at: seconds))
        return SkyAngle.direction(at: cross, from: here)
    }

    /// How fast the beacon crosses the sky, rad/s.
    private func trackRate(at seconds: Double) -> FieldAngle {
        guard let point = aim.setPoint(at: seconds) else { return .zero }
        return FieldAngle(
            x: point.rates.azimuth * Elementary.cos(point.direction.elevation),
            y: point.rates.elevation)
    }

    private func measurement(_ report: SpotReport) -> FineLoop.Measurement? {
        report.first.map { FineLoop.Measurement($0, camera: settings.fineCamera) }
    }

    /// Notices a camera that freezes or falls silent, and a mirror that reports an error.
    private mutating func watchInstruments(_ sensing: Sensing) {
        let time = sensing.time
        var isFailing = time - (lastFrame ?? time) > Self.cameraPatience
        if let report = sensing.fine {
            lastFrame = time
            isFailing = fineWatch.take(report.stamp, digest: report.digest).isFrozen
        }
        if isFailing != state.isCameraFailing {
            let word = sensing.fine == nil ? "gives no frame" : "gives the same picture again"
            note(
                time, isFailing ? "fine camera: \(word)" : "fine camera: works again",
                isWarning: isFailing)
            handle(PassEvent(isFailing ? .cameraFailed : .cameraRecovered, at: time))
        }
        guard sensing.isMirrorFaulty != state.isMirrorFailing else { return }
        note(
            time, sensing.isMirrorFaulty ? "mirror: reports an error" : "mirror: works again",
            isWarning: sensing.isMirrorFaulty)
        handle(PassEvent(sensing.isMirrorFaulty ? .mirrorFailed : .mirrorRecovered, at: time))
    }

    /// Target minus telescope axis as the fine camera sees it, once it is declared.
    private mutating func fineSighting(
        _ report: SpotReport, _ measured: FineLoop.Measurement?, trackRate rate: FieldAngle
    ) -> FieldAngle? {
        guard !state.isCameraFailing else { return nil }
        // A closed loop has its own gate against other lights.
        if isLoopClosed { return residualAngle == nil ? nil : loop.openLoopAngle }
        var candidates = InlineArray<1, SpotCandidate>(
            repeating: SpotCandidate(offset: .zero, sigma: 1, flux: 0))
        var count = 0
        if let measured, let spot = report.first {
            candidates[0] = SpotCandidate(
                offset: measured.angle, sigma: max(measured.sigmaX, measured.sigmaY),
                flux: spot.flux)
            count = 1
        }
        return fineDeclarer.take(
            candidates.span.extracting(first: count), at: report.stamp.time, trackRate: rate
        )?.candidate.offset
    }

    /// The declared beacon in the coarse camera, from its middle.
    private mutating func coarseSighting(
        _ report: SpotReport, target: SkyDirection, trackRate rate: FieldAngle
    ) -> FieldAngle? {
        var candidates = InlineArray<2, SpotCandidate>(
            repeating: SpotCandidate(offset: .zero, sigma: 1, flux: 0))
        var count = 0
        // Candidates stand on the sky: the spot in the camera plus where the camera looked.
        let looked = SkyAngle.offset(of: axis, from: target)
        func add(_ spot: Spot?) {
            guard let spot else { return }
            let camera = settings.coarseCamera
            candidates[count] = SpotCandidate(
                offset: looked + camera.fieldAngle(x: spot.x, y: spot.y),
                sigma: max(spot.sigmaX, spot.sigmaY) * camera.pixelScale, flux: spot.flux)
            count += 1
        }
        add(report.first)
        add(report.second)
        let found = coarseDeclarer.take(
            candidates.span.extracting(first: count), at: report.stamp.time, trackRate: rate)
        return found.map { $0.candidate.offset - looked }
    }

    // MARK: Mirror

    private mutating func closeLoop(
        _ measured: FineLoop.Measurement?, _ stamp: FrameStamp?, at time: Int64
    ) {
        let isWanted = PassPosture(state.phase).isFineLoopClosed
        if isWanted != isLoopClosed {
            isLoopClosed = isWanted
            loop = FineLoop(settings: settings.loop)
            orders.mirror = .centre
            fineDeclarer = BeaconDeclarer(rule: PointingSettings.fineRule)
        }
        guard isLoopClosed else {
            residual = .infinity
            residualAngle = nil
            return
        }
        let seconds = Double(time) * 1e-12
        loop.setPoint = FieldAngle(
            x: 0, y: -aim.chromaticOffset(at: seconds, quantum: settings.quantumWavelength))
        guard let stamp else {
            if let moved = loop.tick(at: time) { orders.mirror = moved.tilt }
            residual = .infinity
            residualAngle = nil
            return
        }
        let output = loop.step(measured, at: stamp.time, now: time)
        orders.mirror = output.mirror.tilt
        residualAngle = output.residual
        // Without a spot, what the loop expects, with half as much again.
        residual = output.residual?.length ?? 1.5 * output.sigma.length
    }

    // MARK: Ladder and pass

    private mutating func climb(
        _ time: Int64, coarse: FieldAngle?, fine: FieldAngle?, target: SkyDirection,
        trackRate rate: FieldAngle
    ) {
        let commanded = SkyAngle.direction(at: lastOffset, from: target)
        let output = ladder.step(
            LadderInput(
                time: time, coarse: coarse, fine: fine,
                mountError: SkyAngle.offset(of: axis, from: commanded), trackRate: rate))
        lastOffset = output.offset
        guard let event = output.event else { return }
        if let passEvent = PassEvent(ladder: event, at: time) { handle(passEvent) }
        let bias = ladder.bias
        if event == .coarseAcquired || event == .fineAcquired, bias.count != biasesNoted {
            biasesNoted = bias.count
            note(
                time,
                "\(event == .fineAcquired ? "fine" : "coarse") camera: prediction off by "
                    + "\(Self.text(bias.timeBias * 1e3)) ms along the track and "
                    + "\(Self.text(bias.crossTrack * 1e6)) urad across it")
        } else if event == .searchExhausted {
            note(time, "the search ended without a find and begins again", isWarning: true)
        }
    }

    private var lastOffset = FieldAngle.zero
    private var biasesNoted: Int64 = 0

    private static func text(_ value: Double) -> String { "\(Int64(value.rounded()))" }

    private mutating func handle(_ event: PassEvent) {
        let step = PassMachine.step(state, event, limits: settings.limits)
        state = step.state
        if step.actions.contains(.startLadder) {
            ladder.restart(at: event.time)
            lastOffset = .zero
        }
        guard let transition = step.transition else { return }
        let isWarning = [PassPhase.fade, .reacquire, .safe].contains(transition.to)
        note(
            transition.time,
            "\(transition.from.name) to \(transition.to.name): \(transition.reason.words)",
            isWarning: isWarning)
    }

    private mutating func note(_ time: Int64, _ message: String, isWarning: Bool = false) {
        notes.append(PointingNote(time: time, isWarning: isWarning, message: message))
    }

    // MARK: Mount

    private mutating func takeMount(_ reading: SkyDirection?, at time: Int64) {
        let wanted = aim.setPoint(at: Double(time) * 1e-12)?.direction
        let isDriven = PassPosture(state.phase).mount == .follow
        let health = supervisor.take(reading, at: time, commanded: isDriven ? wanted : nil)
        if let event = PassEvent(mount: health, at: time) {
            handle(event)
            note(time, "mount: \(health)", isWarning: true)
        }
        if let estimate = supervisor.estimate(at: time) { axis = estimate }
        if state.phase == .slew, let wanted, SkyAngle.between(axis, wanted) < 2e-3 {
            handle(PassEvent(.mountReady, at: time))
        }
        if state.phase == .park { handle(PassEvent(.mountParked, at: time)) }
    }

    private mutating func mountRates(at seconds: Double) -> AxisRates {
        switch PassPosture(state.phase).mount {
        case .rest, .stop, .park:
            law.reset()
            return .zero
        case .slew, .follow:
            guard var point = aim.setPoint(at: seconds + ladder.bias.timeBias) else {
                return .zero
            }
            let cross = ladder.bias.crossOffset(rate: trackRate(at: seconds))
            let target = SkyAngle.direction(at: cross + lastOffset, from: point.direction)
            point.direction = target
            // The reading is from now, as is the set point.
            return law.command(
                setPoint: point, reading: axis, after: Double(Self.mountPeriod) * 1e-12)
        }
    }

    // MARK: Safety

    private mutating func evaluateInterlocks(_ sensing: Sensing) {
        let time = sensing.time
        let look = TimedInput(axis, at: time)
        let sun = SunInterlock.evaluate(
            telescope: look, sun: TimedInput(settings.sun, at: time), at: time,
            rule: settings.sunRule)
        if sun.isClear != wasSunClear {
            wasSunClear = sun.isClear
            handle(PassEvent(sun.isClear ? .sunClear : .sunTooNear, at: time))
        }
        let posture = PassPosture(state.phase)
        let laser = LaserInterlock.evaluate(
            LaserInterlock.Inputs(
                isWanted: posture.isLaserWanted, elevation: TimedInput(axis.elevation, at: time),
                mask: 0, isSkyClear: TimedInput(sensing.isSkyClear, at: time),
                linkSeen: linkSeen ?? time),
            holdOff: laserHoldOff, at: time, rule: settings.laserRule)
        laserHoldOff = laser.holdOff
        orders.isLaserOn = laser.isOn
        let shutter = ShutterInterlock.evaluate(
            ShutterInterlock.Inputs(
                isPermitted: posture.mayShuttersOpen,
                isLoopClosed: TimedInput(isLoopClosed && residual.isFinite, at: time),
                rates: TimedInput(sensing.rates, at: time), isSunClear: sun.isClear),
            memory: shutterMemory, at: time, rule: settings.shutterRule)
        if shutter.memory.isLatched, !shutterMemory.isLatched {
            handle(PassEvent(.ratesTooHigh, at: time))
            note(time, "a detector counts too much: shutters latched closed", isWarning: true)
        }
        shutterMemory = shutter.memory
        orders.isShutterOpen = shutter.isOpen
    }
}
