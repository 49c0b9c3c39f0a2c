extension Board.Monitors {
    /// What calibrations found of what the monitors expect, each already as far to the safe side as its
    /// uncertainty asks; what is `nil` stays as the board has it.
    public struct Findings: Equatable, Sendable {
        /// Least dark counts of H, V, D and A, Hz.
        public var darkRates: [Double]?
        /// Least jitter of H, V, D and A, rms, ps.
        public var leastJitters: [Double]?
        /// Shortest dead time of a detector, ps.
        public var deadTime: Int64?
        /// Greatest share of intervals below the dead time: double edges.
        public var shortShare: Double?
        /// Greatest share of clicks that an after-pulse follows.
        public var afterpulseShare: Double?
        /// Greatest chance that a click makes another one in one other detector.
        public var crosstalkShare: Double?
        /// Chance that a photon leaves by the wrong port of its basis.
        public var portError: Double?
        /// Share of ones: rectilinear, diagonal.
        public var oneShares: [Double]?
        /// What is added to the tolerance of these shares.
        public var shareMargin = 0.0
        /// What is added to the tolerance of the places in the slot, ps.
        public var phaseMargin = 0.0
        /// Which record gave which key of `[monitors]`.
        public var records: [(key: String, file: String)] = []

        /// Nothing found.
        public init() {}

        /// Whether all of it is the same.
        public static func == (one: Self, other: Self) -> Bool {
            one.darkRates == other.darkRates && one.leastJitters == other.leastJitters
                && one.deadTime == other.deadTime && one.shortShare == other.shortShare
                && one.afterpulseShare == other.afterpulseShare
                && one.crosstalkShare == other.crosstalkShare && one.portError == other.portError
                && one.oneShares == other.oneShares && one.shareMargin == other.shareMargin
                && one.phaseMargin == other.phaseMargin
                && one.records.map(\.key) == other.records.map(\.key)
                && one.records.map(\.file) == other.records.map(\.file)
        }
    }

    /// Takes what was found, within what the keys allow: the board is written down, and read again.
    mutating func take(_ found: Findings) {
        func within(_ value: Double, _ range: ClosedRange<Double>) -> Double {
            min(max(value, range.lowerBound), range.upperBound)
        }
        if let rates = found.darkRates, rates.count == 4 {
            darkRates = rates.map { within($0, 0...1e7) }
        }
        if let jitters = found.leastJitters, jitters.count == 4 {
            leastJitters = jitters.map { within($0, 0...10_000) }
        }
        if let time = found.deadTime { deadTime = min(max(time, 0), 60_000_000) }
        if let share = found.shortShare { shortShare = within(share, 0...1) }
        if let share = found.afterpulseShare { afterpulseShare = within(share, 0...1) }
        if let share = found.crosstalkShare { crosstalkShare = within(share, 0...1) }
        if let error = found.portError { portError = within(error, 0...0.5) }
        if let shares = found.oneShares, shares.count == 2 {
            oneShares = shares.map { within($0, 0.01...0.99) }
            shareTolerance = within(shareTolerance + max(found.shareMargin, 0), 0...1)
        }
        let margin = max(found.phaseMargin, 0).rounded(.up)
        phaseTolerance = min(phaseTolerance + Int64(within(margin, 0...10_000)), 10_000)
        guard !found.records.isEmpty else { return }
        records = found.records.map { "\($0.key)=\($0.file)" }.joined(separator: " ")
    }

    /// The record that gave the value of a key, such as `dead_time`; `nil` if the board did.
    public func record(of key: String) -> String? {
        let words = (records ?? "").split(separator: " ").map { $0.split(separator: "=") }
        return words.first { $0.count == 2 && $0[0] == key }.map { String($0[1]) }
    }
}
