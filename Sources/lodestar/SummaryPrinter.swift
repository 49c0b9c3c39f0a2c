import Foundation
import Station

/// A pass's summary for people, or for programs.
enum SummaryPrinter {
    /// Prints `summary` to standard output.
    static func show(_ summary: PassSummary, json: Bool) throws {
        guard !json else {
            print(String(decoding: try summary.json(), as: UTF8.self))
            return
        }
        for (name, value) in lines(summary) {
            print(name.padding(toLength: 16, withPad: " ", startingAt: 0) + value)
        }
    }

    private static func lines(_ summary: PassSummary) -> [(String, String)] {
        var lines: [(String, String)] = []
        let kind = summary.simulated ? " (simulated)" : ""
        lines.append(("board", summary.board + kind))
        lines.append(
            (
                "pass",
                String(
                    format: "%.0f s in %.1f s, %.0f times faster than life", summary.durationS,
                    summary.elapsedS, summary.speed)
            ))
        lines.append(("detections", grouped(summary.detections)))
        lines.append(
            (
                "sifted bits",
                grouped(summary.siftedBits) + ", " + grouped(summary.keyBasisBits)
                    + " of them in the key basis"
            ))
        if let qber = summary.qber {
            lines.append(("QBER", String(format: "%.3f %% (test basis, signal)", qber * 100)))
        }
        lines.append(("sync", sync(summary.sync)))
        lines.append(
            (
                "link",
                "\(grouped(summary.link.sentMessages)) messages sent, "
                    + "\(grouped(summary.link.repeatedMessages)) of them again; epochs lost: "
                    + "\(summary.epochsLost) of \(summary.epochs); closing: \(summary.closing)"
            ))
        let drops = summary.dropped.filter { $0.value > 0 }.sorted { $0.value > $1.value }
        lines.append(
            ("dropped", drops.map { "\($0.key) \(grouped($0.value))" }.joined(separator: ", ")))
        lines.append(("sifted SHA-256", summary.siftedSha256))
        return lines
    }

    private static func sync(_ sync: PassSummary.Sync) -> String {
        let valid = String(format: "valid %.1f %% of the time", sync.validFraction * 100)
        guard let rms = sync.rmsPs else {
            let sigma = sync.sigmaMedianPs.map { String(format: "sigma %.0f ps, ", $0) } ?? ""
            return sigma + valid
        }
        return String(format: "%.1f ps rms true error, ", rms) + valid
            + ", slot slips: \(sync.slotSlips ?? 0)"
    }

    /// A number with its thousands apart.
    static func grouped(_ number: Int64) -> String {
        var digits = String(number.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        groups.insert(digits, at: 0)
        return (number < 0 ? "-" : "") + groups.joined(separator: ",")
    }
}
