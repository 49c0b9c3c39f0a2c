import Synchronization

/// The orders that can be given, in the order of the help; the same for sockets and shells.
public struct CommandTable: Sendable {
    /// All orders but `help`.
    public let commands: [ControlCommand]

    /// A table of orders; no two that are offered at one place may have one name.
    public init(_ commands: [ControlCommand]) {
        for place in ControlCommand.Place.allCases {
            let names = commands.filter { $0.places.contains(place) }.map(\.words)
            precondition(Set(names).count == names.count)
        }
        self.commands = commands
    }

    /// The orders that are offered at `place`.
    public func commands(at place: ControlCommand.Place) -> [ControlCommand] {
        commands.filter { $0.places.contains(place) }
    }

    /// The order with the longest name that `words` begin with: `pass stop` before `pass`.
    public func command(
        for words: [String], at place: ControlCommand.Place
    ) -> ControlCommand? {
        commands(at: place).filter { words.starts(with: $0.words) }
            .max { $0.words.count < $1.words.count }
    }

    /// Does what `line` says, for the control socket: quick orders that need no arming.
    public func answer(_ line: String) -> ControlAnswer {
        let words = ControlCommand.split(line)
        guard let first = words.first else { return .refused("an empty order; try help") }
        if first == "help" { return help(Array(words.dropFirst())) }
        guard let command = command(for: words, at: .control) else {
            return .refused(unknown(words, at: .control))
        }
        guard !command.needsArm, !command.isLong else {
            return .refused("\(command.name) needs a shell; type: lodestar shell")
        }
        let said = Mutex<[String]>([])
        let call = CommandCall(
            words: Array(words.dropFirst(command.words.count)), session: ControlSession()
        ) { output in
            if case .line(let line) = output { said.withLock { $0.append(line) } }
        }
        switch command.action(call) {
        case .done(let text):
            return .done(
                (said.withLock { $0 } + (text.isEmpty ? [] : [text])).joined(separator: "; "))
        case .refused(let text): return .refused(text)
        }
    }

    private func help(_ words: [String]) -> ControlAnswer {
        let commands = commands(at: .control).filter { !$0.needsArm && !$0.isLong }
        guard !words.isEmpty else {
            return .done("help [ORDER]; " + commands.map(\.usage).joined(separator: "; "))
        }
        let named = commands.filter { $0.words.starts(with: words) }
        guard !named.isEmpty else { return .refused(unknown(words, at: .control)) }
        return .done(named.map { "\($0.usage): \($0.help)" }.joined(separator: "; "))
    }

    /// What is said of an order that is in no table.
    private func unknown(_ words: [String], at place: ControlCommand.Place) -> String {
        let commands = commands(at: place)
        let family = commands.filter { $0.words.first == words.first }
        let allowed = (family.isEmpty ? commands : family).map(\.usage)
        let asked = words.prefix(2).joined(separator: " ").prefix(40)
        return "no order is called \"\(asked)\" (allowed: help; "
            + allowed.joined(separator: "; ") + ")"
    }
}
