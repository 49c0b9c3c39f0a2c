/// One order that can be given, and what it does: a row of the table that sockets, shells, help and
/// completion share.
public struct ControlCommand: Sendable {
    /// Where an order is given.
    public enum Place: Sendable, CaseIterable {
        /// The control socket: a line in, a line out.
        case control
        /// A shell, with a session of its own.
        case shell
    }

    /// The words that name it, as `["pass", "start"]`.
    public var words: [String]
    /// What may follow, as in a manual: `[now|next]`.
    public var arguments: String
    /// What it does, in a few words.
    public var help: String
    /// Where it is offered.
    public var places = Place.allCases
    /// What a shell's user must be allowed.
    public var role = CommandRole.none
    /// Whether it changes something: one session at a time may.
    public var writes = false
    /// Whether it can do harm: only after `arm`.
    public var needsArm = false
    /// Whether it only says what may follow it when nothing does: that needs nobody's leave.
    public var isHarmlessAlone = false
    /// Whether it may take longer than a moment: it has a thread of its own then.
    public var isLong = false
    /// What the next word may be, by the words already there.
    public var completion: @Sendable ([String]) -> [String] = { _ in [] }
    /// Does it; quick unless ``isLong``, since others wait.
    public var action: @Sendable (CommandCall) -> ControlAnswer

    /// An order that needs its words alone.
    public init(
        _ name: String, arguments: String = "", help: String,
        action: @escaping @Sendable ([String]) -> ControlAnswer
    ) {
        self.init(name, arguments, help) { action($0.words) }
    }

    /// An order that needs to know who gave it, or that shows something while it runs.
    public init(
        _ name: String, _ arguments: String, _ help: String,
        call action: @escaping @Sendable (CommandCall) -> ControlAnswer
    ) {
        words = Self.split(name)
        precondition(!words.isEmpty)
        self.arguments = arguments
        self.help = help
        self.action = action
    }

    /// The same, changed by `change`.
    public func with(_ change: (inout ControlCommand) -> Void) -> ControlCommand {
        var changed = self
        change(&changed)
        return changed
    }

    /// Name and arguments, as in a manual.
    public var usage: String { arguments.isEmpty ? name : "\(name) \(arguments)" }

    /// The name with its spaces.
    public var name: String { words.joined(separator: " ") }

    /// The words of a line.
    public static func split(_ line: String) -> [String] {
        line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
    }
}
