/// Whether the uplink laser may be on.
///
/// On only while it is wanted, the telescope looks above the mask, the aircraft input is clear and
/// the link is held, all of them freshly known and for the hold-off time. Off at once otherwise.
public enum LaserInterlock {
    /// The declared limits.
    public struct Rule: Equatable, Sendable, BitwiseCopyable {
        /// Lowest elevation at which the laser may be on anywhere, rad.
        public var elevationLowest: Double
        /// Age from which an input counts as missing, ps.
        public var stale: Int64
        /// Time for which all must have been well, ps.
        public var holdOff: Int64
        /// Time without the link that is a loss, ps.
        public var linkGrace: Int64

        /// A rule with every field given.
        public init(
            elevationLowest: Double, stale: Int64 = 500_000_000_000,
            holdOff: Int64 = 2_000_000_000_000, linkGrace: Int64 = 5_000_000_000_000
        ) {
            self.elevationLowest = elevationLowest
            self.stale = stale
            self.holdOff = holdOff
            self.linkGrace = linkGrace
        }
    }

    /// What is known now; `nil` where nothing is.
    public struct Inputs: Sendable {
        /// Pass control wants it.
        public var isWanted: Bool
        /// Elevation of the telescope, rad.
        public var elevation: TimedInput<Double>?
        /// Lowest usable elevation in its azimuth, rad, from the horizon mask.
        public var mask: Double
        /// The aircraft input says that the sky is clear.
        public var isSkyClear: TimedInput<Bool>?
        /// When the satellite was last seen by a camera or heard, ps. At the beginning of a pass,
        /// when the satellite waits for the laser, the time of the first look.
        public var linkSeen: Int64?

        /// Inputs with every field given.
        public init(
            isWanted: Bool, elevation: TimedInput<Double>?, mask: Double,
            isSkyClear: TimedInput<Bool>?, linkSeen: Int64?
        ) {
            self.isWanted = isWanted
            self.elevation = elevation
            self.mask = mask
            self.isSkyClear = isSkyClear
            self.linkSeen = linkSeen
        }
    }

    /// What the interlock says.
    public struct Verdict: Sendable {
        /// Whether the laser may be on.
        public var isOn: Bool
        /// Why not.
        public var reasons: InterlockReasons
        /// To be handed in at the next evaluation.
        public var holdOff: HoldOff
    }

    /// Evaluates the interlock; call it at least ten times per second.
    public static func evaluate(
        _ inputs: Inputs, holdOff: HoldOff, at now: Int64, rule: Rule
    ) -> Verdict {
        var reasons = InterlockReasons.none
        reasons.add(.notWanted, if: !inputs.isWanted)
        let elevation = inputs.elevation?.fresh(at: now, age: rule.stale)
        let isSkyClear = inputs.isSkyClear?.fresh(at: now, age: rule.stale)
        reasons.add(.staleInput, if: elevation == nil || isSkyClear == nil)
        if let elevation {
            // A NaN is above nothing; nor is anything above a NaN.
            let isAbove =
                elevation >= rule.elevationLowest && elevation >= inputs.mask
                && elevation <= .pi / 2 + 0.1
            reasons.add(.belowMask, if: !isAbove)
        }
        reasons.add(.aircraft, if: isSkyClear == false)
        let isHeld =
            inputs.linkSeen.map { Elapsed.isWithin(rule.linkGrace, from: $0, to: now) } ?? false
        reasons.add(.linkLost, if: !isHeld)
        var next = holdOff
        let isReady = next.take(isClear: reasons.isEmpty, at: now, span: rule.holdOff)
        reasons.add(.holdOff, if: reasons.isEmpty && !isReady)
        return Verdict(isOn: reasons.isEmpty, reasons: reasons, holdOff: next)
    }
}
