/// Reads TOML 1.0 and keeps the line of every key.
///
/// Written for boards: it says where each value stands, never stops on bad input, and refuses
/// arrays of tables, which no board has. Dates are kept as written, for their user to check.
struct TOMLReader {
    /// Why a text is refused.
    struct Failure: Error {
        let line: Int
        let problem: String
    }

    /// How a path came to be, as far as TOML's rules on repeated keys go.
    private enum Origin: Equatable {
        /// A value, an inline table among them.
        case value
        /// A table that is named only on the way to another section.
        case implied
        /// A table with its own header.
        case section
        /// A table of dotted keys in the section of this line.
        case dotted(sectionLine: Int)
    }

    /// The deepest nesting of lists and inline tables.
    private static let deepestNesting = 16
    /// The most parts of a dotted key.
    private static let longestKey = 16

    private(set) var root: [String: BoardText.Node] = [:]
    private(set) var lines: [[String]: Int] = [:]
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var section: [String] = []
    private var sectionLine = 0
    private var origins: [[String]: Origin] = [:]

    /// Reads all of `text`.
    init(_ text: String) throws(Failure) {
        bytes = Array(text.utf8)
        while true {
            try skipToStatement()
            guard let byte = current else { return }
            if byte == Self.openBracket {
                try readHeader()
            } else {
                try readPair()
            }
            try endLine()
        }
    }

    // MARK: Statements

    private mutating func readHeader() throws(Failure) {
        position += 1
        if current == Self.openBracket { throw failure("arrays of tables are not for boards") }
        let path = try readKey()
        guard current == Self.closeBracket else { throw failure("] is missing after the section") }
        position += 1
        for length in 1..<path.count {
            let prefix = Array(path[..<length])
            switch origins[prefix] {
            case nil:
                origins[prefix] = .implied
                put(.table([:]), at: prefix)
            case .value: throw failure("\(prefix.joined(separator: ".")) is already a value")
            case .implied, .section, .dotted: break
            }
        }
        switch origins[path] {
        case nil: put(.table([:]), at: path)
        case .implied: lines[path] = line
        case .value, .section, .dotted:
            throw failure("\(path.joined(separator: ".")) is given twice")
        }
        origins[path] = .section
        section = path
        sectionLine = line
    }

    private mutating func readPair() throws(Failure) {
        let key = try readKey()
        try expectEquals()
        let path = section + key
        for length in section.count + 1..<path.count {
            let prefix = Array(path[..<length])
            switch origins[prefix] {
            case nil:
                origins[prefix] = .dotted(sectionLine: sectionLine)
                put(.table([:]), at: prefix)
            case .implied: break
            case .dotted(let owner) where owner == sectionLine: break
            case .value, .section, .dotted:
                throw failure("\(prefix.joined(separator: ".")) is already given elsewhere")
            }
        }
        guard origins[path] == nil else {
            throw failure("\(path.joined(separator: ".")) is given twice")
        }
        origins[path] = .value
        put(.flag(false), at: path)
        put(try readValue(at: path, depth: 0), at: path)
    }

    private mutating func expectEquals() throws(Failure) {
        guard current == UInt8(ascii: "=") else { throw failure("= is missing after the key") }
        position += 1
        skipBlanks()
    }

    /// Files `node` at `path`, whose tables exist, and notes the line of its first sight.
    private mutating func put(_ node: BoardText.Node, at path: [String]) {
        if lines[path] == nil { lines[path] = line }
        Self.put(node, at: path[...], in: &root)
    }

    private static func put(
        _ node: BoardText.Node, at path: ArraySlice<String>,
        in table: inout [String: BoardText.Node]
    ) {
        guard let key = path.first else { return }
        if path.count == 1 {
            table[key] = node
        } else if case .table(var inner)? = table[key] {
            put(node, at: path.dropFirst(), in: &inner)
            table[key] = .table(inner)
        }
    }

    // MARK: Keys

    /// A dotted key and the blanks about it.
    private mutating func readKey() throws(Failure) -> [String] {
        var parts: [String] = []
        while true {
            skipBlanks()
            parts.append(try readKeyPart())
            skipBlanks()
            guard current == UInt8(ascii: ".") else { return parts }
            guard parts.count < Self.longestKey else {
                throw failure("a key of more than \(Self.longestKey) parts")
            }
            position += 1
        }
    }

    private mutating func readKeyPart() throws(Failure) -> String {
        if current == Self.quote || current == Self.apostrophe {
            guard !isTriple else { throw failure("a key must stand on one line") }
            return try readString()
        }
        let start = position
        while let byte = current, Self.isBare(byte) { position += 1 }
        guard position > start else {
            throw failure("a key must begin here, not \(currentCharacter)")
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    // MARK: Values

    private mutating func readValue(
        at path: [String], depth: Int
    ) throws(Failure) -> BoardText.Node {
        guard depth < Self.deepestNesting else {
            throw failure("lists and tables nested deeper than \(Self.deepestNesting)")
        }
        switch current {
        case Self.quote, Self.apostrophe: return .text(try readString())
        case Self.openBracket: return try readList(at: path, depth: depth)
        case Self.openBrace: return try readInlineTable(at: path, depth: depth)
        default: return try readPlain()
        }
    }

    private mutating func readList(
        at path: [String], depth: Int
    ) throws(Failure) -> BoardText.Node {
        position += 1
        var items: [BoardText.Node] = []
        while true {
            try skipToStatement()
            if current == Self.closeBracket { break }
            items.append(try readValue(at: path, depth: depth + 1))
            try skipToStatement()
            guard current == UInt8(ascii: ",") else { break }
            position += 1
        }
        guard current == Self.closeBracket else { throw failure("] is missing after the list") }
        position += 1
        return .array(items)
    }

    private mutating func readInlineTable(
        at path: [String], depth: Int
    ) throws(Failure) -> BoardText.Node {
        position += 1
        var entries: [String: BoardText.Node] = [:]
        var dotted: Set<[String]> = []
        skipBlanks()
        while current != Self.closeBrace {
            let key = try readKey()
            try expectEquals()
            for length in 1..<key.count {
                let prefix = Array(key[..<length])
                if Self.find(prefix[...], in: entries) == nil {
                    dotted.insert(prefix)
                    Self.put(.table([:]), at: prefix[...], in: &entries)
                } else if !dotted.contains(prefix) {
                    throw failure("\(prefix.joined(separator: ".")) is already given")
                }
            }
            guard Self.find(key[...], in: entries) == nil else {
                throw failure("\(key.joined(separator: ".")) is given twice")
            }
            lines[path + key] = line
            Self.put(try readValue(at: path + key, depth: depth + 1), at: key[...], in: &entries)
            skipBlanks()
            guard current == UInt8(ascii: ",") else { break }
            position += 1
            skipBlanks()
            if current == Self.closeBrace { throw failure("a key must follow the comma") }
        }
        guard current == Self.closeBrace else { throw failure("} is missing on this line") }
        position += 1
        return .table(entries)
    }

    private static func find(
        _ path: ArraySlice<String>, in table: [String: BoardText.Node]
    ) -> BoardText.Node? {
        guard let key = path.first, let node = table[key] else { return nil }
        if path.count == 1 { return node }
        guard case .table(let inner) = node else { return nil }
        return find(path.dropFirst(), in: inner)
    }

    /// A number, a truth value or a date.
    private mutating func readPlain() throws(Failure) -> BoardText.Node {
        let start = position
        while let byte = current, Self.isBare(byte) || "+.:".utf8.contains(byte) { position += 1 }
        // A date may have a space before its time.
        if position - start == 10, bytes[start + 4] == UInt8(ascii: "-"), current == 32,
            position + 1 < bytes.count, Self.isDigit(bytes[position + 1])
        {
            position += 1
            while let byte = current, Self.isBare(byte) || "+.:".utf8.contains(byte) {
                position += 1
            }
        }
        let word = String(decoding: bytes[start..<position], as: UTF8.self)
        guard !word.isEmpty else {
            throw failure("a value must begin here, not \(currentCharacter)")
        }
        guard let node = TOMLScalar.node(of: word) else {
            throw failure("\(word) is no value; put text in quotes: \"\(word)\"")
        }
        return node
    }

    // MARK: Strings

    private var isTriple: Bool {
        position + 2 < bytes.count && bytes[position + 1] == bytes[position]
            && bytes[position + 2] == bytes[position]
    }

    private mutating func readString() throws(Failure) -> String {
        let mark = bytes[position]
        let isTriple = isTriple
        position += isTriple ? 3 : 1
        if isTriple { skipLineBreak() }
        var content: [UInt8] = []
        while let byte = current {
            if byte == mark, !isTriple || hasClosingTriple(mark) {
                position += isTriple ? 3 : 1
                // Up to two more quotes belong to the text: """a"""" is a and one quote.
                var extra = 0
                while isTriple, extra < 2, current == mark {
                    content.append(mark)
                    position += 1
                    extra += 1
                }
                return String(decoding: content, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\\"), mark == Self.quote {
                try readEscape(into: &content, isTriple: isTriple)
            } else if isTriple, atLineBreak {
                content.append(10)
                skipLineBreak()
            } else if byte == 9 || byte >= 32 && byte != 127 {
                content.append(byte)
                position += 1
            } else {
                break
            }
        }
        throw failure("the closing quote is missing")
    }

    private func hasClosingTriple(_ mark: UInt8) -> Bool {
        position + 2 < bytes.count && bytes[position + 1] == mark && bytes[position + 2] == mark
    }

    private mutating func readEscape(
        into content: inout [UInt8], isTriple: Bool
    ) throws(Failure) {
        position += 1
        guard let byte = current else { throw failure("the closing quote is missing") }
        if isTriple, let folded = foldedLineEnd() {
            position = folded
            while current != nil {
                skipBlanks()
                guard atLineBreak else { break }
                skipLineBreak()
            }
            return
        }
        position += 1
        switch byte {
        case UInt8(ascii: "b"): content.append(8)
        case UInt8(ascii: "t"): content.append(9)
        case UInt8(ascii: "n"): content.append(10)
        case UInt8(ascii: "f"): content.append(12)
        case UInt8(ascii: "r"): content.append(13)
        case Self.quote, UInt8(ascii: "\\"): content.append(byte)
        case UInt8(ascii: "u"): try readCodePoint(digits: 4, into: &content)
        case UInt8(ascii: "U"): try readCodePoint(digits: 8, into: &content)
        default: throw failure("no such escape after \\")
        }
    }

    /// The place of the line break, if only blanks stand between here and it.
    private func foldedLineEnd() -> Int? {
        var end = position
        while end < bytes.count, bytes[end] == 32 || bytes[end] == 9 { end += 1 }
        guard end < bytes.count else { return nil }
        let isBreak =
            bytes[end] == 10
            || bytes[end] == 13 && end + 1 < bytes.count && bytes[end + 1] == 10
        return isBreak ? end : nil
    }

    private mutating func readCodePoint(
        digits: Int, into content: inout [UInt8]
    ) throws(Failure) {
        let end = position + digits
        guard end <= bytes.count, bytes[position..<end].allSatisfy(Self.isHexDigit),
            let code = UInt32(String(decoding: bytes[position..<end], as: UTF8.self), radix: 16),
            let scalar = Unicode.Scalar(code)
        else { throw failure("\\u needs 4 and \\U needs 8 digits of a Unicode scalar") }
        position = end
        content += Array(String(Character(scalar)).utf8)
    }

    // MARK: Blanks and lines

    /// Skips blanks, comments and line breaks.
    private mutating func skipToStatement() throws(Failure) {
        while let byte = current {
            if byte == 32 || byte == 9 {
                position += 1
            } else if atLineBreak {
                skipLineBreak()
            } else if byte == UInt8(ascii: "#") {
                try skipComment()
            } else {
                return
            }
        }
    }

    private mutating func endLine() throws(Failure) {
        skipBlanks()
        if current == UInt8(ascii: "#") { try skipComment() }
        guard current == nil || atLineBreak else {
            throw failure("the line should end here, not go on with \(currentCharacter)")
        }
    }

    private mutating func skipComment() throws(Failure) {
        while let byte = current, !atLineBreak {
            guard byte == 9 || byte >= 32 && byte != 127 else {
                throw failure("a control character stands in a comment")
            }
            position += 1
        }
    }

    private mutating func skipBlanks() {
        while current == 32 || current == 9 { position += 1 }
    }

    private var atLineBreak: Bool {
        current == 10 || current == 13 && position + 1 < bytes.count && bytes[position + 1] == 10
    }

    private mutating func skipLineBreak() {
        guard atLineBreak else { return }
        position += current == 13 ? 2 : 1
        line += 1
    }

    // MARK: Bytes

    private static let openBracket = UInt8(ascii: "[")
    private static let closeBracket = UInt8(ascii: "]")
    private static let openBrace = UInt8(ascii: "{")
    private static let closeBrace = UInt8(ascii: "}")
    private static let quote = UInt8(ascii: "\"")
    private static let apostrophe = UInt8(ascii: "'")

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private var currentCharacter: String {
        guard let byte = current else { return "the end of the file" }
        return (33...126).contains(byte) ? "\"\(Unicode.Scalar(byte))\"" : "a line end or blank"
    }

    private func failure(_ problem: String) -> Failure { Failure(line: line, problem: problem) }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (65...70).contains(byte) || (97...102).contains(byte)
    }

    private static func isBare(_ byte: UInt8) -> Bool {
        isDigit(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45
            || byte == 95
    }
}
