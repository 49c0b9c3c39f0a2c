import Recorder

// What the security monitors saw.
extension ReportPage {
    /// The most records of a list on the page.
    private static let mostRecords = 500
    /// Where the drawing ends: what is less likely is drawn there.
    private static let mostSurprise = 50.0

    private func records(_ list: String, until key: String) -> [SummaryRecord] {
        SummaryRecord.all(
            of: "monitors_\(list)", in: telemetry.summary, having: key, most: Self.mostRecords)
    }

    /// Alarms over the pass, and one row per monitor.
    var monitorSection: String {
        let monitors = records("monitors", until: "name")
        guard !monitors.isEmpty else {
            return section("Security monitors", nil, orElse: "no monitor watched this pass")
        }
        return section(
            "Security monitors",
            monitorRemark + alarmPlot + monitorTable(monitors)
                + expectationTable, orElse: "")
    }

    private var monitorRemark: String {
        let values = telemetry.summary
        let count = values["monitors_epochs"].flatMap(Int64.init) ?? 0
        let alarmed = values["monitors_epochs_alarmed"].flatMap(Int64.init) ?? 0
        var text = "\(Markup.grouped(count)) epochs watched, "
        text += alarmed == 0 ? "no alarm." : "\(Markup.grouped(alarmed)) of them with an alarm."
        if let excluded = values["epochs_excluded"].flatMap(Int64.init), excluded > 0 {
            text += " Both ends left out \(Markup.grouped(excluded)) epochs."
        }
        if let epoch = values["monitors_aborted_at"] {
            text += " Key making ended in epoch \(epoch); nothing of that window was released."
        }
        return "<p>\(Markup.escape(text))</p>"
    }

    private var alarmPlot: String {
        let events = records("events", until: "monitor")
        var names: [String] = []
        for event in events {
            guard let name = event.text("monitor"), !names.contains(name) else { continue }
            names.append(name)
        }
        guard !names.isEmpty else { return "" }
        // Over the whole pass, from where on an alarm is one.
        let limit = number("monitors_chance_log10").map { min(-$0, Self.mostSurprise) }
        let threshold = Plot.Series(
            name: "limit", colour: 5, points: [(0, limit), (Double(max(rows.count, 1)), limit)])
        let series = names.enumerated().map { index, name in
            Plot.Series(
                name: Self.words(name), colour: index % 5,
                points: events.filter { $0.text("monitor") == name }.compactMap { event in
                    guard let time = event.real("time_s") else { return nil }
                    let chance = event.real("chance_log10") ?? -Self.mostSurprise
                    return (time, min(-chance, Self.mostSurprise))
                }, style: .dots)
        }
        let plot = Plot(
            title: "Alarms",
            description: "Each alarm over time, the higher the less likely without an attack.",
            yLabel: "chance: ten to the minus", series: [threshold] + series)
        return figures([plot], "alarms") ?? ""
    }

    private func number(_ key: String) -> Double? {
        telemetry.summary[key].flatMap(Double.init).flatMap { $0.isFinite ? $0 : nil }
    }

    private func monitorTable(_ monitors: [SummaryRecord]) -> String {
        let limit = number("monitors_chance_log10").map { "1e\(Markup.fixed($0, 1))" }
        let body = monitors.map { monitor in
            let alarms = monitor.integer("alarms") ?? 0
            let unit = monitor.text("unit") ?? ""
            func value(_ key: String) -> String {
                guard let value = monitor.real("closest_" + key) else { return "\u{2013}" }
                let text = Markup.significant(value)
                return unit == "ps" ? "\(text)\u{202F}ps" : text
            }
            let chance = monitor.real("closest_chance_log10").map { "1e\(Markup.fixed($0, 1))" }
            let verdict = alarms == 0 ? "quiet" : "\(Markup.grouped(alarms)) alarms"
            return "<tr><td class=\"word\">\(Markup.escape(Self.words(monitor.text("name") ?? "")))"
                + "</td><td class=\"word\">\(Markup.escape(monitor.text("closest_of") ?? "\u{2013}"))"
                + "</td><td>\(value("seen"))</td><td>\(value("expected"))</td>"
                + "<td>\(chance ?? "\u{2013}")</td>"
                + "<td>\(monitor.text("closest_epoch").map(Markup.escape) ?? "\u{2013}")</td>"
                + "<td class=\"word\">\(Markup.escape(monitor.text("effect") ?? ""))</td>"
                + "<td class=\"word \(alarms == 0 ? "good" : "bad")\">\(verdict)</td></tr>"
        }.joined()
        let note = limit.map { "An alarm is less likely than \($0)." } ?? ""
        return """
            <p>Of each monitor, what came closest to an alarm in any epoch. \(Markup.escape(note))</p>
            <div class="scroll"><table><tr><th class="word">monitor</th><th class="word">of</th>\
            <th>seen</th><th>expected at the outermost</th><th>chance</th><th>epoch</th>\
            <th class="word">effect</th><th class="word">verdict</th></tr>\(body)</table></div>
            """
    }

    private var expectationTable: String {
        let rows = records("expectations", until: "name")
        guard !rows.isEmpty else { return "" }
        let text = rows.map { row in
            "\(Self.words(row.text("name") ?? "")) \(row.text("value") ?? "") "
                + "(\(row.text("source") ?? ""))"
        }.joined(separator: "; ")
        return "<p>Expected: \(Markup.escape(text)).</p>"
    }

    private static func words(_ name: String) -> String { name.replacing("_", with: " ") }
}
