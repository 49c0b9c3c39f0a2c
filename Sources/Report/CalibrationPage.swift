import BoardFile
public import CalibrationRecords

/// Pages on calibrations: the history of a station, and the report of an acceptance.
public struct CalibrationPage {
    private let title: String
    private let about: [String]
    private let records: [StoredRecord]
    private let skipped: [String: String]
    /// The raw histograms by record's file: name and counts.
    private let histograms: [String: [Histogram]]

    /// One raw histogram of a record.
    public struct Histogram: Sendable {
        /// What it is.
        public var name: String
        /// Counts by bin.
        public var counts: [Double]

        /// A histogram with both fields given.
        public init(name: String, counts: [Double]) {
            self.name = name
            self.counts = counts
        }
    }

    /// A page on `records`, oldest first.
    ///
    /// - Parameters:
    ///   - about: Lines under the title.
    ///   - skipped: Calibrations that were left out, and why.
    public init(
        title: String, about: [String], records: [StoredRecord], skipped: [String: String] = [:],
        histograms: [String: [Histogram]] = [:]
    ) {
        self.title = title
        self.about = about
        self.records = records
        self.skipped = skipped
        self.histograms = histograms
    }

    private var isSimulated: Bool { records.contains { $0.record.simulated } }

    /// The trends of all records.
    public var historyHTML: String {
        page(CalibrationTrends(records.map(\.record)).sections)
    }

    /// The acceptance: a table over all, then each calibration with its values.
    public var acceptanceHTML: String {
        page(overview + records.map(section).joined() + signatures)
    }

    private func page(_ body: String) -> String {
        let badge = PageFrame.badge(isSimulated: isSimulated)
        let lines = about.map { "<p class=\"sub\">\(Markup.escape($0))</p>" }.joined()
        return PageFrame.html(
            title: title,
            body: """
                <header><h1>\(Markup.escape(title))\(badge)</h1>\(lines)</header>
                \(body)
                """)
    }

    private var overview: String {
        var rows = records.map { stored -> String in
            let record = stored.record
            return "<tr><td>\(Markup.escape(record.item))</td>\(verdict(record.verdict))"
                + "<td>\(record.values.count)</td>"
                + "<td>\(Markup.significant(record.detectorSeconds))\u{202F}s</td>"
                + "<td class=\"word\">\(Markup.escape(CalendarTime.text(record.timeUTC)))</td></tr>"
        }.joined()
        rows += skipped.sorted { $0.key < $1.key }.map {
            "<tr><td>\(Markup.escape($0.key))</td><td class=\"word watch\">left out</td><td></td>"
                + "<td></td><td class=\"word\">\(Markup.escape($0.value))</td></tr>"
        }.joined()
        return "<section><h2>Overview</h2><div class=\"scroll\"><table><tr><th>calibration</th>"
            + "<th class=\"word\">verdict</th><th>values</th><th>detector time</th>"
            + "<th class=\"word\">date</th></tr>\(rows)</table></div></section>\n"
    }

    private func verdict(_ word: String) -> String {
        let kind = ["met": "good", "unclear": "watch", "missed": "bad"][word] ?? ""
        return "<td class=\"word \(kind)\">\(Markup.escape(word))</td>"
    }

    private func section(_ stored: StoredRecord) -> String {
        let record = stored.record
        let rows = record.values.map { value -> String in
            let unit = value.unit.isEmpty ? "" : "\u{202F}\(Markup.escape(value.unit))"
            return "<tr><td>\(Markup.escape(value.label.replacing("_", with: " ")))</td>"
                + "<td>\(Self.rounded(value))\(unit)</td>"
                + "<td>\u{00B1}\u{202F}\(Markup.significant(value.sigma, 2))</td>"
                + "<td>\(Markup.escape(Self.limit(value)))</td>\(verdict(value.verdict ?? ""))</tr>"
        }.joined()
        let notes = record.notes.map { "<p class=\"none\">\(Markup.escape($0))</p>" }.joined()
        let plots = (histograms[stored.file] ?? []).prefix(8).enumerated().map { index, one in
            Plot(
                title: one.name, description: one.name, xLabel: "bin or step", yLabel: "counts",
                series: [
                    Plot.Series(
                        name: one.name, colour: 0, points: Self.thinned(one.counts),
                        style: .steps)
                ], isTime: false, size: (240, 150)
            ).svg(id: "h\(stored.record.sequence)-\(index)")
        }
        let drawn = plots.isEmpty ? "" : "<div class=\"plots small\">\(plots.joined())</div>"
        return "<section><h2>\(Markup.escape(record.item))</h2><div class=\"scroll\"><table>"
            + "<tr><th>value</th><th></th><th>sigma</th><th>limit</th>"
            + "<th class=\"word\">verdict</th></tr>\(rows)</table></div>\(notes)\(drawn)</section>\n"
    }

    /// At most 400 points, each the greatest of those that it stands for.
    private static func thinned(_ counts: [Double]) -> [(x: Double, y: Double?)] {
        let step = max((counts.count + 399) / 400, 1)
        return stride(from: 0, to: counts.count, by: step).map { start in
            (Double(start), counts[start..<min(start + step, counts.count)].max())
        }
    }

    /// The value to the second digit of its uncertainty.
    static func rounded(_ value: CalibrationRecord.Value) -> String {
        guard value.sigma > 0 else { return Markup.significant(value.value, 6) }
        var decimals = 1
        var size = value.sigma
        while size < 1, decimals < 9 {
            size *= 10
            decimals += 1
        }
        return Markup.fixed(value.value, value.sigma >= 10 ? 0 : decimals)
    }

    static func limit(_ value: CalibrationRecord.Value) -> String {
        switch (value.lowest, value.highest) {
        case (let low?, let high?): "\(plain(low)) to \(plain(high))"
        case (nil, let high?): "up to \(plain(high))"
        case (let low?, nil): "at least \(plain(low))"
        case (nil, nil): ""
        }
    }

    /// A limit as somebody would write it: no zeros behind the point.
    private static func plain(_ value: Double) -> String {
        var text = Markup.significant(value, 5)
        guard text.contains(".") else { return text }
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    private var signatures: String {
        let rows = records.map {
            "<tr><td>\(Markup.escape($0.file))</td><td><code>\($0.digest)</code></td></tr>"
        }.joined()
        let key = Markup.escape(records.last?.key ?? "")
        return "<section><h2>Records</h2><p class=\"none\">Each is signed by the station's key "
            + "<code>\(key)</code>; check with: lodestar calibrate verify</p><div class=\"scroll\">"
            + "<table class=\"words\"><tr><th>file</th><th>SHA-256</th></tr>\(rows)</table></div>"
            + "</section>\n"
    }

    // MARK: Paper

    /// The acceptance on paper: the bytes of a PDF.
    public var acceptancePDF: [UInt8] {
        let note = isSimulated ? "SIMULATED: nothing here was measured on hardware. " : ""
        var document = PDFDocument(footer: note + title)
        document.line(title, .bold, size: 18, gap: 6)
        if isSimulated { document.line("SIMULATED BENCH", .bold, size: 11, grey: 0.35) }
        document.space(4)
        for line in about { document.paragraph(line, size: 10) }
        document.space(10)
        for stored in records {
            let record = stored.record
            document.line(
                "\(record.item.padded(to: 16))\(record.verdict.padded(to: 10))"
                    + "\(CalendarTime.text(record.timeUTC))  "
                    + "\(Markup.significant(record.detectorSeconds)) s", .fixed, size: 9)
        }
        for (name, reason) in skipped.sorted(by: { $0.key < $1.key }) {
            document.line("\(name.padded(to: 16))left out  \(reason)", .fixed, size: 9)
        }
        for stored in records { add(stored, to: &document) }
        document.space(10)
        document.reserve(60)
        document.line("Records, each signed by the station's key", .bold, size: 12, gap: 6)
        document.line(records.last?.key ?? "", .fixed, size: 8)
        for stored in records {
            document.line(stored.file, .fixed, size: 8, gap: 4)
            document.line("SHA-256 \(stored.digest)", .fixed, size: 8, indent: 12, grey: 0.35)
        }
        return document.bytes(title: title)
    }

    private func add(_ stored: StoredRecord, to document: inout PDFDocument) {
        let record = stored.record
        document.space(10)
        document.reserve(70)
        document.line("\(record.item): \(record.verdict)", .bold, size: 12, gap: 6)
        for value in record.values {
            let name = value.label.replacing("_", with: " ").padded(to: 28)
            let number = "\(Self.rounded(value)) \u{00B1} \(Markup.significant(value.sigma, 2))"
            let unit = value.unit.isEmpty ? "" : " \(value.unit)"
            document.line(
                name + (number + unit).padded(to: 28) + Self.limit(value).padded(to: 24)
                    + (value.verdict ?? ""), .fixed, size: 8)
        }
        for note in record.notes { document.paragraph("Note: \(note)", size: 8.5) }
        for histogram in (histograms[stored.file] ?? []).prefix(4) {
            document.plot(histogram.name, histogram.counts, x: ("0", "\(histogram.counts.count)"))
        }
    }
}

extension String {
    /// The text with spaces behind it to a width; cut if it is longer, one space kept.
    fileprivate func padded(to width: Int) -> String {
        count < width
            ? self + String(repeating: " ", count: width - count) : String(prefix(width - 1)) + " "
    }
}
