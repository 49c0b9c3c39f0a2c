import Orbit
import PassControl
import Quantities
import Simulator

@testable import Tracking

/// A pass with a wrong prediction, a rough mount, two cameras that see spots, a star and a beacon
/// that can be blocked: all geometry, no pixels.
struct AcquisitionWorld {
    /// Seconds of a tick: the rate of the fine camera.
    static let tick = 0.004
    /// Ticks between two frames of the coarse camera, and between two commands to the mount.
    static let coarseTicks = 5

    /// What is wrong at the start.
    var timeError = 0.24
    var crossError = 0.5e-3
    /// Where the fine field stands in the coarse camera, unknown to the ladder.
    var boresight = FieldAngle(x: 0.35e-3, y: -0.25e-3)
    /// Spells in which the beacon cannot be seen, s.
    var blocked: [ClosedRange<Double>] = []
    /// A star that stands where the beacon is predicted at this time, s.
    var starTime: Double?
    /// Half the width of the fields of view, rad.
    var coarseField = 4.4e-3
    var fineField = 0.75e-3
    var seed: UInt64 = 1
    /// What the mount does wrong, and when, s.
    var faults: [(time: ClosedRange<Double>, fault: MountPlantFault)] = []

    /// What was seen from outside, tick by tick.
    struct Sample {
        var time: Double
        var mode: LadderMode
        var phase: PassPhase
        /// Telescope and mirror against the target, rad.
        var residual: Double
        /// The telescope alone.
        var mountError: Double
    }

    var samples: [Sample] = []
    var events: [(time: Double, event: LadderEvent)] = []
    var ladder: AcquisitionLadder
    /// The log of pass control.
    var log: [PassTransition] = []
    var health: [MountHealth] = []
    private var pass = PassState()
    private var supervisor = MountSupervisor(mount: quickMount)
    private var truth: CircularPass
    private var prediction: CircularPass
    private var declarer = BeaconDeclarer()

    init(_ parameters: LadderParameters) throws {
        ladder = try AcquisitionLadder(parameters)
        let elements = CircularPass.Elements(
            altitude: 500e3, culmination: 70 * .pi / 180, lowestElevation: 10 * .pi / 180,
            inclination: 97.4 * .pi / 180, latitude: 36.67 * .pi / 180)
        truth = CircularPass(elements)
        prediction = CircularPass(elements)
    }

    /// Ladder numbers that fit these cameras.
    static var parameters: LadderParameters {
        LadderParameters(
            wideScan: ScanParameters(
                fieldOfView: 8e-3, speed: 40e-3, frameTime: 0.02, halfLength: 12e-3, radius: 12e-3),
            fineScan: ScanParameters(
                fieldOfView: 1.4e-3, jitter: 20e-6, speed: 5e-3, frameTime: 0.01, radius: 3e-3))
    }

    /// Runs from 150 s into the pass (about 30 degrees) for `seconds`.
    mutating func run(seconds: Double, from start: Double = 150) {
        var random = TestRandom(seed)
        truth.alongTrackError = timeError
        // The controller's model of the mount is good to some tens of microradians.
        let known = roughModel
        var real = roughModel
        real.ia += 60e-6
        real.ie -= 40e-6
        real.ca += 30e-6
        var plant = MountPlant(
            MountPlant.Parameters(
                limits: quickMount, model: real, encoderStep: 2e-6, encoderNoise: 2e-6),
            at: known.reading(for: predicted(start)), seed: seed)
        var law = RateLaw(proportional: 3, limits: quickMount)
        var mirror = FieldAngle.zero
        var output = LadderOutput.start
        var shake = FieldAngle.zero
        feed([.start(until: .max), .mountReady, .linkUp], at: 0)
        for index in 0..<Int(seconds / Self.tick) {
            let time = start + Double(index) * Self.tick
            let picoseconds = Int64(index) * 4_000_000_000
            let isMountTick = index % Self.coarseTicks == 0
            let rate = trackRate(time)
            plant.fault = faults.first { $0.time.contains(time - start) }?.fault
            // A coloured shake of about 10 microradians.
            shake = 0.98 * shake + FieldAngle(x: 2e-6 * random.normal(), y: 2e-6 * random.normal())
            let axis = SkyAngle.direction(at: shake, from: plant.direction)
            let off = SkyAngle.offset(of: aim(time), from: axis)
            let command = commanded(time, output.offset)
            if isMountTick { watch(&plant, known.reading(for: command), picoseconds) }
            let reading = supervisor.estimate(at: picoseconds) ?? plant.motors
            let mountError = SkyAngle.offset(of: known.direction(of: reading), from: command)
            let isBlocked = blocked.contains { $0.contains(time - start) }
            let coarse =
                isMountTick
                ? coarseSighting(
                    off, axis, mountError + output.offset, rate, time: picoseconds, start: start,
                    isBlocked: isBlocked, &random)
                : nil
            let spot = off - mirror
            let isSeen = !isBlocked && abs(spot.x) < fineField && abs(spot.y) < fineField
            let noise = FieldAngle(x: 3e-6 * random.normal(), y: 3e-6 * random.normal())
            if PassPosture(pass.phase).isLadderOn {
                output = step(
                    picoseconds, coarse, isSeen ? off + noise : nil, mountError, rate, time - start)
            }
            let isClosed = output.isFineLoopClosed && PassPosture(pass.phase).isFineLoopClosed
            mirror = isClosed ? moved(mirror, by: isSeen ? spot + noise : .zero) : .zero
            feed([.tick], at: picoseconds)
            samples.append(
                Sample(
                    time: time - start, mode: output.mode, phase: pass.phase,
                    residual: (off - mirror).length, mountError: off.length))
            if isMountTick { drive(&plant, &law, reading, time, known, output.offset) }
            plant.step(by: Self.tick)
        }
    }

    /// The mirror after one frame: an integrator within its stroke.
    private func moved(_ mirror: FieldAngle, by spot: FieldAngle) -> FieldAngle {
        let wanted = mirror + 0.3 * spot
        return FieldAngle(
            x: min(max(wanted.x, -1e-3), 1e-3), y: min(max(wanted.y, -1e-3), 1e-3))
    }

    /// Reads the mount through its supervisor and tells pass control.
    private mutating func watch(
        _ plant: inout MountPlant, _ commanded: SkyDirection, _ time: Int64
    ) {
        let isFollowing = PassPosture(pass.phase).mount == .follow
        let found = supervisor.take(
            plant.reading(), at: time, commanded: isFollowing ? commanded : nil)
        if found != .sound { health.append(found) }
        if let event = PassEvent(mount: found, at: time) { feed([event.kind], at: time) }
    }

    private mutating func feed(_ kinds: [PassEvent.Kind], at time: Int64) {
        for kind in kinds {
            let step = PassMachine.step(pass, PassEvent(kind, at: time))
            pass = step.state
            if let transition = step.transition { log.append(transition) }
            if step.actions.contains(.startLadder) { ladder.restart(at: time) }
        }
    }

    private mutating func step(
        _ time: Int64, _ coarse: FieldAngle?, _ fine: FieldAngle?, _ mountError: FieldAngle,
        _ rate: FieldAngle, _ seconds: Double
    ) -> LadderOutput {
        let before = ladder.bias.offset(rate: rate)
        let output = ladder.step(
            LadderInput(
                time: time, coarse: coarse, fine: fine, mountError: mountError, trackRate: rate))
        declarer.shift(by: before - ladder.bias.offset(rate: rate))
        if let event = output.event {
            events.append((seconds, event))
            if let known = PassEvent(ladder: event, at: time) { feed([known.kind], at: time) }
        }
        return output
    }

    /// The declared beacon in the coarse camera, with the star among the candidates.
    private mutating func coarseSighting(
        _ off: FieldAngle, _ axis: SkyDirection, _ command: FieldAngle, _ rate: FieldAngle,
        time: Int64, start: Double, isBlocked: Bool, _ random: inout TestRandom
    ) -> FieldAngle? {
        var spots: [SpotCandidate] = []
        var places: [FieldAngle] = []
        if let starTime { places.append(SkyAngle.offset(of: aim(start + starTime), from: axis)) }
        if !isBlocked { places.append(off) }
        for place in places {
            let spot =
                place + boresight
                + FieldAngle(x: 20e-6 * random.normal(), y: 20e-6 * random.normal())
            guard abs(spot.x) < coarseField, abs(spot.y) < coarseField else { continue }
            spots.append(SpotCandidate(offset: spot + command, sigma: 20e-6, flux: 1_000))
        }
        let found = declarer.take(spots.span, at: time, trackRate: rate)
        return found.map { $0.candidate.offset - command }
    }

    private func drive(
        _ plant: inout MountPlant, _ law: inout RateLaw, _ reading: SkyDirection, _ time: Double,
        _ known: MountModel, _ offset: FieldAngle
    ) {
        guard PassPosture(pass.phase).mount == .follow else {
            law.reset()
            plant.stop()
            return
        }
        // Half a command ahead, and the time constant of the mount's rates.
        let act = time + 0.01 + 0.02
        let now = known.reading(for: commanded(act, offset))
        let next = known.reading(for: commanded(act + 0.01, offset))
        let here = SkyDirection(
            azimuth: SkyAngle.unwrapped(now.azimuth, near: reading.azimuth),
            elevation: now.elevation)
        let rates = AxisRates(
            azimuth: (SkyAngle.unwrapped(next.azimuth, near: here.azimuth) - here.azimuth) / 0.01,
            elevation: (next.elevation - now.elevation) / 0.01)
        let moved = SkyDirection(
            azimuth: reading.azimuth + rates.azimuth * 0.03,
            elevation: reading.elevation + rates.elevation * 0.03)
        let point = MountSetPoint(direction: here, rates: rates, error: 0, reach: .onTarget)
        plant.turn(at: law.command(setPoint: point, reading: moved, after: 0.02))
    }

    /// Where the ladder wants the telescope at a time.
    private func commanded(_ time: Double, _ offset: FieldAngle) -> SkyDirection {
        let bias = ladder.bias
        let rate = trackRate(time + bias.timeBias)
        return SkyAngle.direction(
            at: bias.crossOffset(rate: rate) + offset, from: predicted(time + bias.timeBias))
    }

    private func predicted(_ time: Double) -> SkyDirection {
        let look = prediction.look(at: time)
        return SkyDirection(azimuth: look.azimuth, elevation: look.elevation)
    }

    /// Where the satellite truly is.
    private func aim(_ time: Double) -> SkyDirection {
        let look = truth.look(at: time)
        let rate = trackRate(time)
        let left = FieldAngle(x: -rate.y / rate.length, y: rate.x / rate.length)
        return SkyAngle.direction(
            at: crossError * left,
            from: SkyDirection(azimuth: look.azimuth, elevation: look.elevation))
    }

    private func trackRate(_ time: Double) -> FieldAngle {
        let way = SkyAngle.offset(of: predicted(time + 0.05), from: predicted(time - 0.05))
        return 10 * way
    }
}
