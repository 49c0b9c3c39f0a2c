public import Quantities
import Tracking

/// Whether the telescope looks far enough from the Sun.
public enum SunInterlock {
    /// The declared limits.
    public struct Rule: Equatable, Sendable, BitwiseCopyable {
        /// Least angle to the Sun, rad.
        public var cone: Double
        /// Age from which the telescope's direction counts as missing, ps.
        public var stale: Int64
        /// Age from which the Sun's direction does, ps; it moves a degree in four minutes.
        public var sunStale: Int64

        /// A rule with every field given.
        public init(
            cone: Double, stale: Int64 = 1_000_000_000_000, sunStale: Int64 = 60_000_000_000_000
        ) {
            self.cone = cone
            self.stale = stale
            self.sunStale = sunStale
        }
    }

    /// What the interlock says.
    public struct Verdict: Equatable, Sendable {
        /// Whether the telescope may look there.
        public var isClear: Bool
        /// Why not.
        public var reasons: InterlockReasons
        /// Angle to the Sun, rad; `nil` if nobody knows.
        public var angle: Double?
    }

    /// Evaluates the interlock.
    ///
    /// - Parameters:
    ///   - telescope: Where it looks, `nil` if unknown.
    ///   - sun: Where the Sun stands, below the horizon too, `nil` if unknown. At night it
    ///     forbids nothing, as its cone is then below the horizon.
    public static func evaluate(
        telescope: TimedInput<SkyDirection>?, sun: TimedInput<SkyDirection>?, at now: Int64,
        rule: Rule
    ) -> Verdict {
        guard let axis = telescope?.fresh(at: now, age: rule.stale),
            let sun = sun?.fresh(at: now, age: rule.sunStale)
        else { return Verdict(isClear: false, reasons: .staleInput, angle: nil) }
        let angle = SkyAngle.between(axis, sun)
        guard angle.isFinite else {
            return Verdict(isClear: false, reasons: .staleInput, angle: nil)
        }
        let isClear = angle >= rule.cone
        return Verdict(isClear: isClear, reasons: isClear ? .none : .sun, angle: angle)
    }
}
