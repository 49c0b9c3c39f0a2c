import BoardFile
public import Control

/// `get`, `set`, `defaults`, `diff`, `dump`, `save` and `env`: the board through its table of keys.
public struct ParameterCommands: Sendable {
    private let workspace: BoardWorkspace
    /// What a program may want to know beside the keys, as names and values.
    private let facts: @Sendable () -> [(name: String, value: String)]

    /// Orders about the board of `workspace`.
    ///
    /// - Parameter facts: What `env` tells beside the keys.
    public init(
        _ workspace: BoardWorkspace,
        facts: @escaping @Sendable () -> [(name: String, value: String)] = { [] }
    ) {
        self.workspace = workspace
        self.facts = facts
    }

    /// The orders.
    public var commands: [ControlCommand] {
        let keys: @Sendable ([String]) -> [String] = { $0.isEmpty ? Parameter.all.map(\.path) : [] }
        return [
            ControlCommand(
                "get", "[KEY|SECTION]", "values of the board, with what is set but not saved"
            ) { get($0) }.with { $0.completion = keys },
            ControlCommand("set", "KEY VALUE UNIT", "set a value, until save or forget") {
                set($0)
            }.with {
                change(&$0)
                $0.completion = { words in
                    words.count == 1
                        ? Parameter.named(words[0])?.choices ?? [] : keys(words)
                }
            },
            ControlCommand("defaults", "KEY|all", "take settings back to the board file's values") {
                defaults($0)
            }.with {
                change(&$0)
                $0.completion = { $0.isEmpty ? workspace.overlaid + ["all"] : [] }
            },
            ControlCommand("forget", "", "drop what is set but not saved") { _ in
                workspace.forget()
                return .done("")
            }.with(change),
            ControlCommand(
                "diff", "", "what differs from the board file, as orders; send it with a question"
            ) { _ in diff() },
            ControlCommand("dump", "[SECTION]", "all values, as orders") { dump($0) }
                .with { $0.completion = { $0.isEmpty ? Self.sections : [] } },
            ControlCommand("save", "", "check the whole board and write what is set") { _ in
                save()
            }.with {
                change(&$0)
                // A disk may take its time.
                $0.isLong = true
            },
            ControlCommand("env", "[TEXT]", "facts and values as NAME=VALUE, for programs") {
                env($0)
            },
        ]
    }

    @Sendable private func change(_ command: inout ControlCommand) {
        command.role = .technician
        command.writes = true
        command.places = [.shell]
    }

    private static let sections = Array(
        Set(Parameter.all.map { String($0.path.prefix { $0 != "." }) })
    ).sorted()

    // MARK: Reading

    @Sendable private func get(_ call: CommandCall) -> ControlAnswer {
        let board = workspace.wanted
        guard let asked = call.words.first else {
            for line in TextColumns.lines(Self.sections, columns: call.columns) { call.say(line) }
            return .done("get KEY or get SECTION shows values")
        }
        guard call.words.count == 1 else {
            return .refused("get takes one key\ntry: get \(asked)")
        }
        if let row = Parameter.named(asked) {
            call.say(ParameterText.line(row, in: board))
            if let filed = filed(row) { call.say("    the board file says \(filed)") }
            call.say("    \(row.help)")
            if let allowed = row.allowed { call.say("    allowed: \(allowed)") }
            return .done("    a new value takes effect \(ParameterText.effect(row))")
        }
        let rows = Parameter.all.filter {
            $0.path.hasPrefix(asked.hasSuffix(".") ? asked : asked + ".")
        }
        guard !rows.isEmpty else { return .refused(ParameterText.unknown(asked)) }
        let given = rows.filter { $0.typed(in: board) != nil }
        guard !given.isEmpty else { return .done("this board has nothing in [\(asked)]") }
        return .done(given.map { ParameterText.line($0, in: board) }.joined(separator: "\n"))
    }

    /// The board file's value, where it is another one.
    private func filed(_ row: Parameter) -> String? {
        let filed = row.typed(in: workspace.asFiled) ?? "none"
        return filed == (row.typed(in: workspace.wanted) ?? "none") ? nil : filed
    }

    private func diff() -> ControlAnswer {
        let unsaved = Set(workspace.unsaved)
        let rows = Parameter.all.filter { filed($0) != nil || unsaved.contains($0.path) }
        var lines = [
            "# board \(workspace.wanted.name): \(ParameterText.count(rows.count)) unlike its file"
        ]
        for row in rows {
            lines.append(
                "# the file: \(filed(row) ?? row.typed(in: workspace.asFiled) ?? "none"); "
                    + (unsaved.contains(row.path) ? "not saved" : "saved")
                    + "; takes effect \(ParameterText.effect(row))")
            lines.append(order(row, in: workspace.wanted))
        }
        return .done(lines.joined(separator: "\n"))
    }

    private func order(_ row: Parameter, in board: Board) -> String {
        row.typed(in: board).map { "set \(row.path) \($0)" } ?? "defaults \(row.path)"
    }

    @Sendable private func dump(_ call: CommandCall) -> ControlAnswer {
        let board = workspace.wanted
        let section = call.words.first.map { $0 + "." } ?? ""
        let rows = Parameter.all.filter { $0.path.hasPrefix(section) && !$0.isSecret }
        guard !rows.isEmpty else { return .refused(ParameterText.unknown(call.words[0])) }
        call.say("# board \(board.name)")
        for row in rows where row.typed(in: board) != nil { call.say(order(row, in: board)) }
        return .done("")
    }

    @Sendable private func env(_ call: CommandCall) -> ControlAnswer {
        let wanted = call.words.first?.uppercased() ?? ""
        let board = workspace.wanted
        let values = Parameter.all.compactMap { row -> (String, String)? in
            guard !row.isSecret, let value = row.typed(in: board) else { return nil }
            return ("BOARD_" + row.path.uppercased().replacing(".", with: "_"), value)
        }
        for (name, value) in facts().map({ ("LODESTAR_" + $0.name, $0.value) }) + values
        where name.contains(wanted) {
            call.say("\(name)=\(Self.quoted(value))")
        }
        return .done("")
    }

    /// A value as a shell reads it back.
    private static func quoted(_ value: String) -> String {
        let isPlain = value.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: Array("._-+/:".utf8).contains($0)
            }
        }
        return isPlain && !value.isEmpty ? value : "'\(value.replacing("'", with: "'\\''"))'"
    }

    // MARK: Changing

    @Sendable private func set(_ call: CommandCall) -> ControlAnswer {
        var words = call.words
        guard let path = words.first else {
            return .refused("set needs a key and a value\ntry: set gate.width 800 ps")
        }
        words.removeFirst()
        if words.first == "=" { words.removeFirst() }
        guard let row = Parameter.named(path) else {
            return .refused(ParameterText.unknown(path))
        }
        if let fixed = fixed(row) { return .refused(fixed) }
        guard !words.isEmpty else {
            return .refused(
                "\(path): no value was given\nallowed: \(row.allowed ?? row.kindName)")
        }
        let typed = words.joined(separator: " ")
        do throws(ParameterFault) {
            return store(row, try row.literal(typed: typed), call)
        } catch {
            return .refused(ParameterText.refusal(row, typed: typed, error))
        }
    }

    /// Keys that are no settings of a shell.
    private func fixed(_ row: Parameter) -> String? {
        if row.isSecret {
            return "\(row.path) is set in the board file alone\ntry: lodestar shell password"
        }
        if ["board.inherits", "board.name", "board.simulated", "faults.allowed"].contains(row.path)
        {
            return "\(row.path) is set in the board file alone: it says what the station is"
        }
        return nil
    }

    private func store(
        _ row: Parameter, _ literal: String?, _ call: CommandCall
    ) -> ControlAnswer {
        let isInBatch = (call.session as? SessionState)?.isInBatch ?? false
        do throws(BoardError) {
            try workspace.set(row.path, to: literal, isChecked: !isInBatch)
        } catch {
            let hint =
                error.faults.allSatisfy { $0.path == row.path }
                ? "" : "\ntry: batch start, set all that belong together, batch end"
            return .refused(ParameterText.refusal(error) + hint)
        }
        return .done(isInBatch ? "" : ParameterText.line(row, in: workspace.wanted))
    }

    @Sendable private func defaults(_ call: CommandCall) -> ControlAnswer {
        guard call.words.count == 1 else {
            return .refused("defaults needs a key, or all\ntry: diff shows which keys are set")
        }
        if call.words[0] == "all" {
            do throws(BoardError) {
                try workspace.setDefaults()
                return .done("all values are those of the board file; save writes that")
            } catch {
                return .refused(ParameterText.refusal(error))
            }
        }
        guard let row = Parameter.named(call.words[0]) else {
            return .refused(ParameterText.unknown(call.words[0]))
        }
        return store(row, nil, call)
    }

    private func save() -> ControlAnswer {
        let unsaved = workspace.unsaved
        guard !unsaved.isEmpty else { return .done("nothing to save") }
        do {
            let saved = try workspace.save()
            var lines = ["saved \(ParameterText.count(unsaved.count)) in \(workspace.overlayPath)"]
            if !saved.nextPass.isEmpty {
                lines.append("with the next pass: \(saved.nextPass.joined(separator: ", "))")
            }
            if !saved.restart.isEmpty {
                lines.append("after a restart: \(saved.restart.joined(separator: ", "))")
            }
            return .done(lines.joined(separator: "\n"))
        } catch let error as BoardError {
            return .refused(ParameterText.refusal(error))
        } catch {
            return .refused("\(error)")
        }
    }
}
