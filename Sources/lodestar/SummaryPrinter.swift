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
        show(lines(summary))
    }

    /// Prints names and values, one a line.
    static func show(_ lines: [(String, String)]) {
        for (name, value) in lines {
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
        if let distillation = summary.distillation { lines += keys(distillation) }
        if let calibration = summary.calibration { lines += text(calibration) }
        if let pointing = summary.pointing { lines.append(("pointing", text(pointing))) }
        lines.append(("sync", sync(summary.sync)))
        if let monitors = summary.monitors { lines.append(("monitors", text(monitors))) }
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

    private static func text(_ calibration: PassSummary.Calibration) -> [(String, String)] {
        var state = calibration.state
        if let person = calibration.overriddenBy {
            state = "OVERRIDDEN by \(person): \(calibration.reason ?? "")"
        }
        return [("calibration", state)] + calibration.problems.map { ("  problem", $0) }
            + calibration.used.map { ("  used", $0) }
    }

    private static func text(_ pointing: PointingSummary) -> String {
        guard let light = pointing.firstLightS else { return "the beacon was never found" }
        guard let lock = pointing.firstLockS, let error = pointing.trueErrorUrad else {
            return String(format: "first light after %.2f s, but the fine loop never closed", light)
        }
        return String(
            format: "first light after %.2f s, fine loop after %.2f s, %.1f urad rms true error, "
                + "shutters open %.1f %% of the time, key allowed %.1f %%",
            light, lock, error, pointing.shutterOpenFraction * 100, pointing.aimedFraction * 100)
    }

    private static func text(_ monitors: MonitorSummary) -> String {
        let watched = "\(grouped(monitors.epochs)) epochs watched, "
        guard monitors.alarms > 0 else { return watched + "no alarm" }
        let named = monitors.monitors.filter { $0.alarms > 0 }
            .map { "\($0.name) \(grouped($0.alarms))" }
        var text =
            watched + "\(grouped(monitors.alarms)) alarms (" + named.joined(separator: ", ") + ")"
        if !monitors.excluded.isEmpty { text += ", \(monitors.excluded.count) epochs left out" }
        if let epoch = monitors.abortedAt { text += ", key making ended in epoch \(epoch)" }
        return text
    }

    /// What became of the sifted bits.
    ///
    /// - Parameter otherEnd: Who else holds the keys.
    static func keys(
        _ distillation: DistillationSummary, otherEnd: String = "the satellite"
    ) -> [(String, String)] {
        var lines = [
            (
                "secret key",
                grouped(distillation.keyBits) + " bits"
                    + String(format: ", %.3f per sifted bit", distillation.keyBitsPerSiftedBit)
                    + (distillation.efficiency.map { String(format: ", f %.3f", $0) } ?? "")
            ),
            (
                "proof",
                distillation.method
                    + String(
                        format: ", secrecy %g, correctness %g", distillation.epsilonSecrecy,
                        distillation.epsilonCorrectness)
            ),
        ]
        for window in distillation.windows { lines += keyLines(window) }
        if let single = distillation.singleWindowKeyBits {
            lines.append(
                (
                    "cost of windows",
                    grouped(single - distillation.keyBits) + " bits less than one window gives"
                ))
        }
        if distillation.keysCompared > 0 {
            let differing = distillation.keysDiffering
            lines.append(
                (
                    "both ends",
                    differing == 0
                        ? "\(otherEnd) holds the same \(distillation.keysCompared) key(s)"
                        : "\(differing) of \(distillation.keysCompared) keys DIFFER"
                ))
        }
        if let letter = distillation.letter { lines.append(("message", text(letter))) }
        if let fault = distillation.storeFault { lines.append(("key store", fault)) }
        return lines
    }

    private static func text(_ letter: DistillationSummary.Letter) -> String {
        guard letter.outcome == "read", let sent = letter.sentS, let read = letter.readS else {
            return letter.outcome
        }
        let place = letter.isWithinPass ? "while the pass ran" : "after the last light"
        return String(format: "sent at %.2f s, answered at %.2f s, ", sent, read) + place
            + (letter.answer.map { ": \($0)" } ?? "")
    }

    private static func keyLines(
        _ window: DistillationSummary.Window
    ) -> [(String, String)] {
        var lines: [(String, String)] = []
        if let id = window.keyId, window.keyBits > 0 {
            lines.append(
                (
                    "key",
                    id + ", \(grouped(window.keyBits)) bits"
                        + String(format: ", ready %.2f s after its window", window.readyAfterS)
                ))
        } else {
            lines.append(("window \(window.window + 1)", "no key: \(window.outcome)"))
        }
        guard let balance = window.balance else { return lines }
        func bits(_ value: Double) -> String { grouped(Int64(value.rounded())) }
        lines.append(
            (
                "  subtracted",
                "of \(grouped(window.siftedBits)) (\(bits(balance.s0 + balance.s1)) secret before): "
                    + "phase errors \(bits(balance.phaseErrors)), "
                    + "error correction \(bits(balance.reconciliation)), "
                    + "verification \(bits(balance.verification)), "
                    + "secrecy \(bits(balance.secrecy)), correctness \(bits(balance.correctness))"
            ))
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
