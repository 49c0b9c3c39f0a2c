public import Quantities

/// Says whether the fine loop holds the spot, with hysteresis.
public struct LockDetector: Sendable {
    /// What counts as held.
    public struct Settings: Equatable, Sendable, BitwiseCopyable {
        /// Distance from the set point up to which a frame counts as held, rad.
        public var radius = 15e-6
        /// Frames that are looked back upon, 1 to 64.
        public var frames = 10
        /// Held frames among them that make a lock.
        public var needed = 8
        /// A lock ends when fewer than these are held.
        public var least = 5
        /// Time without a spot that a lock survives, ps: a few frames of scintillation.
        public var patience: Int64 = 10_000_000_000
        /// Time without a spot after which the target is lost, ps.
        public var coast: Int64 = 2_000_000_000_000

        /// 8 of 10 frames within 15 microradian; 10 ms of patience, two seconds of coasting.
        public init() {}
    }

    /// Where the fine loop stands.
    public enum State: Equatable, Sendable, BitwiseCopyable {
        /// No spot was ever seen, or none for too long.
        case lost
        /// A spot is seen and is on its way to the set point.
        case closing
        /// It is held.
        case locked
        /// It was seen, and is not now: the loop goes on by prediction.
        case coasting
    }

    /// What counts as held.
    public let settings: Settings
    /// Where the loop stands.
    public private(set) var state = State.lost
    private var held: UInt64 = 0
    private var lastSeen: Int64 = 0

    /// A detector that has seen nothing; settings out of range are brought into it.
    public init(settings: Settings = Settings()) {
        var settings = settings
        settings.frames = min(max(settings.frames, 1), 64)
        settings.needed = min(max(settings.needed, 1), settings.frames)
        settings.least = min(max(settings.least, 0), settings.needed)
        self.settings = settings
    }

    /// Takes in a frame at `time`, ps: how far the spot is from the set point, `nil` if unseen.
    public mutating func take(_ residual: FieldAngle?, at time: Int64) -> State {
        guard let residual else {
            let gap = time &- lastSeen
            guard state != .lost, gap > settings.patience else { return state }
            state = gap > settings.coast ? .lost : .coasting
            // What was held before a fade says nothing of after it.
            held = 0
            return state
        }
        lastSeen = time
        held = held &<< 1
        if residual.length <= settings.radius { held |= 1 }
        let mask: UInt64 =
            settings.frames == 64 ? .max : (1 &<< bits(settings.frames)) &- 1
        let count = (held & mask).nonzeroBitCount
        if count >= settings.needed {
            state = .locked
        } else if state != .locked || count < settings.least {
            state = .closing
        }
        return state
    }

    private func bits(_ count: Int) -> UInt64 { UInt64(widening: count) }
}
