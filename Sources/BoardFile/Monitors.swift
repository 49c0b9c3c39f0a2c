extension Board {
    /// What the security monitors expect of the detectors, and what an alarm does.
    public struct Monitors: Equatable, Sendable {
        /// Whether they watch.
        public internal(set) var isOn = false
        /// False alarms allowed on average in 1,000 passes.
        public internal(set) var falseAlarms: Double = 0
        /// Windows in which an epoch is counted.
        public internal(set) var window: Int64 = 0
        /// Most counts of one detector that satellite, sky and detector make together, Hz; `nil`:
        /// what the simulated world gives, or 1 MHz.
        public internal(set) var highestRate: Double?
        /// Calibrated dark counts per detector, Hz; `nil`: the simulated world's, or none expected.
        public internal(set) var darkRate: Double?
        /// Calibrated dark counts of H, V, D and A, Hz, in place of ``darkRate``; empty: none.
        public internal(set) var darkRates: [Double] = []
        /// Sky light per detector that was measured just before the pass, Hz.
        public internal(set) var skyRate: Double = 0
        /// Least share of both that must be there.
        public internal(set) var darkShare: Double = 0
        /// Calibrated jitter with the satellite's pulse, rms, ps; `nil`: the simulated world's, or
        /// what fills the gate.
        public internal(set) var jitter: Int64?
        /// Least jitter of H, V, D and A by themselves, rms, ps; empty: as ``jitter``.
        public internal(set) var leastJitters: [Double] = []
        /// Calibrated place of each detector's clicks in the slot, ps from its centre.
        public internal(set) var phases: [Double] = []
        /// By how much places may drift, ps.
        public internal(set) var phaseTolerance: Int64 = 0
        /// By how much the variance of the places may be larger or smaller, as a fraction.
        public internal(set) var spreadTolerance: Double = 0
        /// Wrong port in the right basis; `nil`: the simulated world's, or 0.
        public internal(set) var portError: Double?
        /// By how much the coincidences to expect may be wrong, as a fraction.
        public internal(set) var coincidenceTolerance: Double = 0
        /// Dead time of one detector, ps; `nil`: the simulated world's, or none watched.
        public internal(set) var deadTime: Int64?
        /// By how much shorter an interval may be, ps.
        public internal(set) var deadTimeTolerance: Int64 = 0
        /// Share of tags that may come sooner.
        public internal(set) var shortShare: Double = 0
        /// Share of clicks that after-pulses may follow within the common dead time.
        public internal(set) var afterpulseShare: Double = 0
        /// Chance that a click makes another one in one other detector.
        public internal(set) var crosstalkShare: Double = 0
        /// Share of ones to expect: rectilinear, diagonal.
        public internal(set) var oneShares: [Double] = []
        /// Share of clicks to expect in the rectilinear basis.
        public internal(set) var rectilinearShare: Double = 0
        /// By how much these shares may be wrong.
        public internal(set) var shareTolerance: Double = 0
        /// Time between two stretches in which the detectors are gated off, ps; 0: never.
        public internal(set) var blankPeriod: Int64 = 0
        /// Length of such a stretch, ps.
        public internal(set) var blankTime: Int64 = 0
        /// What of either end of it is not counted, ps.
        public internal(set) var blankMargin: Int64 = 0
        /// Counts that a detector may make while it is gated off, Hz.
        public internal(set) var blankedRate: Double = 0
        /// Epochs that may be excluded; one more ends key making.
        public internal(set) var mostExcluded: Int64 = 0
        /// Which calibration records gave what: `dark_rates_hz=FILE dead_time=FILE`; `nil`: none.
        public internal(set) var records: String?
        /// What an alarm of each monitor does: `flag`, `exclude` or `abort`.
        public internal(set) var effects = Effects()

        /// What an alarm of each monitor does: `flag`, `exclude` or `abort`.
        public struct Effects: Equatable, Sendable {
            /// Bright light.
            public internal(set) var rateCeiling = ""
            /// Detectors held blind.
            public internal(set) var darkCountsMissing = ""
            /// Too many double clicks.
            public internal(set) var doubleClicksMany = ""
            /// Too few double clicks.
            public internal(set) var doubleClicksFew = ""
            /// Too many cross clicks.
            public internal(set) var crossClicksMany = ""
            /// Too few cross clicks.
            public internal(set) var crossClicksFew = ""
            /// A detector's clicks moved in the slot.
            public internal(set) var phaseShift = ""
            /// A detector's clicks spread in the slot.
            public internal(set) var phaseSpread = ""
            /// A detector's clicks sharper in the slot than its jitter allows.
            public internal(set) var phaseSharp = ""
            /// Clicks within the dead time.
            public internal(set) var deadTime = ""
            /// Clicks while gated off.
            public internal(set) var blankedCounts = ""
            /// Ones and zeros out of balance.
            public internal(set) var bitBias = ""
            /// The bases out of balance.
            public internal(set) var basisBias = ""
        }
    }
}
