public import BoardFile
public import Calibration

/// What a procedure found.
public struct CalibrationOutcome: Sendable {
    /// One value with its limit.
    public struct Value: Equatable, Sendable {
        /// What it is, such as `dead_time`.
        public var name: String
        /// The detector: H, V, D or A; `nil` for none or all.
        public var detector: String?
        /// The value with its uncertainty.
        public var estimate: Estimate
        /// Unit of value, sigma and limit; empty for a ratio or a share.
        public var unit: String
        /// What it must keep to; `nil`: it is reported only.
        public var limit: CalibrationLimit?
        /// The board's key that sets the limit.
        public var limitKey: String?

        /// How the value stands to its limit; `nil` without one.
        public var verdict: CalibrationVerdict? { limit?.verdict(of: estimate) }

        /// Name and detector in words, as `dead time H`.
        public var label: String {
            name.replacing("_", with: " ") + (detector.map { " \($0)" } ?? "")
        }
    }

    /// One raw histogram or list of steps.
    public struct Histogram: Equatable, Sendable {
        /// What it is, and of which detector.
        public var name: String
        /// Where the first bin begins, or the first step lies, in ``unit``.
        public var first: Double
        /// Width of a bin, or distance of two steps, in ``unit``.
        public var step: Double
        /// Unit of the axis.
        public var unit: String
        /// Counts by bin or step.
        public var counts: [Double]
    }

    /// Which calibration.
    public var item: Board.Calibration.Item
    /// What was found.
    public var values: [Value] = []
    /// Time for which the tagger counted, s.
    public var detectorSeconds = 0.0
    /// Detections of the four detectors that were taken in.
    public var counts: Int64 = 0
    /// Temperatures by detector, degrees Celsius, where there are sensors.
    public var temperatures: [String: Double] = [:]
    /// The raw histograms.
    public var histograms: [Histogram] = []
    /// What was assumed, or what was odd.
    public var notes: [String] = []
    /// Arguments that differ from the usual ones.
    public var arguments: [String: Double] = [:]
    /// Whether the bench was a simulated one.
    public var isSimulated = false

    init(_ item: Board.Calibration.Item) { self.item = item }

    /// The worst verdict of all values.
    public var verdict: CalibrationVerdict {
        let all = values.compactMap(\.verdict)
        if all.contains(.missed) { return .missed }
        return all.contains(.unclear) ? .unclear : .met
    }

    mutating func add(
        _ name: String, _ detector: String? = nil, _ estimate: Estimate, unit: String,
        limit: CalibrationLimit? = nil, key: String? = nil
    ) {
        values.append(
            Value(
                name: name, detector: detector, estimate: estimate, unit: unit, limit: limit,
                limitKey: key.map { "calibration.limits.\($0)" }))
    }

    /// The value called `name` of `detector`.
    public func value(_ name: String, _ detector: String? = nil) -> Value? {
        values.first { $0.name == name && $0.detector == detector }
    }

    /// The raw histograms as text: what the record's digest is of. Empty bins are left out.
    public var histogramText: String {
        guard !histograms.isEmpty else { return "" }
        var text = "# lodestar-histogram-1 \(item.rawValue)\n"
        for histogram in histograms {
            text +=
                "series \(histogram.name), bin i begins at \(histogram.first) + "
                + "i x \(histogram.step) \(histogram.unit), \(histogram.counts.count) bins\n"
            for (index, count) in histogram.counts.enumerated() where count != 0 {
                text += "\(index) \(Text.fixed(count, 3))\n"
            }
        }
        return text
    }
}

extension CalibrationVerdict {
    /// The verdict in a word.
    public var word: String {
        switch self {
        case .met: "met"
        case .unclear: "unclear"
        case .missed: "missed"
        }
    }
}
