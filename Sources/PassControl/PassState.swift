/// All that a pass remembers between two events.
public struct PassState: Equatable, Sendable, BitwiseCopyable {
    /// Where it stands.
    public internal(set) var phase = PassPhase.idle
    /// Since when, ps; a limit of time that was reported begins anew.
    public internal(set) var since: Int64 = 0
    /// When the pass ends, ps.
    public internal(set) var end: Int64 = .max
    /// The classical link and the clock are ready.
    public internal(set) var isLinkUp = false
    /// The mount fails.
    public internal(set) var isMountFailing = false
    /// The fine camera fails.
    public internal(set) var isCameraFailing = false
    /// The mirror fails.
    public internal(set) var isMirrorFailing = false
    /// The telescope looks too near the Sun.
    public internal(set) var isSunNear = false
    /// The detectors' latch is on.
    public internal(set) var areRatesHigh = false
    /// The emergency stop is on.
    public internal(set) var isStopped = false
    /// The fine camera has the beacon, whatever the phase.
    public internal(set) var isFineSeen = false

    /// Before any pass.
    public init() {}

    /// Whether the fine loop can be closed.
    var canCloseLoop: Bool { !isCameraFailing && !isMirrorFailing }
}

/// How long a pass waits in each phase, ps; each more than 0.
public struct PassLimits: Equatable, Sendable, BitwiseCopyable {
    /// For the mount to reach the start; then the pass goes on with a mount that is late.
    public var slew: Int64
    /// For the beacon to be seen; then nothing was found and the mount parks.
    public var acquire: Int64
    /// For the fine camera to see it; then the search begins anew.
    public var coarse: Int64
    /// For link and clock; reported each time it runs out, as pointing is good.
    public var fine: Int64
    /// For the beacon to come back before the ladder searches.
    public var fade: Int64
    /// For the ladder to find it again before it begins anew.
    public var reacquire: Int64
    /// For the mount to park; then it counts as failed.
    public var park: Int64
    /// For a fault to pass before the mount is parked, as far as it can.
    public var safe: Int64

    /// Limits with every field given, in whole seconds.
    public init(
        slewSeconds: Int64 = 120, acquireSeconds: Int64 = 240, coarseSeconds: Int64 = 30,
        fineSeconds: Int64 = 30, fadeSeconds: Int64 = 3, reacquireSeconds: Int64 = 30,
        parkSeconds: Int64 = 120, safeSeconds: Int64 = 60
    ) {
        let second: Int64 = 1_000_000_000_000
        slew = slewSeconds &* second
        acquire = acquireSeconds &* second
        coarse = coarseSeconds &* second
        fine = fineSeconds &* second
        fade = fadeSeconds &* second
        reacquire = reacquireSeconds &* second
        park = parkSeconds &* second
        safe = safeSeconds &* second
    }
}
