public import Quantities

/// Why mirror, camera or mount did not do what was asked: one line, what is allowed, what to try.
public struct AimRefusal: Error, Equatable, Sendable {
    /// What is wrong, in one line.
    public var problem: String
    /// What is allowed; `nil` where that says nothing.
    public var allowed: String?
    /// What to try.
    public var remedy: String?

    /// A refusal with everything given.
    public init(_ problem: String, allowed: String? = nil, remedy: String? = nil) {
        self.problem = problem
        self.allowed = allowed
        self.remedy = remedy
    }

    /// As a shell shows it.
    var text: String {
        ([problem]
            + [allowed.map { "allowed: \($0)" }, remedy.map { "try: \($0)" }]
            .compactMap { $0 }).joined(separator: "\n")
    }
}

/// How a steering mirror stands.
public struct MirrorState: Equatable, Sendable {
    /// What it says it is.
    public var identity: String
    /// Where it says it is; `nil` if it cannot know.
    public var tilt: MirrorTilt?
    /// How far each axis may go to either side, rad: the board's stroke and the mirror's own.
    public var reach: MirrorTilt

    /// A state with everything given.
    public init(identity: String, tilt: MirrorTilt?, reach: MirrorTilt) {
        self.identity = identity
        self.tilt = tilt
        self.reach = reach
    }
}

/// What a camera's picture showed.
public struct CameraState: Equatable, Sendable {
    /// What it says it is.
    public var identity: String
    /// Pixels across and down, and the level of a saturated one.
    public var width: Int, height: Int, fullScale: Int
    /// Exposure of the picture.
    public var exposure: Picoseconds
    /// Mean level of a pixel, the highest, and how many are saturated.
    public var mean = 0.0, highest = 0, saturated = 0
    /// Where the spot lies from the middle of the picture, rad; `nil` if there is none.
    public var spot: FieldAngle?

    /// A state without a picture.
    public init(identity: String, width: Int, height: Int, fullScale: Int, exposure: Picoseconds) {
        self.identity = identity
        self.width = width
        self.height = height
        self.fullScale = fullScale
        self.exposure = exposure
    }
}

/// How a mount stands.
public struct MountState: Equatable, Sendable {
    /// What it says it is.
    public var identity: String
    /// Where it says it points.
    public var direction: SkyDirection
    /// Where it may go, rad: the board's limits and the mount's own.
    public var azimuth: ClosedRange<Double>, elevation: ClosedRange<Double>

    /// A state with everything given.
    public init(
        identity: String, direction: SkyDirection, azimuth: ClosedRange<Double>,
        elevation: ClosedRange<Double>
    ) {
        self.identity = identity
        self.direction = direction
        self.azimuth = azimuth
        self.elevation = elevation
    }
}

/// What aims the telescope, as far as a shell can move it by hand.
///
/// - Note: For implementers: calls come from any thread; each waits at most some seconds. What is
///   outside of the board's limits, or of the instrument's, is refused whole. ``makeSafe()`` gets
///   through while another call waits for an instrument.
public protocol AimBench: Sendable {
    /// Why there is no `part` to move by hand, `mirror`, `camera` or `mount`; `nil` if there is.
    func obstacle(_ part: String) -> AimRefusal?
    /// How the mirror stands.
    func mirror() throws(AimRefusal) -> MirrorState
    /// Moves the mirror.
    func steer(to tilt: MirrorTilt) throws(AimRefusal) -> MirrorState
    /// What the camera sees now.
    func camera() throws(AimRefusal) -> CameraState
    /// Sets the camera's exposure until the daemon ends or a pass begins.
    func expose(_ exposure: Picoseconds) throws(AimRefusal) -> CameraState
    /// Takes a picture and keeps it; returns where.
    func snap() throws(AimRefusal) -> (state: CameraState, path: String)
    /// Where the spot was in the pictures of the next `milliseconds`, rad, the newest last.
    func spots(milliseconds: Int) throws(AimRefusal) -> [FieldAngle]
    /// How the mount stands.
    func mount() throws(AimRefusal) -> MountState
    /// Sends the mount to `direction`; returns once it has accepted.
    func slew(to direction: SkyDirection) throws(AimRefusal)
    /// Stops the mount.
    func halt() throws(AimRefusal)
    /// Stops the mount and centres the mirror, if somebody has moved them by hand; says what was
    /// done.
    func makeSafe() -> [String]
}

/// Nothing that could be moved by hand.
public struct NoAim: AimBench {
    private let reason: String

    /// Nothing, for the reason given.
    public init(_ reason: String) { self.reason = reason }

    private var refusal: AimRefusal { AimRefusal(reason) }

    /// The reason.
    public func obstacle(_ part: String) -> AimRefusal? { refusal }
    /// Refuses.
    public func mirror() throws(AimRefusal) -> MirrorState { throw refusal }
    /// Refuses.
    public func steer(to tilt: MirrorTilt) throws(AimRefusal) -> MirrorState { throw refusal }
    /// Refuses.
    public func camera() throws(AimRefusal) -> CameraState { throw refusal }
    /// Refuses.
    public func expose(_ exposure: Picoseconds) throws(AimRefusal) -> CameraState { throw refusal }
    /// Refuses.
    public func snap() throws(AimRefusal) -> (state: CameraState, path: String) { throw refusal }
    /// Refuses.
    public func spots(milliseconds: Int) throws(AimRefusal) -> [FieldAngle] { throw refusal }
    /// Refuses.
    public func mount() throws(AimRefusal) -> MountState { throw refusal }
    /// Refuses.
    public func slew(to direction: SkyDirection) throws(AimRefusal) { throw refusal }
    /// Refuses.
    public func halt() throws(AimRefusal) { throw refusal }
    /// Has nothing to do.
    public func makeSafe() -> [String] { [] }
}
