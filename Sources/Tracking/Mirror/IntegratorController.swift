public import Quantities

/// Leaky proportional-integral controller of one or both axes with a notch and anti-windup.
public struct IntegratorController: Sendable {
    /// Gains; the integrator alone, at its best gain for a delay of three frames.
    public struct Settings: Equatable, Sendable, BitwiseCopyable {
        /// Share of the error that is added each frame: about 0.6 of the stability limit
        /// 2 sin(pi/(2(2 D - 1))) for a delay of D frames.
        public var integral = 0.4
        /// Share of the error that counts at once.
        public var proportional = 0.0
        /// Share of the command that is forgotten each frame.
        public var leak = 0.000_5
        /// Mirror resonance to leave out, Hz; `nil` for none.
        public var notchFrequency: Double?
        /// Relative width of the notch.
        public var notchDamping = 0.5

        /// The usual gains.
        public init() {}

        /// Settings with the best integral gain for a delay of `frames` from sample to effect.
        public init(delay frames: Double) {
            self.init()
            integral = Self.stabilityLimit(delay: frames) * 0.65
        }

        /// Gain at which a pure integrator begins to oscillate.
        public static func stabilityLimit(delay frames: Double) -> Double {
            let turn = 3.141_592_653_589_793 / (2 * (2 * max(frames, 1) - 1))
            return 2 * Elementary.sin(turn)
        }
    }

    private let settings: Settings
    private var state = MirrorTilt.centre
    private var wanted = MirrorTilt.centre
    private var notchA: Notch?
    private var notchB: Notch?

    /// A controller at rest; `period` is that of the frames, s.
    public init(settings: Settings = Settings(), period: Double) {
        self.settings = settings
        if let frequency = settings.notchFrequency {
            notchA = Notch(frequency: frequency, damping: settings.notchDamping, period: period)
            notchB = notchA
        }
    }

    /// The next command, rad, for an error of `error` in the mirror's axes.
    public mutating func step(_ error: MirrorTilt) -> MirrorTilt {
        state = (1 - settings.leak) * state + settings.integral * error
        wanted = state + settings.proportional * error
        var output = wanted
        if notchA != nil {
            output.a = notchA?.filter(output.a) ?? output.a
            output.b = notchB?.filter(output.b) ?? output.b
        }
        wanted = output
        return output
    }

    /// Told what the mirror was given in place of the last command: what was cut off is taken off
    /// the integrator as well, so that it does not wind up.
    public mutating func applied(_ tilt: MirrorTilt) {
        if tilt != wanted { state = state + (tilt - wanted) }
        wanted = tilt
    }
}
