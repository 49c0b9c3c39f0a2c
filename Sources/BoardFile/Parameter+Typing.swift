/// Why a value that somebody typed was refused.
public struct ParameterFault: Error, Equatable, Sendable {
    /// What is wrong, in one line.
    public var problem: String
    /// What is allowed; `nil` if anything of its kind goes.
    public var allowed: String?
    /// A value that would be taken, as it is typed; `nil` if none is known.
    public var example: String?
}

extension Parameter {
    /// The row of `path`; `nil` if no board has such a key.
    public static func named(_ path: String) -> Parameter? { byPath[path] }

    /// The key most like `path`, if one is near.
    public static func nearest(to path: String) -> String? {
        Nearest.word(to: path, among: all.map(\.path))
    }

    /// The one of `words` most like `word`, if one is near.
    public static func nearest(to word: String, among words: [String]) -> String? {
        Nearest.word(to: word, among: words)
    }

    /// Reads a value as somebody types it: `800 ps`, `true`, `0.8 0.1 0`, a text without quotes.
    ///
    /// - Returns: the value as a board file writes it.
    public func literal(typed text: String) throws(ParameterFault) -> String {
        do throws(ValueProblem) {
            return format(try read(try node(typed: text)))
        } catch {
            let parts = error.problem.split(separator: ";", maxSplits: 1)
            throw ParameterFault(
                problem: String(parts[0]), allowed: allowed ?? "\(kindName)",
                example: example(for: text))
        }
    }

    private func node(typed text: String) throws(ValueProblem) -> BoardText.Node {
        let plain = Self.unquoted(text)
        switch kind {
        case .whole, .real, .period, .text, .choice, .instant, .connection: return .text(plain)
        case .integer:
            guard let value = Int64(plain) else {
                throw ValueProblem(problem: "no whole number")
            }
            return .integer(value)
        case .number:
            guard let value = Double(plain), value.isFinite else {
                throw ValueProblem(problem: "no number")
            }
            return .number(value)
        case .numbers:
            var items: [BoardText.Node] = []
            for word in plain.split(whereSeparator: { "[], ".contains($0) }) {
                guard let value = Double(word), value.isFinite else {
                    throw ValueProblem(problem: "\"\(word)\" is no number")
                }
                items.append(.number(value))
            }
            return .array(items)
        case .words:
            let words = plain.split(whereSeparator: { "[], ".contains($0) })
            return .array(words.map { .text(Self.unquoted(String($0))) })
        case .flag:
            switch plain {
            case "true", "on", "yes": return .flag(true)
            case "false", "off", "no": return .flag(false)
            default: throw ValueProblem(problem: "neither true nor false")
            }
        }
    }

    /// What to type in place of `text`.
    private func example(for text: String) -> String? {
        // A unit alone is missing: the number may well be right.
        if case .whole(let dimension) = kind, Int64(text) != nil {
            let guess = "\(text) \(dimension.units[0].name)"
            if (try? read(.text(guess))) != nil { return guess }
        }
        if case .real(let dimension) = kind, Double(text) != nil {
            let guess = "\(text) \(dimension.units[0].name)"
            if (try? read(.text(guess))) != nil { return guess }
        }
        if case .choice(let words) = kind {
            return Nearest.word(to: text, among: words) ?? words.first
        }
        if case .text(let text) = fallback { return text }
        return range?.greatest
    }

    /// The words among which the value must be; empty if it may be others.
    public var choices: [String] {
        switch kind {
        case .choice(let words): words
        case .flag: ["true", "false"]
        default: []
        }
    }

    /// The value in `board` as somebody types it; `nil` where there is none.
    public func typed(in board: Board) -> String? {
        guard isGiven(in: board), let value = get(board) else { return nil }
        guard !isSecret else { return "(set, not shown)" }
        return Self.typed(format(value))
    }

    /// A value as somebody types it, of one as a board file writes it.
    public static func typed(_ literal: String) -> String {
        guard literal.hasPrefix("\""), !literal.contains("\\"), literal.count > 2,
            literal.dropFirst().first != " "
        else { return literal }
        return String(literal.dropFirst().dropLast())
    }

    /// The text of what may stand in quotes.
    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        var result = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            if !isEscaped, character == "\\" {
                isEscaped = true
            } else {
                result.append(character)
                isEscaped = false
            }
        }
        return result
    }
}
