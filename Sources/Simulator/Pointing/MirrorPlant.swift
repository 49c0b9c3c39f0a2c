public import Quantities

/// A fast steering mirror as physics: transport delay, second-order resonance, stroke, noise.
public struct MirrorPlant: Sendable {
    /// What the mirror is like.
    public struct Parameters: Equatable, Sendable {
        /// From a command's arrival to when the mirror begins to move, ps.
        public var delay: Int64 = 500_000_000
        /// Natural frequency of each axis, Hz; `nil` for a mirror that follows at once.
        public var resonance: Double? = 800
        /// Damping ratio of the resonance, more than 0.
        public var damping = 0.5
        /// Largest tilt of each axis, rad.
        public var stroke = 26e-3
        /// Noise of the tilt, rad rms, drawn anew for each mean that is asked for.
        public var noise = 0.0

        /// A mirror like a Newport FSM-300 on its data sheet: 26 mrad, 800 Hz.
        public init() {}
    }

    /// One command under way.
    private struct Command {
        var start: Int64
        var tilt: MirrorTilt
    }

    /// What the mirror is like.
    public let parameters: Parameters
    /// Commands under way; few, for each is soon carried out.
    private var pending: [Command] = []
    private var target = MirrorTilt.centre
    private var tilt = MirrorTilt.centre
    private var rate = MirrorTilt.centre
    private var time: Int64
    private var generator: SeededGenerator

    /// A mirror at rest at its centre at `time`, ps.
    public init(_ parameters: Parameters = Parameters(), at time: Int64 = 0, seed: UInt64 = 1) {
        self.parameters = parameters
        self.time = time
        generator = SeededGenerator(seed: seed, stream: PointingStream.mirror.rawValue)
        pending.reserveCapacity(64)
    }

    /// Gives the mirror a command at `now`, ps, which is not before the last one; what is no number
    /// is ignored, as a mirror's electronics would.
    public mutating func command(_ wanted: MirrorTilt, at now: Int64) {
        guard wanted.isFinite else { return }
        let limit = parameters.stroke
        let reachable = MirrorTilt(
            a: min(max(wanted.a, -limit), limit), b: min(max(wanted.b, -limit), limit))
        pending.append(Command(start: now &+ parameters.delay, tilt: reachable))
    }

    /// Where the mirror stands at `now`, ps, which is not before the last call's.
    public mutating func tilt(at now: Int64) -> MirrorTilt {
        advance(to: now)
        return tilt
    }

    /// Mean tilt of the time from `start` to `end`, ps, which do not lie before the last call's,
    /// with the mirror's noise.
    public mutating func meanTilt(from start: Int64, to end: Int64) -> MirrorTilt {
        advance(to: start)
        var mean = tilt
        if end > start {
            // The mean of the eight middles of eighths; ringing is slower than that.
            mean = .centre
            let eighth = (end &- start) / 8
            for i in 0..<8 {
                advance(to: start &+ eighth &* Int64(i) &+ eighth / 2)
                mean = mean + 0.125 * tilt
            }
            advance(to: end)
        }
        guard parameters.noise > 0 else { return mean }
        return mean
            + parameters.noise * MirrorTilt(a: generator.normal(), b: generator.normal())
    }

    private mutating func advance(to now: Int64) {
        while let next = pending.first, next.start <= now {
            move(to: max(next.start, time))
            target = next.tilt
            pending.removeFirst()
        }
        move(to: now)
    }

    /// The exact motion of a damped oscillator towards a constant target.
    private mutating func move(to now: Int64) {
        guard now > time else { return settleIfRigid() }
        let seconds = Double(now &- time) * 1e-12
        time = now
        guard let resonance = parameters.resonance else { return settleIfRigid() }
        let omega = 6.283_185_307_179_586 * resonance
        let damping = min(max(parameters.damping, 0.001), 0.999)
        let (decay, turn) = (damping * omega, omega * (1 - damping * damping).squareRoot())
        let fade = Elementary.exp(-decay * seconds)
        let (cosine, sine) = (
            Elementary.cos(turn * seconds), Elementary.sin(turn * seconds) / turn
        )
        let off = tilt - target
        tilt = target + fade * ((cosine + decay * sine) * off + sine * rate)
        rate = fade * ((cosine - decay * sine) * rate - (omega * omega * sine) * off)
    }

    private mutating func settleIfRigid() {
        if parameters.resonance == nil { tilt = target }
    }
}
