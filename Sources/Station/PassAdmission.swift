public import BoardFile
public import CalibrationRecords
import Foundation

/// Whether the calibration records let a pass begin, and what the pass takes from them.
public struct PassAdmission: Sendable {
    /// What the records say.
    public let admission: Admission
    /// The board with the values of the records, where it asks for them.
    public let board: Board
    /// What the pass took from the records, a line for each.
    private let used: [String]
    /// The folder that was looked at.
    public let directory: String

    /// Looks at the records of `board`.
    ///
    /// - Parameters:
    ///   - records: The folder; `nil`: as the board says.
    ///   - now: Seconds since 1970, UTC; `nil`: the system's idea of it.
    public init(board: Board, records: String? = nil, now: Int64? = nil) {
        directory = records ?? board.paths.calibration
        let place = board.isSimulated ? directory : board.paths.keys
        admission = Admission(
            board: board, directory: directory,
            key: StationKey.publicText(at: place + "/" + StationKey.fileName),
            now: now ?? Int64(Date().timeIntervalSince1970))
        (self.board, used) =
            board.calibration.usesRecords ? Self.apply(admission.records, to: board) : (board, [])
    }

    /// The refusal in words, if the pass may not begin.
    public var refusal: String? { admission.state == .refused ? admission.refusal : nil }

    private static func apply(
        _ records: [Board.Calibration.Item: StoredRecord], to board: Board
    ) -> (Board, [String]) {
        var used: [String] = []
        func values(
            _ item: Board.Calibration.Item, _ name: String
        ) -> [CalibrationRecord.Value]? {
            let found = ["H", "V", "D", "A"].compactMap { records[item]?.record.value(name, $0) }
            return found.count == 4 ? found : nil
        }
        func note(_ item: Board.Calibration.Item, _ words: String) {
            used.append("\(words) (\(records[item]?.file ?? ""))")
        }
        let skews = values(.skew, "skew").map { $0.map(\.value) }
        if let skews {
            let text = zip(["H", "V", "D", "A"], skews).map { "\($0) \(fixed($1, 1)) ps" }
            note(.skew, "skews " + text.joined(separator: ", "))
        }
        // All detectors are ignored at least as long as the slowest of them is blind.
        let longest = values(.deadTime, "dead_time")?.map { $0.value + 5 * $0.sigma }.max()
        let deadTime = longest.map { max(Int64($0.rounded(.up)), board.gate.deadTime) }
        if let longest, let deadTime {
            note(
                .deadTime,
                "dead time of the gate \(deadTime) ps, the longest measured being "
                    + "\(fixed(longest, 0)) ps")
        }
        // What is not known for sure counts for the eavesdropper.
        var ratio = board.distillation.efficiencyRatio
        if let mismatch = records[.efficiency]?.record.value("efficiency_mismatch") {
            var greatest = mismatch.value + 2 * mismatch.sigma
            if let gate = records[.gate]?.record.value("gate_mismatch") {
                greatest *= gate.value + 2 * gate.sigma
            }
            ratio = min(ratio, 1 / max(greatest, 1))
            note(.efficiency, "efficiency ratio \(fixed(ratio, 4))")
        }
        let monitors = board.monitors
        let watched =
            monitors.isOn ? MonitorRecords(records, shortShare: monitors.shortShare) : nil
        let applied = board.calibrated(
            skews: skews, deadTime: deadTime, efficiencyRatio: ratio, monitors: watched?.findings)
        return (applied, used + (watched?.words ?? []))
    }

    private static func fixed(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }

    /// What the summary says of it; `nil` where the board asks for no records.
    var summary: PassSummary.Calibration? {
        guard admission.state != .notRequired || !used.isEmpty else { return nil }
        var summary = PassSummary.Calibration()
        summary.state = admission.state.rawValue
        summary.problems = admission.problems
        summary.used = used
        summary.records = admission.records.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            let day = CalendarTime.text($0.value.record.timeUTC)
            let kind = $0.value.record.simulated ? ", simulated" : ""
            return "\($0.key.rawValue) of \(day), \($0.value.record.verdict)\(kind)"
        }
        if admission.state == .overridden, let record = admission.override?.record {
            summary.overriddenBy = record.operator
            summary.reason = record.reason
        }
        return summary
    }

    /// What the report's events say of it.
    var note: String? {
        guard let record = admission.override?.record, admission.state == .overridden else {
            return nil
        }
        return "records do not allow a pass; \(record.operator) let it run: "
            + "\(record.reason ?? "") [\(admission.problems.joined(separator: "; "))]"
    }

    /// Leaves the refusal in the directory of a pass that was not begun, where one is given.
    func writeRefusal(to directory: String?) {
        guard let directory, refusal != nil else { return }
        var summary = PassSummary()
        summary.board = board.name
        summary.simulated = board.isSimulated
        summary.problem = "refused: the calibration records do not allow a pass"
        summary.calibration = self.summary
        // The refusal itself is thrown; this file only keeps it.
        try? FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        try? summary.write(to: directory, telemetry: nil)
    }
}

extension PassSummary {
    /// What the calibration records had to do with the pass.
    public struct Calibration: Codable, Equatable, Sendable {
        /// `complete`, `overridden`, `refused` or `not required`.
        public var state = ""
        /// What is wrong with the records.
        public var problems: [String] = []
        /// Who let the pass run in spite of it.
        public var overriddenBy: String?
        /// Why.
        public var reason: String?
        /// The newest good records, with their dates.
        public var records: [String] = []
        /// What the pass took from them in place of the board's values.
        public var used: [String] = []
        /// Nothing yet.
        public init() {}
    }
}
