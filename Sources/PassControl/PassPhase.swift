/// Where a pass stands.
public enum PassPhase: UInt8, Sendable, BitwiseCopyable {
    /// No pass; everything closed.
    case idle
    /// The mount goes to where the pass begins.
    case slew
    /// The mount follows the prediction, or searches about it; nothing seen yet.
    case acquire
    /// The coarse camera sees the beacon; the fine one not yet.
    case coarse
    /// The fine loop is closed; the link or the clock is not ready for key.
    case fine
    /// The fine loop is closed and photons may become key.
    case keyExchange
    /// The beacon is gone for a moment; the mount goes on by what it learnt.
    case fade
    /// The beacon is gone for longer; the ladder searches from what it learnt.
    case reacquire
    /// The mount goes to rest.
    case park
    /// Something failed; nothing moves and everything is closed.
    case safe

    /// How many phases there are; their raw values run from 0.
    public static let count = 10
}

/// What the mount is to do in a phase.
public enum MountOrder: UInt8, Sendable, BitwiseCopyable {
    case rest, slew, follow, park, stop
}

/// What a phase asks of the station; the actions of a transition are what differs.
public struct PassPosture: Equatable, Sendable, BitwiseCopyable {
    /// What the mount does.
    public var mount: MountOrder
    /// Whether the ladder steers, by what the cameras see.
    public var isLadderOn: Bool
    /// Whether the mirror's loop is closed.
    public var isFineLoopClosed: Bool
    /// Whether the detector shutters may be open; their interlock decides in the end.
    public var mayShuttersOpen: Bool
    /// Whether the uplink laser is wanted; its interlock decides in the end.
    public var isLaserWanted: Bool
    /// Whether photons may become key.
    public var isKeyOn: Bool

    /// The posture of a phase.
    public init(_ phase: PassPhase) {
        isFineLoopClosed = phase == .fine || phase == .keyExchange
        mayShuttersOpen = isFineLoopClosed
        isKeyOn = phase == .keyExchange
        switch phase {
        case .idle:
            mount = .rest
            isLadderOn = false
        case .slew:
            mount = .slew
            isLadderOn = false
        case .acquire, .coarse, .fine, .keyExchange, .fade, .reacquire:
            mount = .follow
            isLadderOn = true
        case .park:
            mount = .park
            isLadderOn = false
        case .safe:
            mount = .stop
            isLadderOn = false
        }
        isLaserWanted = isLadderOn
    }
}
