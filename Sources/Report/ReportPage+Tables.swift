import Recorder

// The sections with tables.
extension ReportPage {
    /// Sifted detections and errors by basis and intensity.
    var classTable: String {
        var sifted = [Int64](repeating: 0, count: 6)
        var errors = [Int64](repeating: 0, count: 6)
        var isKnown = false
        for row in rows {
            for index in 0..<6 {
                isKnown = isKnown || row.sifted[index] != nil
                sifted[index] &+= row.sifted[index] ?? 0
                errors[index] &+= row.errors[index] ?? 0
            }
        }
        guard isKnown else {
            return section(
                "Signal, decoy and vacuum", nil, orElse: "no satellite told the intensities")
        }
        var body = ""
        for (basis, name) in ["rectilinear", "diagonal"].enumerated() {
            for (intensity, label) in ["signal", "decoy", "vacuum"].enumerated() {
                let index = basis * 3 + intensity
                let mean = board?.transmitter.intensities
                let photons = mean.map { Markup.significant($0[intensity], 2) } ?? "\u{2013}"
                let rate =
                    sifted[index] > 0
                    ? Markup.percent(Double(errors[index]) / Double(sifted[index]), 2) : "\u{2013}"
                body +=
                    "<tr><td>\(name)</td><td class=\"word\">\(label)</td><td>\(photons)</td>"
                    + "<td>\(Markup.grouped(sifted[index]))</td>"
                    + "<td>\(Markup.grouped(errors[index]))</td><td>\(rate)</td></tr>"
            }
        }
        let table = """
            <div class="scroll"><table><tr><th>basis</th><th class="word">intensity</th><th>mean photons</th>\
            <th>sifted n</th><th>errors m</th><th>m / n</th></tr>\(body)</table></div>
            """
        return section("Signal, decoy and vacuum", table, orElse: "")
    }

    /// Detections that did not become sifted bits, by reason.
    var lossTable: String {
        var sums: [String: Int64] = [:]
        for row in rows {
            for (reason, count) in row.drops { sums[reason, default: 0] &+= count }
        }
        let lost = sums.values.reduce(0, &+)
        let total = summary(.detections).flatMap(Int64.init) ?? lost
        guard lost > 0 else {
            return section("Losses by reason", nil, orElse: "no loss was counted")
        }
        let greatest = Double(sums.values.max() ?? 1)
        let body = sums.filter { $0.value > 0 }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { reason, count in
                let width = Markup.coordinate(Double(count) / greatest * 100)
                let share = total > 0 ? Double(count) / Double(total) : 0
                let percent =
                    share < 5e-5 ? "&lt; \(Markup.percent(1e-4, 2))" : Markup.percent(share, 2)
                let name = Markup.escape(reason.replacing("_", with: " "))
                return "<tr><td>\(name)</td><td>\(Markup.grouped(count))</td><td>\(percent)</td>"
                    + "<td class=\"bar\"><i style=\"width:\(width)%\"></i></td></tr>"
            }.joined()
        let base = summary(.detections) == nil ? "of all losses" : "of all detections"
        let table = """
            <div class="scroll"><table><tr><th>reason</th><th>detections</th><th>\(base)</th>\
            <th></th></tr>\(body)</table></div>
            """
        return section("Losses by reason", table, orElse: "")
    }

    /// The most events on the page; more are counted.
    private static let mostEvents = 200

    /// What happened.
    var eventTable: String {
        let shown = telemetry.events.prefix(Self.mostEvents)
        let body = shown.map { event in
            let kind =
                switch event.severity {
                case .information: ""
                case .warning: "watch"
                case .error: "bad"
                }
            return "<tr><td>\(Markup.fixed(event.time, 1))</td>"
                + "<td class=\"\(kind)\">\(event.severity.rawValue)</td>"
                + "<td>\(Markup.escape(event.source))</td><td>\(Markup.escape(event.message))</td></tr>"
        }.joined()
        let more = telemetry.events.count - shown.count
        let note = more > 0 ? "<p class=\"none\">\(more) more are in the telemetry.</p>" : ""
        let table =
            shown.isEmpty
            ? nil
            : """
            <div class="scroll"><table class="words"><tr><th>time (s)</th><th>severity</th>\
            <th>source</th><th>event</th></tr>\(body)</table></div>\(note)
            """
        return section("Events", table, orElse: "nothing happened that was worth a note")
    }

    /// The board, the versions, and every other value of the summary.
    var boardSection: String {
        var lines: [(String, String)] = []
        if let manifest {
            lines = [
                ("board", manifest.boardName), ("board SHA-256", manifest.boardDigest),
                ("software", manifest.softwareVersion), ("tagger format", manifest.taggerFormat),
            ]
        }
        let values = telemetry.summary.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        var parts: [String] = []
        if !lines.isEmpty { parts.append(words(lines)) }
        if !values.isEmpty {
            parts.append(
                "<details><summary>Every value of the summary</summary>\(words(values))</details>")
        }
        if let manifest {
            parts.append(
                "<details><summary>The board with all its values</summary>"
                    + "<pre>\(Markup.escape(manifest.boardText))</pre></details>")
        }
        return section(
            "Board and versions", parts.isEmpty ? nil : parts.joined(),
            orElse: "there is no pass.json")
    }

    /// A table of names and values.
    func words(_ lines: [(String, String)]) -> String {
        let body = lines.map {
            "<tr><td>\(Markup.escape($0.0))</td><td>\(Markup.escape($0.1))</td></tr>"
        }.joined()
        return "<div class=\"scroll\"><table class=\"words\">\(body)</table></div>"
    }
}
