import TOMLKit

/// The text of one board file as a tree, with the line of each key.
struct BoardText {
    /// A value as TOML has it.
    enum Node: Equatable {
        case table([String: Node])
        case array([Node])
        case text(String)
        case integer(Int64)
        case number(Double)
        case flag(Bool)
        /// A date or a time, as written.
        case other(String)
    }

    /// The name used in messages.
    let file: String
    /// The whole file.
    let root: [String: Node]
    /// Where each key stands.
    let lines: KeyLines

    /// The largest board file, bytes: a hundred times what one needs.
    static let largestSize = 1 << 20

    /// Reads the text of `file`; throws what makes it no TOML.
    init(_ text: String, file: String) throws(BoardError) {
        func refuse(_ problem: String, line: Int? = nil) -> BoardError {
            BoardError(faults: [
                BoardFault(file: file, line: line, path: "", problem: problem)
            ])
        }
        guard text.utf8.count <= Self.largestSize else {
            throw refuse("\(text.utf8.count) bytes are too many for a board; at most 1 MiB")
        }
        // The parser below hands C strings about: a zero byte would cut a key short.
        guard !Self.hasZeroCharacter(text) else {
            throw refuse("the character U+0000 is not allowed in a board file")
        }
        let table: TOMLTable
        do {
            table = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw refuse("not TOML: \(error.description)", line: error.source.begin.line)
        } catch {
            throw refuse("not TOML: \(error)")
        }
        self.file = file
        root = Self.tree(table)
        lines = KeyLines(text)
    }

    /// Whether a zero stands in `text` or is spelled by an escape such as `\u0000`.
    private static func hasZeroCharacter(_ text: String) -> Bool {
        text.utf8.contains(0) || text.contains("\\u0000") || text.contains("\\U00000000")
            || text.contains("\\x00")
    }

    private static func tree(_ table: TOMLTable) -> [String: Node] {
        withExtendedLifetime(table) {
            var result: [String: Node] = [:]
            for key in table.keys {
                if let value = table[key] { result[key] = node(value) }
            }
            return result
        }
    }

    private static func node(_ value: any TOMLValueConvertible) -> Node {
        switch value.type {
        case .table: .table(value.table.map(tree) ?? [:])
        case .array: .array(value.array.map { array in array.map(node) } ?? [])
        case .string: .text(value.string ?? "")
        case .int: .integer(Int64(value.int ?? 0))
        case .double: .number(value.double ?? .nan)
        case .bool: .flag(value.bool ?? false)
        case .date, .time, .dateTime: .other(value.debugDescription)
        }
    }
}

extension BoardText.Node: CustomStringConvertible {
    /// The value as TOML writes it.
    var description: String {
        switch self {
        case .table(let entries):
            "{ "
                + entries.sorted { $0.key < $1.key }
                .map { "\($0.key) = \($0.value)" }.joined(separator: ", ") + " }"
        case .array(let items): "[" + items.map(\.description).joined(separator: ", ") + "]"
        case .text(let text): "\"\(text)\""
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .flag(let value): "\(value)"
        case .other(let text): text
        }
    }

    /// What kind of value this is, for messages.
    var kindName: String {
        switch self {
        case .table: "a section"
        case .array: "a list"
        case .text: "a text"
        case .integer, .number: "a bare number"
        case .flag: "true or false"
        case .other: "a date"
        }
    }
}
