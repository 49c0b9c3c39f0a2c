import BoardFile
import CalibrationRecords
import Recorder

/// Puts the page together from what a pass left behind.
struct ReportPage {
    let telemetry: TelemetryReader
    let manifest: PassManifest?
    let board: Board?
    /// The station's calibration records, for their trends; oldest first.
    let calibrations: [CalibrationRecord]

    init(
        telemetry: TelemetryReader, manifest: PassManifest?,
        calibrations: [CalibrationRecord] = []
    ) {
        self.calibrations = calibrations
        self.telemetry = telemetry
        self.manifest = manifest
        board = manifest.flatMap { try? Board.parse($0.boardText, path: PassManifest.fileName) }
    }

    var rows: [TelemetryRow] { telemetry.rows }

    /// The whole page.
    var html: String {
        let title = manifest.map { "Pass of \(Self.clockTime($0.startUTC))" } ?? "Recording"
        return PageFrame.html(
            title: title,
            body: """
                \(header(title))
                \(tiles)
                \(sections)
                """)
    }

    /// `seconds` since 1970 as "2026-03-20 21:00:00 UTC".
    private static func clockTime(_ seconds: Int64) -> String {
        // The manifest is a file from outside: only years that the calendar here knows.
        guard (946_684_800...4_102_444_799).contains(seconds) else { return "unknown time" }
        return CalendarTime.text(seconds).split(separator: "T").joined(separator: " ")
            .replacing("Z", with: " UTC")
    }

    private var sections: String {
        calibrationSection + passSection + pointingSection + clockSection + phaseSection
            + keySection + monitorSection + secretKeySection + classTable + lossTable
            + linkSection + eventTable + boardSection
    }

    // MARK: Header

    private func header(_ title: String) -> String {
        let badge = PageFrame.badge(isSimulated: manifest?.isSimulated ?? false)
        var about = [board?.summary ?? manifest?.boardName, summary(.source)].compactMap { $0 }
        if let seed = manifest?.seed { about.append("seed \(seed)") }
        let text = Markup.escape(about.filter { !$0.isEmpty }.joined(separator: " \u{00B7} "))
        return
            "<header><h1>\(Markup.escape(title))\(badge)</h1><p class=\"sub\">\(text)</p></header>"
    }

    private var tiles: String {
        var tiles: [String] = []
        if let bits = totalSifted {
            tiles.append(tile(Markup.grouped(bits), "sifted bits"))
        }
        if let bits = summary(.keyBits).flatMap(Int64.init) {
            tiles.append(
                tile(
                    Markup.grouped(bits), "secret key bits",
                    bits > 0 ? ("good", "on both ends") : ("bad", "no key")))
        }
        if let qber {
            // Shor and Preskill 2000: no key above 11 %. Half of that leaves little.
            tiles.append(
                tile(
                    Markup.percent(qber, 2), "QBER",
                    verdict(qber, good: ..<0.035, watch: ..<0.11)))
        }
        if let rms = number(.syncRMS) ?? meanError {
            tiles.append(
                tile(
                    "\(Markup.significant(rms))\u{202F}ps", "sync rms",
                    verdict(rms, good: ...30, watch: ...100)))
        } else if let sigma = mean(rows.compactMap(\.syncSigma)) {
            tiles.append(tile("\(Markup.significant(sigma))\u{202F}ps", "sync sigma"))
        }
        if let error = number(.pointingError) {
            tiles.append(
                tile(
                    "\(Markup.significant(error, 2))\u{202F}\u{00B5}rad", "pointing error rms",
                    verdict(error, good: ...6, watch: ...20)))
        }
        if let valid = number(.validFraction) ?? mean(rows.compactMap(\.validFraction)) {
            tiles.append(
                tile(
                    Markup.percent(valid), "valid time",
                    verdict(-valid, good: ...(-0.85), watch: ...(-0.5))))
        }
        let duration = number(.duration) ?? Double(rows.count)
        tiles.append(tile("\(Markup.significant(duration))\u{202F}s", "duration"))
        if let elapsed = number(.elapsed), elapsed > 0 {
            tiles.append(
                tile(
                    "\(Markup.significant(duration / elapsed, 2))\u{202F}\u{00D7}",
                    "faster than life (\(Markup.significant(elapsed, 2))\u{202F}s)"))
        }
        if let slips = summary(.slotSlips).flatMap(Int64.init) {
            tiles.append(
                tile(
                    Markup.grouped(slips), "slot slips",
                    slips == 0 ? ("good", "none") : ("bad", "!")))
        }
        return "<div class=\"tiles\">\(tiles.joined())</div>"
    }

    private func tile(
        _ value: String, _ name: String, _ verdict: (kind: String, word: String)? = nil
    ) -> String {
        let mark = verdict.map { " <em>\($0.word)</em>" } ?? ""
        return
            "<div class=\"tile \(verdict?.kind ?? "")\"><b>\(value)</b><span>\(name)\(mark)</span></div>"
    }

    private func verdict(
        _ value: Double, good: some RangeExpression<Double>, watch: some RangeExpression<Double>
    ) -> (kind: String, word: String) {
        if good.contains(value) { return ("good", "good") }
        return watch.contains(value) ? ("watch", "watch") : ("bad", "bad")
    }

    // MARK: Figures

    func summary(_ key: Report.SummaryKey) -> String? { telemetry.summary[key.rawValue] }

    func number(_ key: Report.SummaryKey) -> Double? {
        summary(key).flatMap(Double.init).flatMap { $0.isFinite ? $0 : nil }
    }

    var totalSifted: Int64? {
        if let bits = summary(.siftedBits).flatMap(Int64.init) { return bits }
        let bits = rows.compactMap(\.siftedBits)
        return bits.isEmpty ? nil : bits.reduce(0, &+)
    }

    private var qber: Double? {
        if let qber = number(.qber) { return qber }
        let seconds = rows.filter { $0.qber != nil }
        let weight = seconds.reduce(0.0) { $0 + Double($1.siftedBits ?? 1) }
        let sum = seconds.reduce(0.0) { $0 + ($1.qber ?? 0) * Double($1.siftedBits ?? 1) }
        return weight > 0 ? sum / weight : nil
    }

    private var meanError: Double? {
        mean(rows.compactMap(\.syncError).map { $0 * $0 })?.squareRoot()
    }

    private func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// A section, or one line on why there is none.
    func section(_ title: String, _ content: String?, orElse reason: String) -> String {
        let body = content.map { $0.isEmpty ? nil : $0 } ?? nil
        return "<section><h2>\(title)</h2>"
            + (body ?? "<p class=\"none\">Left out: \(Markup.escape(reason)).</p>") + "</section>\n"
    }

    /// Those of `plots` that have something to show.
    func figures(_ plots: [Plot], _ id: String, isSmall: Bool = false) -> String? {
        let drawn = plots.filter { !$0.isEmpty }.enumerated().map { $1.svg(id: "\(id)\($0)") }
        guard !drawn.isEmpty else { return nil }
        return "<div class=\"plots \(isSmall ? "small" : "wide")\">\(drawn.joined())</div>"
    }
}
