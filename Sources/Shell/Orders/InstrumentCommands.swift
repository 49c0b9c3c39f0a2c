public import BoardFile
public import Control
public import RealTime

/// `gate`, `shutter`, `laser`, `tagger` and `clock`: the instruments of the board, one by one.
public struct InstrumentCommands: Sendable {
    private let board: @Sendable () -> Board
    private let counts: LiveCounts
    private let bench: any Bench

    /// Orders about the instruments of `board`.
    public init(
        board: @escaping @Sendable () -> Board, counts: LiveCounts, bench: any Bench
    ) {
        self.board = board
        self.counts = counts
        self.bench = bench
    }

    /// The orders.
    public var commands: [ControlCommand] {
        [
            ControlCommand("gate", "", "the detectors' gates, and their outputs' levels") { _ in
                gates()
            }.with { $0.places = [.shell] },
            driving("gate open", "H|V|D|A|all", "arm detectors by hand: light will make clicks") {
                drive(gatesNamed($0), active: true, asked: $0)
            },
            driving("gate close", "H|V|D|A|all", "blank detectors", isHarmless: true) {
                drive(gatesNamed($0), active: false, asked: $0)
            },
            driving(
                "output", "shutter|laser on|off", "drive the shutter or allow the laser by hand"
            ) {
                output($0)
            },
            report("tagger", "how the tagger is reached and set, and what it sends", tagger),
            report("clock", "how the station's clock follows the satellite's", clock),
        ]
    }

    private func report(
        _ name: String, _ help: String, _ body: @escaping @Sendable () -> [String]
    ) -> ControlCommand {
        ControlCommand(name, "", help) { call in
            guard call.words.isEmpty else {
                return .refused(
                    "\(name) shows how it is; a shell cannot steer it\ntry: \(name), or help \(name)"
                )
            }
            return .done(body().joined(separator: "\n"))
        }.with { $0.places = [.shell] }
    }

    private func driving(
        _ name: String, _ arguments: String, _ help: String, isHarmless: Bool = false,
        _ body: @escaping @Sendable ([String]) -> ControlAnswer
    ) -> ControlCommand {
        ControlCommand(name, arguments, help) { body($0.words) }.with {
            $0.places = [.shell]
            $0.role = .technician
            $0.writes = true
            $0.needsArm = !isHarmless
            $0.completion = { words in
                let names =
                    name.hasPrefix("gate") ? ["H", "V", "D", "A", "all"] : ["shutter", "laser"]
                return words.isEmpty
                    ? names : words.count == 1 && name == "output" ? ["on", "off"] : []
            }
        }
    }

    // MARK: Outputs

    private func gates() -> ControlAnswer {
        let outputs = bench.outputs
        guard !outputs.isEmpty else { return .done(nothingToDrive) }
        let lines = outputs.map { "\($0.name.padded(to: 10)) \($0.isActive ? "ACTIVE" : "safe")" }
        let limits = board().detectors.map {
            [
                "rate limit \(NumberText.short($0.rateLimit))/s in \(NumberText.time(Double($0.rateWindow)))"
            ]
        }
        return .done((lines + (limits ?? [])).joined(separator: "\n"))
    }

    private var nothingToDrive: String {
        bench.obstacle
            ?? (board().isSimulated
                ? "board \(board().name) has no gate lines: its detectors are simulated, and always armed"
                : "board \(board().name) names no gate, shutter or laser line")
    }

    private func gatesNamed(_ words: [String]) -> [String] {
        let gates = bench.outputs.map(\.name).filter { $0.hasPrefix("gate.") }
        guard words.count == 1 else { return [] }
        return words[0] == "all" ? gates : gates.filter { $0 == "gate.\(words[0])" }
    }

    private func output(_ words: [String]) -> ControlAnswer {
        guard words.count == 2, ["on", "off"].contains(words[1]) else {
            return .refused("output needs a name and a level\ntry: output shutter off")
        }
        let known = bench.outputs.map(\.name).filter { $0 == words[0] }
        return drive(known, active: words[1] == "on", asked: [words[0]])
    }

    private func drive(_ names: [String], active: Bool, asked: [String]) -> ControlAnswer {
        guard !names.isEmpty else {
            guard !bench.outputs.isEmpty else { return .refused(nothingToDrive) }
            return .refused(
                "this board has no \"\(asked.joined(separator: " ").prefix(40))\"\nallowed: "
                    + bench.outputs.map(\.name).joined(separator: ", "))
        }
        for name in names {
            if let problem = bench.drive(name, active: active) {
                let unsafe = bench.makeSafe()
                return .refused(
                    (["\(name): \(problem); all outputs were made safe"] + unsafe)
                        .joined(separator: "\n"))
            }
        }
        return .done(names.map { "\($0) \(active ? "ACTIVE" : "safe")" }.joined(separator: "\n"))
    }

    // MARK: Reports

    @Sendable private func tagger() -> [String] {
        let board = board()
        let inputs = board.channels.all.map { "\($0.role) at \($0.input.channel)" }
        var lines = [
            "format \(board.tagger.format), "
                + (board.tagger.connection.map { "at \($0)" }
                    ?? (board.isSimulated ? "simulated" : "no tagger.connection on this board")),
            "10 MHz \(board.tagger.clockSource), inputs: \(inputs.joined(separator: ", "))",
        ]
        lines.append(
            counts[.batches] == 0
                ? "no tags yet: it sends while a pass runs"
                : "\(counts.tags.reduce(0, +)) tags, \(counts[.losses]) places with losses")
        return lines
    }

    @Sendable private func clock() -> [String] {
        let board = board()
        let state =
            switch counts[.clockState] {
            case 2: "follows the satellite"
            case 1: "searches"
            default: "no pass has asked it yet"
            }
        var lines = [state]
        if counts[.clockState] > 0 {
            let sigma = Double(bitPattern: counts[.clockSigma])
            let offset = Double(bitPattern: counts[.clockOffset])
            lines.append(
                "sigma \(NumberText.time(sigma)), quantum light behind the beacon "
                    + NumberText.time(offset))
        }
        lines.append(
            "lag \(NumberText.time(Double(board.clock.lag))), key only below sigma "
                + NumberText.time(Double(board.clock.sigmaValid)))
        return lines
    }
}
