public import BoardFile
public import CalibrationRecords

extension CalibrationOutcome {
    /// What is recorded of it.
    ///
    /// - Parameters:
    ///   - time: When it was measured, seconds since 1970, UTC.
    ///   - seed: Of the simulated bench; `nil` for a live one.
    public func record(
        board: Board, operator: String, time: Int64, seed: UInt64?
    ) -> CalibrationRecord {
        var record = CalibrationRecord(
            item: item.rawValue, timeUTC: time, operator: `operator`, board: board.name,
            boardSha256: Hex.sha256(Array(board.text.utf8)), simulated: isSimulated,
            verdict: verdict.word)
        record.seed = isSimulated ? seed : nil
        record.values = values.map(Self.value)
        record.temperatures = temperatures
        record.arguments = arguments
        record.detectorSeconds = detectorSeconds
        record.notes = notes
        return record
    }

    private static func value(_ found: Value) -> CalibrationRecord.Value {
        var value = CalibrationRecord.Value(
            name: found.name, detector: found.detector, value: found.estimate.value,
            sigma: found.estimate.sigma, unit: found.unit, counts: found.estimate.counts)
        value.lowest = found.limit.flatMap { $0.lowest.isFinite ? $0.lowest : nil }
        value.highest = found.limit.flatMap { $0.highest.isFinite ? $0.highest : nil }
        value.limitKey = found.limitKey
        value.verdict = found.verdict?.word
        return value
    }
}

extension CalibrationRecord {
    /// The record as lines for a person: a heading, a line per value, the notes.
    public var lines: [String] {
        let drawn = seed.map { ", seed \($0)" } ?? ""
        let bench = simulated ? "SIMULATED bench" + drawn : "live bench"
        var lines = ["\(item): \(verdict.isEmpty ? "-" : verdict), \(bench), board \(board)"]
        if let reason, let validUntilUTC {
            lines.append("  passes may run until \(CalendarTime.text(validUntilUTC)): \(reason)")
        }
        let labels = values.map { $0.label.replacing("_", with: " ") }
        let width = labels.map(\.count).max() ?? 0
        for (label, value) in zip(labels, values) {
            let padding = String(repeating: " ", count: width - label.count)
            lines.append("  \(label)\(padding)  \(value.text)")
        }
        for (name, degrees) in temperatures.sorted(by: { $0.key < $1.key }) {
            lines.append("  temperature \(name)  \(Text.fixed(degrees, 1)) degC")
        }
        lines += notes.map { "  note: \($0)" }
        return lines
    }
}

extension CalibrationRecord.Value {
    /// Value, uncertainty, limit and verdict, as `21,998 +- 2 ps  (21000 to 23000: met)`.
    public var text: String {
        // Two digits of the uncertainty say all there is to say.
        let unitText = unit.isEmpty ? "" : " \(unit)"
        let text = Self.rounded(value, sigma) + " +- " + Text.number(sigma, 2) + unitText
        guard let verdict else { return text }
        let allowed: String
        switch (lowest, highest) {
        case (let low?, let high?): allowed = "\(Text.number(low, 6)) to \(Text.number(high, 6))"
        case (nil, let high?): allowed = "up to \(Text.number(high, 6))"
        case (let low?, nil): allowed = "at least \(Text.number(low, 6))"
        case (nil, nil): allowed = "any"
        }
        return "\(text)  (\(allowed)): \(verdict)"
    }

    /// `value` to the second digit of `sigma`.
    static func rounded(_ value: Double, _ sigma: Double) -> String {
        guard sigma > 0, sigma.isFinite else { return Text.number(value, 6) }
        var decimals = 1
        var size = sigma
        while size < 1, decimals < 9 {
            size *= 10
            decimals += 1
        }
        if sigma >= 10 { decimals = 0 }
        return Text.fixed(value, decimals)
    }
}
