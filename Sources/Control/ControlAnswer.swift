/// What an order came to.
public enum ControlAnswer: Equatable, Sendable {
    /// It was done; what there is to say, in one or several lines.
    case done(String)
    /// It was not done: why, and in further lines what is allowed and what to do.
    case refused(String)

    /// The answer as one line, without its end: `ok ...` or `error ...`.
    public var line: String {
        switch self {
        case .done(let text): text.isEmpty ? "ok" : "ok \(Self.flat(text))"
        case .refused(let text): "error \(Self.flat(text))"
        }
    }

    /// One line of what may be several.
    private static func flat(_ text: String) -> String {
        String(text.map { $0.isNewline ? ";" : $0 })
    }
}
