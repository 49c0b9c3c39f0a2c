public import BoardFile
public import Control
public import RealTime

/// `counts` and `hist`: what a pass counts, and the detectors between passes, drawn again four times
/// a second.
public struct LiveCommands: Sendable {
    private let counts: LiveCounts
    private let board: @Sendable () -> Board
    private let idle: any IdleCounter

    /// Orders that look at `counts`.
    ///
    /// - Parameter idle: Counts while no pass does.
    public init(
        _ counts: LiveCounts, board: @escaping @Sendable () -> Board,
        idle: any IdleCounter = NoIdleCounter()
    ) {
        self.counts = counts
        self.board = board
        self.idle = idle
    }

    /// The orders.
    public var commands: [ControlCommand] {
        [
            view("counts", "[SECONDS]", "count rates of all inputs as bars", []) { call, words in
                showCounts(call, seconds: words.first)
            },
            view(
                "hist", "[phase|interval] [SECONDS]",
                "clicks over the slot, or times between clicks", ["phase", "interval"]
            ) { call, words in showHistogram(call, words) },
        ]
    }

    private func view(
        _ name: String, _ arguments: String, _ help: String, _ words: [String],
        _ body: @escaping @Sendable (CommandCall, [String]) -> ControlAnswer
    ) -> ControlCommand {
        ControlCommand(name, arguments, "\(help); Ctrl-C ends") { body($0, $0.words) }.with {
            $0.places = [.shell]
            $0.isLong = true
            $0.completion = { $0.isEmpty ? words : [] }
        }
    }

    /// Draws until Ctrl-C, or for so many seconds: four times in each, once where lines only add up.
    ///
    /// - Parameter counting: Whether tags are to be counted meanwhile, by a pass or without one.
    private func repeated(
        _ call: CommandCall, seconds: String?, counting: Bool = false, _ draw: () -> [String]
    ) -> ControlAnswer {
        let limit = seconds.map { Int($0) ?? 0 }
        if let limit, !(1...86_400).contains(limit) {
            return .refused(
                "\(seconds ?? "") is no number of seconds\nallowed: 1 to 86400, or nothing")
        }
        if counting, let refusal = idle.begin() { return .refused(refusal) }
        defer { if counting { idle.end() } }
        let pause = call.isDumb ? 1_000 : 250
        let turns = limit.map { $0 * 1_000 / pause } ?? .max
        // Ends with the time or with Ctrl-C.
        for _ in 0..<turns {
            guard call.pause(milliseconds: pause) else { break }
            call.view(draw())
            if counting, let failure = idle.failure { return .refused(failure) }
        }
        return .done("")
    }

    private var isIdle: Bool { counts[.batches] == 0 }
    private static let idle = "no pass has counted anything yet; begin one with: pass start"

    // MARK: Counts

    private func showCounts(_ call: CommandCall, seconds: String?) -> ControlAnswer {
        let clock = MonotonicClock()
        var (before, then) = (counts.tags, clock.now.count)
        var peaks = [Double](repeating: 0, count: LiveCounts.inputs)
        return repeated(call, seconds: seconds, counting: true) {
            let (tags, now) = (counts.tags, clock.now.count)
            let time = max(Double(now - then) * 1e-12, 1e-3)
            // A pass that began in between counts from zero again.
            let rates = zip(tags, before).map { Double($0 >= $1 ? $0 - $1 : $0) / time }
            for index in rates.indices { peaks[index] = max(peaks[index], rates[index]) }
            (before, then) = (tags, now)
            let inputs = board().channels.all.map { ($0.role, Int($0.input.channel)) }
                .filter { $0.1 < LiveCounts.inputs }
            guard !call.isDumb else {
                let cells = inputs.map { "\($0.0) \(NumberText.short(rates[$0.1]))/s" }
                return [([idle.note].filter { !$0.isEmpty } + cells).joined(separator: "  ")]
            }
            return countsView(inputs, rates, peaks, tags, columns: call.columns)
        }
    }

    private func countsView(
        _ inputs: [(String, Int)], _ rates: [Double], _ peaks: [Double], _ tags: [UInt64],
        columns: Int
    ) -> [String] {
        let top = max(rates.max() ?? 0, 1)
        let width = max(columns - 50, 10)
        var lines = ["counts of \(board().name)", ""]
        lines.append(
            "input    " + "now/s".rightAligned(to: 9) + "  " + "".padded(to: width) + "  "
                + "most/s".rightAligned(to: 9) + "all".rightAligned(to: 14))
        for (role, input) in inputs {
            lines.append(
                role.padded(to: 7) + "\(input)".rightAligned(to: 2)
                    + NumberText.short(rates[input]).rightAligned(to: 9) + " |"
                    + BarChart.bar(rates[input] / top, width: width) + "| "
                    + NumberText.short(peaks[input]).rightAligned(to: 9)
                    + "\(tags[input])".rightAligned(to: 14))
        }
        lines.append("")
        lines.append(
            "in gates \(counts[.clicks]), places with losses \(counts[.losses]), full bar "
                + "\(NumberText.short(top))/s")
        lines.append(isIdle ? Self.idle : ending)
        return lines
    }

    /// The last line of a view that counts.
    private var ending: String {
        let note = idle.note
        return note.isEmpty ? "Ctrl-C ends" : "\(note); Ctrl-C ends"
    }

    // MARK: Histograms

    private func showHistogram(_ call: CommandCall, _ words: [String]) -> ControlAnswer {
        var words = words
        let kinds = ["phase", "interval"]
        let kind = words.first.map { kinds.contains($0) } == true ? words.removeFirst() : "phase"
        guard words.count <= 1 else {
            return .refused(
                "hist takes a kind and a time, not \(words.joined(separator: " "))"
                    + "\nallowed: phase, interval\ntry: hist phase")
        }
        if kind == "phase" {
            return repeated(call, seconds: words.first) { phaseView(call) }
        }
        return counts.watch {
            repeated(call, seconds: words.first, counting: true) { intervalView(call) }
        }
    }

    private func phaseView(_ call: CommandCall) -> [String] {
        let all = (0..<LiveCounts.detectors).map { counts.phases(detector: $0).map { Double($0) } }
        let slot = Double(board().transmitter.slotPeriod)
        let bin = slot / Double(LiveCounts.phaseBins)
        let names = ["H", "V", "D", "A"]
        let means = all.map { Self.mean($0, bin: bin, start: -slot / 2) }
        guard !call.isDumb else {
            let cells = names.indices.map {
                "\(names[$0]) \(means[$0].count) at \(means[$0].text)"
            }
            return [cells.joined(separator: "  ")]
        }
        let height = max((call.rows - 8) / 4, 1)
        var lines = [
            "phase of the clicks in the slot of \(NumberText.time(slot)), by detector", "",
        ]
        for (index, name) in names.enumerated() {
            for (row, text) in BarChart.columns(all[index], height: height).enumerated() {
                lines.append(
                    "\(row == height - 1 ? name : " ") |\(text)|"
                        + (row == height - 1 ? " \(means[index].text)" : ""))
            }
        }
        let edge = NumberText.time(slot / 2)
        lines.append("   -\(edge)".padded(to: 34) + "0" + edge.rightAligned(to: 32))
        lines.append(isIdle ? Self.idle : "Ctrl-C ends")
        return lines
    }

    /// Mean of a histogram, ps, as far as there is one.
    private static func mean(
        _ counts: [Double], bin: Double, start: Double
    ) -> (count: Int, text: String) {
        let total = counts.reduce(0, +)
        guard total > 0 else { return (0, "-") }
        var sum = 0.0
        for (index, count) in counts.enumerated() {
            sum += count * (start + (Double(index) + 0.5) * bin)
        }
        return (Int(total), NumberText.time(sum / total))
    }

    private func intervalView(_ call: CommandCall) -> [String] {
        let all = (0..<LiveCounts.detectors).map { counts.intervals(detector: $0) }
        let names = ["H", "V", "D", "A"]
        let shortest = all.map { bins in
            bins.firstIndex { $0 > 0 }.map {
                NumberText.time(Double(LiveCounts.intervalStart(ofBin: $0)))
            } ?? "-"
        }
        guard !call.isDumb else {
            return [
                zip(names, shortest).map { "\($0) shortest \($1)" }.joined(separator: "  ")
            ]
        }
        let height = max((call.rows - 8) / 4, 1)
        var lines = ["time between clicks, two columns an octave, by detector", ""]
        // From 1 ns on, two characters an octave.
        for (index, name) in names.enumerated() {
            let bins = all[index]
            let pairs = stride(from: 1, to: bins.count - 1, by: 2).map { bin -> Double in
                Double(bins[bin] + bins[bin + 1])
            }
            let bars = BarChart.columns(pairs, height: height)
            for (row, text) in bars.enumerated() {
                lines.append(
                    "\(row == height - 1 ? name : " ") |\(text)|"
                        + (row == height - 1 ? " from \(shortest[index])" : ""))
            }
        }
        // 512 ps at the first column; twenty columns are a thousandfold and a little.
        lines.append("     1 ns      32 ns     1 us      32 us     1 ms")
        lines.append(ending)
        return lines
    }
}
