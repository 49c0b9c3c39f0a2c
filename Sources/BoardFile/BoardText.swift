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
    /// Where each key stands, from 1.
    let lines: [[String]: Int]

    /// The largest board file, bytes: a hundred times what one needs.
    static let largestSize = 1 << 20

    /// Reads the text of `file`; throws what makes it no TOML.
    init(_ text: String, file: String) throws(BoardError) {
        guard text.utf8.count <= Self.largestSize else {
            throw BoardError(faults: [
                BoardFault(
                    file: file, line: nil, path: "", value: nil,
                    problem: "\(text.utf8.count) bytes are too many for a board",
                    allowed: "up to \(Self.largestSize)")
            ])
        }
        do throws(TOMLReader.Failure) {
            let reader = try TOMLReader(text)
            root = reader.root
            lines = reader.lines
        } catch {
            throw BoardError(faults: [
                BoardFault(
                    file: file, line: error.line, path: "", problem: "not TOML: \(error.problem)")
            ])
        }
        self.file = file
    }

    /// The line of the key at `path`, or of the nearest section around it.
    func line(of path: [String]) -> Int? {
        var path = path
        while !path.isEmpty {
            if let line = lines[path] { return line }
            path.removeLast()
        }
        return nil
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
