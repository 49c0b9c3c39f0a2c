/// Whether the detector shutters may be open.
///
/// Open only while pass control permits it, the fine loop is closed, the Sun is far and all count
/// rates are below their limit, all freshly known and for the hold-off time. A rate over the limit
/// latches: the shutters then stay closed until somebody takes the latch off.
public enum ShutterInterlock {
    /// Detectors of a receiver.
    public static let detectors = 4

    /// The declared limits.
    public struct Rule: Equatable, Sendable, BitwiseCopyable {
        /// Most counts per second of one detector.
        public var rateLimit: Double
        /// Age from which an input counts as missing, ps.
        public var stale: Int64
        /// Time for which all must have been well, ps.
        public var holdOff: Int64

        /// A rule with every field given.
        public init(
            rateLimit: Double, stale: Int64 = 200_000_000_000, holdOff: Int64 = 50_000_000_000
        ) {
            self.rateLimit = rateLimit
            self.stale = stale
            self.holdOff = holdOff
        }
    }

    /// What is known now; `nil` where nothing is.
    public struct Inputs: Sendable {
        /// Pass control permits it.
        public var isPermitted: Bool
        /// The fine loop is closed and holds.
        public var isLoopClosed: TimedInput<Bool>?
        /// Counts per second of each detector.
        public var rates: TimedInput<InlineArray<4, Double>>?
        /// What the Sun interlock says.
        public var isSunClear: Bool

        /// Inputs with every field given.
        public init(
            isPermitted: Bool, isLoopClosed: TimedInput<Bool>?,
            rates: TimedInput<InlineArray<4, Double>>?, isSunClear: Bool
        ) {
            self.isPermitted = isPermitted
            self.isLoopClosed = isLoopClosed
            self.rates = rates
            self.isSunClear = isSunClear
        }
    }

    /// What is remembered between evaluations.
    public struct Memory: Equatable, Sendable, BitwiseCopyable {
        /// A rate was over the limit.
        public internal(set) var isLatched = false
        /// How long all was well.
        public internal(set) var holdOff = HoldOff()

        /// Nothing happened yet.
        public init() {}

        /// Without the latch: somebody looked at the detectors and found them well. A rate that is
        /// still over the limit latches again at the next evaluation.
        public func unlatched() -> Memory {
            var memory = self
            memory.isLatched = false
            memory.holdOff = HoldOff()
            return memory
        }
    }

    /// What the interlock says.
    public struct Verdict: Sendable {
        /// Whether the shutters may be open.
        public var isOpen: Bool
        /// Why not.
        public var reasons: InterlockReasons
        /// To be handed in at the next evaluation.
        public var memory: Memory
    }

    /// Evaluates the interlock; call it with every pointing sample and every count of rates.
    public static func evaluate(
        _ inputs: Inputs, memory: Memory, at now: Int64, rule: Rule
    ) -> Verdict {
        var next = memory
        var reasons = InterlockReasons.none
        reasons.add(.notWanted, if: !inputs.isPermitted)
        reasons.add(.sun, if: !inputs.isSunClear)
        let isClosed = inputs.isLoopClosed?.fresh(at: now, age: rule.stale)
        let rates = inputs.rates?.fresh(at: now, age: rule.stale)
        reasons.add(.staleInput, if: isClosed == nil || rates == nil)
        reasons.add(.loopOpen, if: isClosed == false)
        // Even old news of a rate over the limit latches.
        if let counted = inputs.rates?.value, !areWithin(rule.rateLimit, counted) {
            reasons.add(.rate, if: true)
            next.isLatched = true
        }
        reasons.add(.latched, if: next.isLatched)
        let isReady = next.holdOff.take(isClear: reasons.isEmpty, at: now, span: rule.holdOff)
        reasons.add(.holdOff, if: reasons.isEmpty && !isReady)
        return Verdict(isOpen: reasons.isEmpty, reasons: reasons, memory: next)
    }

    private static func areWithin(_ limit: Double, _ rates: InlineArray<4, Double>) -> Bool {
        for index in rates.indices {
            // A NaN is within nothing.
            guard rates[index] >= 0, rates[index] <= limit else { return false }
        }
        return true
    }
}
