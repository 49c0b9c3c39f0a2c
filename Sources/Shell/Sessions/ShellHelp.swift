import BoardFile
import Control

/// What `help` says: of all orders, of some, and of the board's keys.
enum ShellHelp {
    static func answer(_ words: [String], in commands: [ControlCommand]) -> ControlAnswer {
        guard !words.isEmpty else { return .done(overview(commands)) }
        let named = commands.filter { $0.words.starts(with: words) }
        let text = words.joined(separator: " ")
        if !named.isEmpty { return .done(named.map(page).joined(separator: "\n")) }
        if words.count == 1, let row = Parameter.named(words[0]) {
            return .done(ParameterText.help(row))
        }
        let found = search(text, in: commands)
        guard !found.isEmpty else {
            return .refused("nothing is known about \"\(text.prefix(40))\"\ntry: help")
        }
        return .done(found.joined(separator: "\n"))
    }

    /// Names side by side: all of them fit an 80x24 terminal.
    private static func overview(_ commands: [ControlCommand]) -> String {
        var first: [String] = []
        for command in commands where !first.contains(command.words[0]) {
            first.append(command.words[0])
        }
        let lines = TextColumns.lines(["help"] + first, columns: 80)
        return
            (lines + [
                "help NAME tells more, of orders and of keys; help TEXT searches; TAB completes.",
                "Ctrl-C stops what runs; Ctrl-R searches what was typed; quit ends the session.",
            ]).joined(separator: "\n")
    }

    private static func page(_ command: ControlCommand) -> String {
        var needs: [String] = []
        if command.role != .none { needs.append(command.role.rawValue) }
        if command.needsArm { needs.append("arm") }
        return "\(command.usage)\n    \(command.help)"
            + (needs.isEmpty ? "" : "\n    needs: \(needs.joined(separator: ", "))")
    }

    private static func search(_ text: String, in commands: [ControlCommand]) -> [String] {
        let wanted = text.lowercased()
        let orders = commands.filter {
            "\($0.usage) \($0.help)".lowercased().contains(wanted)
        }.map { "\($0.usage): \($0.help)" }
        let keys = Parameter.all.filter {
            "\($0.path) \($0.help)".lowercased().contains(wanted)
        }.map { "\($0.path): \($0.help)" }
        return orders + keys
    }

    /// An order as the log has it: what is typed for a secret key stays out.
    static func logged(_ words: [String]) -> String {
        let isSecret = words.contains { Parameter.named($0)?.isSecret == true }
        return (isSecret ? words.prefix(2) + ["..."] : words[...]).joined(separator: " ")
            .prefix(120).description
    }

    static func unknown(_ words: [String], in commands: [ControlCommand]) -> String {
        let family = commands.filter { $0.words.first == words.first }
        let asked = words.prefix(2).joined(separator: " ").prefix(40)
        guard family.isEmpty else {
            return "no order is called \"\(asked)\"\nallowed: "
                + family.map(\.usage).joined(separator: ", ") + "\ntry: help \(words[0])"
        }
        let near = Parameter.nearest(to: words[0], among: commands.map { $0.words[0] } + ["help"])
        return "no order is called \"\(words[0].prefix(40))\"\ntry: \(near ?? "help")"
    }
}
