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
        /// Counts per second of each detector, when they were last counted.
        var rates: TimedInput<InlineArray<4, Double>>?
        /// Whether the aircraft input says that the sky is clear, when it last spoke.
        var isSkyClear: TimedInput<Bool>?
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
    /// Time without a frame after which the fine camera counts as failed, ps.
    static let finePatience: Int64 = 50_000_000_000
    /// Frames of the coarse camera that may fail to come.
    static let coarsePatience: Int64 = 10

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
    private var fineWatch = CameraWatch("fine camera", patience: Self.finePatience)
    private var coarseWatch: CameraWatch
    private var law: RateLaw
    private var way: MountWay?
    /// Where the mount rests before and after the pass.
    let rest: SkyDirection
    private var isLoopClosed = false
    private var laserHoldOff = HoldOff()
    private var shutterMemory = ShutterInterlock.Memory()
    private var orders = Orders()
    private var linkSeen: Int64?
    private var axis: SkyDirection
    private var nextMount: Int64 = .min
    private var wasSunClear = true

    /// A station before the pass, its mount at `rest`, where it is parked afterwards.
    init(_ settings: PointingSettings, aim: AimPlan, rest: SkyDirection) throws {
        self.settings = settings
        self.aim = aim
        self.rest = rest
        axis = rest
        coarseWatch = CameraWatch(
            "coarse camera", patience: Self.coarsePatience * settings.coarsePeriod)
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
        let health = sensing.mount.map { listen($0, at: time) }
        // Before what the mount's health leads to: a mount that is back may go on only if it does
        // not look into the Sun.
        let isSunClear = watchSun(at: time)
        if let health { followMount(health, at: time) }
        let seconds = Double(time) * 1e-12
        let target = prediction(at: seconds)
        let rate = trackRate(at: seconds)
        watchInstruments(sensing)
        closeLoop(sensing.fine, at: time)
        let fine = sensing.fine.flatMap { fineSighting($0, trackRate: rate) }
        let coarse = sensing.coarse.flatMap { coarseSighting($0, target: target, trackRate: rate) }
        noteLink(isSeen: fine != nil || coarse != nil, at: time)
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
        evaluateInterlocks(sensing, isSunClear: isSunClear)
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

    /// Where the telescope looks, by the encoders.
    var mountDirection: SkyDirection { axis }

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

    /// Notices a camera that freezes or falls silent, and a mirror that reports an error.
    private mutating func watchInstruments(_ sensing: Sensing) {
        let time = sensing.time
        if let change = fineWatch.take(sensing.fine, at: time) {
            note(change, of: fineWatch, at: time)
            handle(PassEvent(fineWatch.isFailing ? .cameraFailed : .cameraRecovered, at: time))
        }
        if let change = coarseWatch.take(sensing.coarse, at: time) {
            note(change, of: coarseWatch, at: time)
        }
        guard sensing.isMirrorFaulty != state.isMirrorFailing else { return }
        note(
            time, sensing.isMirrorFaulty ? "mirror: reports an error" : "mirror: works again",
            isWarning: sensing.isMirrorFaulty)
        handle(PassEvent(sensing.isMirrorFaulty ? .mirrorFailed : .mirrorRecovered, at: time))
    }

    private mutating func note(
        _ change: CameraWatch.Change, of camera: CameraWatch, at time: Int64
    ) {
        switch change {
        case .failed(let how): note(time, "\(camera.name): \(how)", isWarning: true)
        case .recovered: note(time, "\(camera.name): works again")
        }
    }

    /// Remembers when the satellite was last seen; its laser is waited for from the first look on.
    private mutating func noteLink(isSeen: Bool, at time: Int64) {
        let isFirstLook =
            linkSeen == nil && PassPosture(state.phase).isLadderOn
            && time >= -settings.laserRule.holdOff
        if isSeen || isFirstLook { linkSeen = time }
    }

    /// Target minus telescope axis as the fine camera sees it, once it is declared.
    private mutating func fineSighting(
        _ report: SpotReport, trackRate rate: FieldAngle
    ) -> FieldAngle? {
        guard !state.isCameraFailing else { return nil }
        // A closed loop has its own gate against other lights.
        if isLoopClosed { return residualAngle == nil ? nil : loop.openLoopAngle }
        var candidates = InlineArray<1, SpotCandidate>(
            repeating: SpotCandidate(offset: .zero, sigma: 1, flux: 0))
        var count = 0
        if let spot = report.first {
            let measured = FineLoop.Measurement(spot, camera: settings.fineCamera)
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
        guard !coarseWatch.isFailing else { return nil }
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

    private mutating func closeLoop(_ report: SpotReport?, at time: Int64) {
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
        guard let report else {
            if let moved = loop.tick(at: time) { orders.mirror = moved.tilt }
            residual = .infinity
            residualAngle = nil
            return
        }
        let output =
            fineWatch.isFailing
            ? loop.step(nil, at: report.stamp.time, now: time)
            : loop.step(report, camera: settings.fineCamera, now: time)
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
        planWay(into: transition.to, at: transition.time)
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

    /// Takes in what the mount answers, or that it does not.
    private mutating func listen(_ reading: SkyDirection?, at time: Int64) -> MountHealth {
        let wanted = aim.setPoint(at: Double(time) * 1e-12)?.direction
        let isDriven = PassPosture(state.phase).mount == .follow
        let health = supervisor.take(reading, at: time, commanded: isDriven ? wanted : nil)
        if let estimate = supervisor.estimate(at: time) { axis = estimate }
        return health
    }

    private mutating func followMount(_ health: MountHealth, at time: Int64) {
        if let event = PassEvent(mount: health, at: time) {
            handle(event)
            note(time, "mount: \(health)", isWarning: true)
        }
        guard health == .sound else { return }
        if state.phase == .slew, way?.isLastLeg ?? true,
            let wanted = aim.setPoint(at: Double(time) * 1e-12)?.direction,
            SkyAngle.between(axis, wanted) < MountWay.reach
        {
            handle(PassEvent(.mountReady, at: time))
        }
        if state.phase == .park, SkyAngle.between(axis, rest) < MountWay.reach {
            handle(PassEvent(.mountParked, at: time))
        }
    }

    /// Finds the way of the mount where a phase sends it to another place.
    private mutating func planWay(into phase: PassPhase, at time: Int64) {
        let order = PassPosture(phase).mount
        way = nil
        if order == .rest || order == .stop { law.reset() }
        let end: SkyDirection? =
            switch order {
            case .slew: aim.setPoint(at: Double(time) * 1e-12)?.direction
            case .park: rest
            case .rest, .stop, .follow: nil
            }
        guard let end else { return }
        way = MountWay(from: axis, to: end, settings: settings)
        if way == nil {
            note(time, "mount: no way there keeps clear of the Sun; it stays", isWarning: true)
        }
    }

    private mutating func mountRates(at seconds: Double) -> AxisRates {
        switch PassPosture(state.phase).mount {
        case .rest, .stop: return .zero
        case .park: return drive()
        case .slew:
            // Rates of zero where no way is safe: the plan's start is not gone to blindly.
            guard let way, !way.isLastLeg else { return way == nil ? .zero : follow(at: seconds) }
            return drive()
        case .follow: return follow(at: seconds)
        }
    }

    /// Rates along the way, stop by stop.
    private mutating func drive() -> AxisRates {
        guard let stop = way?.stop(from: axis) else { return .zero }
        var point = MountSetPoint.empty
        point.direction = stop
        return law.command(setPoint: point, reading: axis, after: Self.mountSeconds)
    }

    /// Rates along the satellite's path, as far as it was learnt.
    private mutating func follow(at seconds: Double) -> AxisRates {
        guard var point = aim.setPoint(at: seconds + ladder.bias.timeBias) else { return .zero }
        let cross = ladder.bias.crossOffset(rate: trackRate(at: seconds))
        point.direction = SkyAngle.direction(at: cross + lastOffset, from: point.direction)
        // The reading is from now, as is the set point.
        return law.command(setPoint: point, reading: axis, after: Self.mountSeconds)
    }

    private static let mountSeconds = Double(mountPeriod) * 1e-12

    // MARK: Safety

    /// Whether the telescope looks far enough from the Sun, as of the mount's last good answer.
    private mutating func watchSun(at time: Int64) -> Bool {
        let verdict = SunInterlock.evaluate(
            telescope: looked(axis),
            // Taken for the middle of the pass; within it the Sun moves less than the cone's margin.
            sun: TimedInput(settings.sun, at: time), at: time, rule: settings.sunRule)
        if verdict.isClear != wasSunClear {
            wasSunClear = verdict.isClear
            handle(PassEvent(verdict.isClear ? .sunClear : .sunTooNear, at: time))
        }
        return verdict.isClear
    }

    /// What follows from the mount's last good answer, with that answer's time.
    private func looked<Value>(_ value: Value) -> TimedInput<Value>? {
        supervisor.lastGood.map { _ in TimedInput(value, at: supervisor.lastGoodTime) }
    }

    private mutating func evaluateInterlocks(_ sensing: Sensing, isSunClear: Bool) {
        let time = sensing.time
        let posture = PassPosture(state.phase)
        let laser = LaserInterlock.evaluate(
            LaserInterlock.Inputs(
                isWanted: posture.isLaserWanted, elevation: looked(axis.elevation), mask: 0,
                isSkyClear: sensing.isSkyClear, linkSeen: linkSeen),
            holdOff: laserHoldOff, at: time, rule: settings.laserRule)
        laserHoldOff = laser.holdOff
        orders.isLaserOn = laser.isOn
        let shutter = ShutterInterlock.evaluate(
            ShutterInterlock.Inputs(
                isPermitted: posture.mayShuttersOpen,
                isLoopClosed: TimedInput(isLoopClosed && residual.isFinite, at: time),
                rates: sensing.rates, isSunClear: isSunClear),
            memory: shutterMemory, at: time, rule: settings.shutterRule)
        if shutter.memory.isLatched, !shutterMemory.isLatched {
            handle(PassEvent(.ratesTooHigh, at: time))
            note(time, "a detector counts too much: shutters latched closed", isWarning: true)
        }
        shutterMemory = shutter.memory
        orders.isShutterOpen = shutter.isOpen
    }
}
