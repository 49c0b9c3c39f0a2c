import Recorder

// From sifted bits to keys.
extension ReportPage {
    /// The most windows on the page.
    private static let mostWindows = 100

    /// The windows of the distillation.
    private var windows: [SummaryRecord] {
        SummaryRecord.all(
            of: "distillation_windows", in: telemetry.summary, having: "outcome",
            most: Self.mostWindows)
    }

    /// Keys by window, and what was subtracted on the way.
    var secretKeySection: String {
        guard !windows.isEmpty else {
            return section(
                "Secret key", nil, orElse: "this recording was not distilled to a key")
        }
        return section(
            "Secret key", keyTable + balanceTable + keyRemarks, orElse: "")
    }

    private var keyTable: String {
        let body = windows.map { window in
            let bits = window.integer("key_bits") ?? 0
            let outcome = window.text("outcome") ?? ""
            let kind = bits > 0 ? "good" : "watch"
            let ready = window.real("ready_after_s").map { "\(Markup.significant($0, 2))\u{202F}s" }
            return "<tr><td>\(Markup.grouped((window.integer("window") ?? 0) &+ 1))</td>"
                + "<td>\(Markup.grouped(window.integer("sifted_bits") ?? 0))</td>"
                + "<td>\(Markup.grouped(bits))</td>"
                + "<td>\(window.real("efficiency").map { Markup.fixed($0, 3) } ?? "\u{2013}")</td>"
                + "<td>\(bits > 0 ? ready ?? "\u{2013}" : "\u{2013}")</td>"
                + "<td class=\"word \(kind)\">\(Markup.escape(outcome))</td>"
                + "<td class=\"word\"><code>\(Markup.escape(window.text("key_id") ?? ""))</code></td>"
                + "</tr>"
        }.joined()
        return """
            <div class="scroll"><table><tr><th>window</th><th>key-basis bits</th>\
            <th>secret bits</th><th>f</th><th>ready after</th><th class="word">outcome</th>\
            <th class="word">key</th></tr>\(body)</table></div>
            """
    }

    /// What the key-basis bits were spent on, all windows together.
    private var balanceTable: String {
        let analysed = windows.filter { $0.real("balance_s1") != nil }
        guard !analysed.isEmpty else { return "" }
        func sum(_ key: String) -> Double {
            analysed.reduce(0) { $0 + ($1.real("balance_" + key) ?? 0) }
        }
        let sifted = analysed.reduce(0.0) { $0 + Double($1.integer("sifted_bits") ?? 0) }
        let key = analysed.reduce(0.0) { $0 + Double($1.integer("key_bits") ?? 0) }
        guard sifted > 0 else { return "" }
        let rows: [(String, Double)] = [
            ("secret key", key),
            ("multi-photon pulses, not counted as secret", sifted - sum("s0") - sum("s1")),
            ("phase errors", sum("phase_errors")),
            ("error correction", sum("reconciliation")),
            ("verification tag", sum("verification")),
            ("secrecy", sum("secrecy")), ("correctness", sum("correctness")),
        ]
        let greatest = rows.map(\.1).max() ?? 1
        let body = rows.map { name, bits in
            let width = Markup.coordinate(max(bits, 0) / max(greatest, 1) * 100)
            return "<tr><td>\(name)</td><td>\(Markup.fixed(bits, 0))</td>"
                + "<td>\(Markup.percent(bits / sifted, 2))</td>"
                + "<td class=\"bar\"><i style=\"width:\(width)%\"></i></td></tr>"
        }.joined()
        return """
            <h3>Where the key-basis bits went</h3>
            <div class="scroll"><table><tr><th>part</th><th>bits</th><th>of the key basis</th>\
            <th></th></tr>\(body)</table></div>
            """
    }

    private var keyRemarks: String {
        let values = telemetry.summary
        var lines: [String] = []
        if let method = values["distillation_method"] {
            let secrecy = values["distillation_epsilon_secrecy"] ?? "?"
            let correctness = values["distillation_epsilon_correctness"] ?? "?"
            lines.append(
                "Finite-key analysis: \(method); each key is \(secrecy)-secret and "
                    + "\(correctness)-correct.")
        }
        if let compared = values["distillation_keys_compared"].flatMap(Int64.init), compared > 0 {
            let differing = values["distillation_keys_differing"].flatMap(Int64.init) ?? 0
            lines.append(
                "Simulation only: \(compared) key\(compared == 1 ? "" : "s") compared with the "
                    + "satellite's store, \(differing) differ.")
        }
        if let bits = values["distillation_authentication_bits"] {
            lines.append("Authentication key burnt: \(bits) bits.")
        }
        if let outcome = values["distillation_letter_outcome"] {
            let sent = values["distillation_letter_sent_s"].flatMap(Double.init)
            let read = values["distillation_letter_read_s"].flatMap(Double.init)
            let times = zip([sent], [read]).compactMap { sent, read in
                sent.flatMap { sent in
                    read.map {
                        ", sent at \(Markup.fixed(sent, 2)) s, answered at \(Markup.fixed($0, 2)) s"
                    }
                }
            }
            lines.append(
                "Message to the satellite under the first key: \(outcome)\(times.first ?? "").")
        }
        if let single = values["distillation_single_window_key_bits"].flatMap(Int64.init),
            let bits = summary(.keyBits).flatMap(Int64.init)
        {
            lines.append(
                "One window over the whole pass would have given \(Markup.grouped(single)) bits: "
                    + "the windows cost \(Markup.grouped(single &- bits)).")
        }
        return lines.map { "<p class=\"none\">\(Markup.escape($0))</p>" }.joined()
    }
}
