public import Quantities

/// The fine loop: where the spot is in each frame, in; what to give the mirror and the mount, out.
///
/// The mirror moves the spot: angle = disturbance + matrix x tilt. Call ``step(_:camera:now:)``
/// (or ``step(_:at:now:)``) once for each frame, also for one without a spot, and ``tick(at:)`` now and then when frames fail to
/// come. All angles are on the sky about the boresight.
public struct FineLoop: Sendable {
    /// Which controller closes the loop.
    public enum Controller: Equatable, Sendable, BitwiseCopyable {
        /// Leaky proportional-integral with notch.
        case integrator(IntegratorController.Settings)
        /// Kalman predictor with resonators, to the time at which the command acts.
        case predictor
    }

    /// What the loop is made of.
    public struct Settings: Sendable {
        /// How the loop is closed.
        public var controller = Controller.predictor
        /// What shakes the line of sight along the sky's x axis.
        public var disturbanceX = DisturbanceModel()
        /// What shakes it along the sky's y axis.
        public var disturbanceY = DisturbanceModel()
        /// When things happen.
        public var timing: LoopTiming
        /// How the mirror moves the spot.
        public var matrix: InteractionMatrix
        /// What the mirror can do.
        public var limits: MirrorGuard.Limits
        /// How the mirror's mean is handed to the mount.
        public var offload = MountOffload.Settings()
        /// What counts as held.
        public var lock = LockDetector.Settings()
        /// Innovations beyond this many deviations are taken for another light, up to five in a
        /// row.
        public var gate = 7.0
        /// Added to each spot's own standard deviation, rad: pixel response, unmodelled motion.
        public var noiseFloor = 0.05e-6

        /// The predictor with the usual settings.
        public init(timing: LoopTiming, matrix: InteractionMatrix, limits: MirrorGuard.Limits) {
            self.timing = timing
            self.matrix = matrix
            self.limits = limits
        }
    }

    /// Where a spot is.
    public struct Measurement: Equatable, Sendable, BitwiseCopyable {
        /// Angle from the boresight, rad.
        public var angle: FieldAngle
        /// Standard deviation along x, rad, more than 0.
        public var sigmaX: Double
        /// Standard deviation along y, rad, more than 0.
        public var sigmaY: Double

        /// A measurement with all values given.
        @inlinable public init(angle: FieldAngle, sigmaX: Double, sigmaY: Double) {
            self.angle = angle
            self.sigmaX = sigmaX
            self.sigmaY = sigmaY
        }

        /// Where `spot` is in the picture of `camera`.
        public init(_ spot: Spot, camera: CameraCharacteristics) {
            angle = camera.fieldAngle(x: spot.x, y: spot.y)
            let (sine, cosine) = (
                Elementary.sin(camera.rotation), Elementary.cos(camera.rotation)
            )
            let (x, y) = (spot.sigmaX * camera.pixelScale, spot.sigmaY * camera.pixelScale)
            sigmaX = (cosine * cosine * x * x + sine * sine * y * y).squareRoot()
            sigmaY = (sine * sine * x * x + cosine * cosine * y * y).squareRoot()
        }
    }

    /// What one step came to.
    public struct Output: Equatable, Sendable, BitwiseCopyable {
        /// What to give the mirror now, and what was done to it.
        public var mirror: MirrorGuard.Outcome
        /// Correction to add to the mount's rate, rad/s on the sky.
        public var mountRate: FieldAngle
        /// Where the loop stands.
        public var state: LockDetector.State
        /// Spot minus set point in this frame, rad; `nil` without a spot that counts.
        public var residual: FieldAngle?
        /// Expected standard deviation of the spot about the set point when the command acts,
        /// rad per axis; grows in a fade.
        public var sigma: FieldAngle
        /// Whether a spot was seen and taken for another light.
        public var isOutlier: Bool
        /// Whether the mirror's mean exceeds 30 % of its stroke: the mount does not follow.
        public var isOffCentre: Bool
    }

    /// Time at the stroke, ps, after which the light is let go: one that the mirror does not move.
    private static let strokePatience: Int64 = 200_000_000_000
    /// Innovations in a row that are taken for another light.
    private static let outliersAtMost = 5

    /// What the loop is made of.
    public private(set) var settings: Settings
    /// Where the spot is to be held, rad from the boresight: the chromatic offset between beacon
    /// and quantum light, and what alignment found.
    public var setPoint = FieldAngle.zero
    /// Filters of the disturbance along the sky's axes.
    public private(set) var filterX: PointingFilter
    /// See ``filterX``.
    public private(set) var filterY: PointingFilter
    /// What the mirror may have.
    public private(set) var mirrorGuard: MirrorGuard
    /// What the mount is asked for.
    public private(set) var offload: MountOffload
    /// Whether the spot is held.
    public private(set) var lock: LockDetector
    /// Last angle of the disturbance that was seen: spot minus the mirror's share, rad.
    public private(set) var openLoopAngle = FieldAngle.zero

    private var gains = IntegratorController.Settings()
    private var integrator: IntegratorController
    private var history = CommandHistory()
    private var lastFrame: Int64?
    private var lastOffload: Int64?
    private var outliers = 0
    private var slowTilt = MirrorTilt.centre
    private var strokeSince: Int64?
    /// Times that the loop let a light go that kept the mirror at its stroke, since the start.
    public private(set) var runaways: Int64 = 0

    /// A loop whose mirror rests at its centre.
    public init(settings: Settings) {
        precondition(settings.timing.framePeriod > 0 && settings.timing.exposure >= 0)
        precondition(settings.timing.commandDelay >= 0)
        self.settings = settings
        filterX = PointingFilter(settings.disturbanceX)
        filterY = PointingFilter(settings.disturbanceY)
        mirrorGuard = MirrorGuard(settings.limits)
        offload = MountOffload(settings: settings.offload)
        lock = LockDetector(settings: settings.lock)
        if case .integrator(let given) = settings.controller { gains = given }
        integrator = IntegratorController(settings: gains, period: settings.timing.period)
    }

    /// Takes in one frame and says what to do.
    ///
    /// - Parameters:
    ///   - measurement: The spot; `nil` if the frame shows none.
    ///   - time: Middle of the frame's exposure, ps.
    ///   - now: Time at which the mirror gets the command, ps; not before `time`.
    public mutating func step(
        _ measurement: Measurement?, at time: Int64, now: Int64
    ) -> Output {
        let isNew = advance(to: time)
        return decide(isNew ? measurement : nil, tilt: meanTilt(at: time), at: time, now: now)
    }

    /// Takes in what was found in one frame, and says what to do.
    ///
    /// Of two spots it takes the one nearer to where the satellite is expected; while there is
    /// nothing to expect, the brighter one.
    ///
    /// - Parameters:
    ///   - report: What was found.
    ///   - camera: The camera that it was found with.
    ///   - now: Time at which the mirror gets the command, ps; not before that of the frame.
    public mutating func step(
        _ report: SpotReport, camera: CameraCharacteristics, now: Int64
    ) -> Output {
        let time = report.stamp.time
        let isNew = advance(to: time)
        let tilt = meanTilt(at: time)
        guard isNew, let first = report.first else {
            return decide(nil, tilt: tilt, at: time, now: now)
        }
        var chosen = Measurement(first, camera: camera)
        if let second = report.second, lock.state != .lost {
            let other = Measurement(second, camera: camera)
            let expected =
                FieldAngle(x: filterX.angle, y: filterY.angle) + settings.matrix.angle(of: tilt)
            if (other.angle - expected).length < (chosen.angle - expected).length {
                chosen = other
            }
        }
        return decide(chosen, tilt: tilt, at: time, now: now)
    }

    /// Mean tilt of the mirror while the frame of `time` was exposed.
    private func meanTilt(at time: Int64) -> MirrorTilt {
        let half = settings.timing.exposure / 2
        return history.mean(from: time &- half, to: time &+ half)
    }

    private mutating func decide(
        _ measurement: Measurement?, tilt: MirrorTilt, at time: Int64, now: Int64
    ) -> Output {
        let seen = accept(measurement, tilt: tilt)
        let residual = seen.map { $0.angle - setPoint }
        let before = lock.state
        let state = lock.take(residual, at: time)
        if state == .lost, before != .lost { release() }

        let acts = now &+ settings.timing.commandDelay
        let ahead = Double(acts &+ settings.timing.framePeriod / 2 &- time) * 1e-12
        let (x, y) = (filterX.prediction(after: ahead), filterY.prediction(after: ahead))
        let wanted = command(residual, prediction: FieldAngle(x: x.angle, y: y.angle), state: state)
        let outcome = mirrorGuard.pass(wanted, at: now)
        watchStroke(outcome, at: time)
        if case .integrator = settings.controller { integrator.applied(outcome.tilt) }
        history.append(outcome.tilt, from: acts)
        handOver(outcome.tilt, state: state, at: time)
        return Output(
            mirror: outcome, mountRate: offload.rate, state: state, residual: residual,
            sigma: FieldAngle(x: x.variance.squareRoot(), y: y.variance.squareRoot()),
            isOutlier: measurement != nil && seen == nil,
            isOffCentre: max(slowTilt.a.magnitude, slowTilt.b.magnitude)
                > 0.3 * settings.limits.stroke)
    }

    /// What to give the mirror when no frame came by `now`, ps; `nil` while it may stay.
    public mutating func tick(at now: Int64) -> MirrorGuard.Outcome? {
        guard let outcome = mirrorGuard.tick(at: now) else { return nil }
        integrator.applied(outcome.tilt)
        history.append(outcome.tilt, from: now &+ settings.timing.commandDelay)
        return outcome
    }

    /// Forgets the target and lets the mirror go to its centre: for a light that turned out to be
    /// another one, or when the mount moves on.
    public mutating func release() {
        filterX = PointingFilter(settings.disturbanceX)
        filterY = PointingFilter(settings.disturbanceY)
        integrator = IntegratorController(
            settings: gains, period: settings.timing.period)
        lock = LockDetector(settings: settings.lock)
        outliers = 0
        strokeSince = nil
    }

    /// Goes on with other models of the disturbance: lines that a ``VibrationFinder`` found. The
    /// estimate is kept as a slow angle, so that the mirror does not jump far.
    public mutating func adopt(x: DisturbanceModel, y: DisturbanceModel) {
        settings.disturbanceX = x
        settings.disturbanceY = y
        let angle = FieldAngle(x: filterX.angle, y: filterY.angle)
        filterX = PointingFilter(x)
        filterY = PointingFilter(y)
        filterX.shift(by: angle.x)
        filterY.shift(by: angle.y)
    }

    /// Told that the mount was moved by `step`, rad on the sky, so that the filters need not learn
    /// it.
    public mutating func mountMoved(by step: FieldAngle) {
        filterX.shift(by: -step.x)
        filterY.shift(by: -step.y)
    }

    /// Moves the filters to the frame; false if it is not later than the last one.
    private mutating func advance(to time: Int64) -> Bool {
        defer { if lastFrame.map({ time > $0 }) ?? true { lastFrame = time } }
        guard let last = lastFrame else { return true }
        guard time > last else { return false }
        let seconds = Double(time &- last) * 1e-12
        filterX.advance(by: seconds)
        filterY.advance(by: seconds)
        return true
    }

    /// Updates the filters; `nil` if the measurement is none or is taken for another light.
    private mutating func accept(_ measurement: Measurement?, tilt: MirrorTilt) -> Measurement? {
        guard let measurement, measurement.angle.x.isFinite, measurement.angle.y.isFinite,
            measurement.sigmaX > 0, measurement.sigmaX < 1, measurement.sigmaY > 0,
            measurement.sigmaY < 1
        else { return nil }
        let open = measurement.angle - settings.matrix.angle(of: tilt)
        let floor = settings.noiseFloor * settings.noiseFloor
        let sigmaX = (measurement.sigmaX * measurement.sigmaX + floor).squareRoot()
        let sigmaY = (measurement.sigmaY * measurement.sigmaY + floor).squareRoot()
        let (x, y) = (
            filterX.innovation(open.x, sigma: sigmaX), filterY.innovation(open.y, sigma: sigmaY)
        )
        let square = settings.gate * settings.gate
        if x.value * x.value > square * x.variance || y.value * y.value > square * y.variance {
            outliers += 1
            guard outliers > Self.outliersAtMost else { return nil }
            filterX.reopen()
            filterY.reopen()
        }
        outliers = 0
        openLoopAngle = open
        filterX.update(open.x, sigma: sigmaX)
        filterY.update(open.y, sigma: sigmaY)
        return measurement
    }

    /// What the controller wants of the mirror.
    private mutating func command(
        _ residual: FieldAngle?, prediction: FieldAngle, state: LockDetector.State
    ) -> MirrorTilt {
        guard state != .lost else { return .centre }
        switch settings.controller {
        case .integrator:
            // In a fade the mirror stays where it is.
            guard let residual else { return history.last }
            return integrator.step(settings.matrix.tilt(for: .zero - residual))
        case .predictor:
            return settings.matrix.tilt(for: setPoint - prediction)
        }
    }

    /// Lets a light go that keeps the mirror at its stroke: a star, a hot pixel, a reflection from
    /// before the mirror do not move with it.
    private mutating func watchStroke(_ outcome: MirrorGuard.Outcome, at time: Int64) {
        guard outcome.isAtStroke else { return strokeSince = nil }
        guard let since = strokeSince else { return strokeSince = time }
        guard time &- since > Self.strokePatience else { return }
        runaways &+= 1
        release()
    }

    /// Slow exponential mean of the tilt, and the mount's rate from it.
    private mutating func handOver(_ tilt: MirrorTilt, state: LockDetector.State, at time: Int64) {
        let seconds = lastOffload.map { Double(time &- $0) * 1e-12 } ?? settings.timing.period
        lastOffload = time
        guard seconds > 0 else { return }
        slowTilt = slowTilt + min(seconds / 0.2, 1) * (tilt - slowTilt)
        let offset = FieldAngle.zero - settings.matrix.angle(of: tilt)
        offload.take(state == .locked || state == .closing ? offset : nil, seconds: seconds)
    }
}
