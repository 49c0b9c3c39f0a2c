import BoardFile
import CalibrationRecords
import Foundation
import Recorder

/// The page of a pass that was not begun: that it was refused, why, and what to do.
struct RefusedPass {
    /// What `summary.json` says of it.
    private struct Summary: Decodable {
        struct Calibration: Decodable {
            var state: String
            var problems: [String]?
            var records: [String]?
        }
        var board: String?
        var simulated: Bool?
        var problem: String?
        var calibration: Calibration?
    }

    private let summary: Summary
    /// When the summary was written, seconds since 1970, UTC.
    private let time: Int64?
    private let calibrations: [CalibrationRecord]

    /// Reads `summary.json` of `directory`; `nil` where it says nothing of a refusal.
    init?(directory: String, calibrations: [CalibrationRecord]) {
        let path = directory + "/summary.json"
        let decoder = JSONDecoder()
        guard let data = FileManager.default.contents(atPath: path),
            let summary = try? decoder.decode(Summary.self, from: data),
            summary.calibration?.state == "refused"
                || summary.problem?.hasPrefix("refused") == true
        else { return nil }
        self.summary = summary
        self.calibrations = calibrations
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        time = (attributes?[.modificationDate] as? Date).map { Int64($0.timeIntervalSince1970) }
    }

    /// The whole page.
    var html: String {
        let badge = PageFrame.badge(isSimulated: summary.simulated ?? false)
        let board = Markup.escape(summary.board ?? "unknown")
        let day = time.map { " \u{00B7} \(CalendarTime.text($0))" } ?? ""
        return PageFrame.html(
            title: "pass refused", style: Self.style,
            body: """
                <header><h1>Pass of board \(board)\(badge)</h1><p class="sub">No pass was begun\(day)</p></header>
                <p class="refused">REFUSED</p>
                <p class="why">\(Markup.escape(reason))</p>
                \(problems)
                \(advice)
                \(records)
                """)
    }

    private static let style = """
        .refused{font-size:3.4rem;font-weight:800;letter-spacing:.04em;line-height:1.1;
        color:var(--bad);margin:18px 0 6px}.why{font-size:1.15rem;margin:0}
        pre{white-space:pre-wrap}
        """

    private var reason: String {
        let text = summary.problem ?? "the calibration records do not allow a pass"
        let words = text.hasPrefix("refused: ") ? String(text.dropFirst(9)) : text
        return words.prefix(1).uppercased() + words.dropFirst() + "."
    }

    private var problems: String {
        table("Why", (summary.calibration?.problems ?? []).map(Self.parts))
    }

    /// `dark` and `there is no record` of one problem.
    private static func parts(_ problem: String) -> (String, String) {
        let words = problem.split(separator: ":", maxSplits: 1).map(String.init)
        guard words.count == 2 else { return ("", problem) }
        return (words[0], words[1].trimmingCharacters(in: .whitespaces))
    }

    /// What to type, the calibrations first.
    private var advice: String {
        var rows: [(String, String)] = []
        let known = (summary.calibration?.problems ?? []).map(Self.parts)
        var items: [String] = []
        for (name, _) in known where Board.Calibration.Item(rawValue: name) != nil {
            if !items.contains(name) { items.append(name) }
        }
        if !items.isEmpty {
            rows.append(("lodestar calibrate \(items.joined(separator: " "))", "Measure them anew"))
        }
        if known.contains(where: { $0.1.hasPrefix("out of limit") }) {
            rows.append(("lodestar calibrate list NAME", "What is fitted, and its limits"))
        }
        let isBroken = known.contains {
            Board.Calibration.Item(rawValue: $0.0) == nil || $0.1.contains("cannot be trusted")
        }
        if isBroken {
            rows.append(("lodestar calibrate verify", "See which records cannot be trusted"))
        }
        rows.append(
            (
                "lodestar calibrate override --reason TEXT --operator NAME",
                "Or an engineer takes the risk, for some hours; every report says so"
            ))
        let body = rows.map {
            "<h3>\(Markup.escape($0.1))</h3><pre>\(Markup.escape($0.0))</pre>"
        }
        return "<h2>What to do</h2>\(body.joined())"
    }

    private var records: String {
        let found = (summary.calibration?.records ?? []).map { ("", $0) }
        let trends = calibrations.isEmpty ? "" : CalibrationTrends(calibrations).sections
        return table("Records that are well", found) + trends
    }

    private func table(_ title: String, _ rows: [(String, String)]) -> String {
        guard !rows.isEmpty else { return "" }
        let body = rows.map { name, text in
            let first = name.isEmpty ? "" : "<td>\(Markup.escape(name))</td>"
            return "<tr>\(first)<td>\(Markup.escape(text))</td></tr>"
        }
        return "<h2>\(title)</h2><table class=\"words\">\(body.joined())</table>"
    }
}
