public import Quantities

/// The last stop before a mirror: keeps commands numbers, inside the stroke and slow enough, and
/// brings the mirror to its centre when commands stop coming.
public struct MirrorGuard: Sendable {
    /// What a mirror can do.
    public struct Limits: Equatable, Sendable, BitwiseCopyable {
        /// Largest tilt about either axis, rad, more than 0.
        public var stroke: Double
        /// Fastest motion of either axis, rad/s, more than 0.
        public var slew: Double
        /// Time without a command after which the mirror goes to its centre, ps.
        public var watchdog: Int64
        /// How fast it then goes, rad/s: slow enough for the mount to follow.
        public var homing: Double

        /// Limits, by default with a watchdog of 200 ms.
        public init(
            stroke: Double, slew: Double, watchdog: Int64 = 200_000_000_000, homing: Double = 1e-3
        ) {
            self.stroke = stroke
            self.slew = slew
            self.watchdog = watchdog
            self.homing = homing
        }
    }

    /// What was done to a command.
    public struct Outcome: Equatable, Sendable, BitwiseCopyable {
        /// What the mirror is to be given.
        public var tilt: MirrorTilt
        /// Whether the stroke cut it.
        public var isAtStroke = false
        /// Whether the slew limit cut it.
        public var isSlewing = false
        /// Whether it was no number and the last command stands.
        public var isRefused = false
        /// Whether the watchdog took over.
        public var isHoming = false
    }

    /// What the mirror can do.
    public let limits: Limits
    /// What it was last given.
    public private(set) var last = MirrorTilt.centre
    /// Commands that were no numbers, since the start.
    public private(set) var refused: Int64 = 0
    /// Times that the watchdog took over, since the start.
    public private(set) var watchdogs: Int64 = 0

    private var lastTime: Int64?
    private var lastCommand: Int64?
    private var isHoming = false

    /// A guard before a mirror that rests at its centre.
    public init(_ limits: Limits) {
        precondition(limits.stroke > 0 && limits.slew > 0 && limits.homing > 0)
        self.limits = limits
    }

    /// The command `wanted` at time `now`, ps, as the mirror may have it.
    public mutating func pass(_ wanted: MirrorTilt, at now: Int64) -> Outcome {
        guard wanted.isFinite else {
            refused &+= 1
            // A controller that only makes nonsense is as good as none: the watchdog runs on.
            var outcome = tick(at: now) ?? Outcome(tilt: last)
            outcome.isRefused = true
            return outcome
        }
        lastCommand = now
        isHoming = false
        return move(to: wanted, slew: limits.slew, at: now)
    }

    /// What to give the mirror when no command came by time `now`, ps; `nil` while there is no
    /// reason to move.
    public mutating func tick(at now: Int64) -> Outcome? {
        guard let command = lastCommand, now &- command > limits.watchdog else { return nil }
        if !isHoming {
            isHoming = true
            watchdogs &+= 1
            lastTime = now
        }
        var outcome = move(to: .centre, slew: limits.homing, at: now)
        outcome.isHoming = true
        return outcome
    }

    private mutating func move(to wanted: MirrorTilt, slew: Double, at now: Int64) -> Outcome {
        var outcome = Outcome(tilt: wanted)
        outcome.tilt.a = clamp(wanted.a, limits.stroke)
        outcome.tilt.b = clamp(wanted.b, limits.stroke)
        outcome.isAtStroke = outcome.tilt != wanted
        if let lastTime {
            // After a long silence a step is as good as a motion: a second is more than enough.
            let seconds = min(max(Double(now &- lastTime) * 1e-12, 0), 1)
            let reach = slew * seconds
            let move = outcome.tilt - last
            let cut = MirrorTilt(a: clamp(move.a, reach), b: clamp(move.b, reach))
            outcome.isSlewing = cut != move
            outcome.tilt = last + cut
        }
        lastTime = now
        last = outcome.tilt
        return outcome
    }

    private func clamp(_ value: Double, _ limit: Double) -> Double {
        min(max(value, -limit), limit)
    }
}
