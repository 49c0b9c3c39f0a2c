/// Where each key of a TOML text stands: a light scan beside the parser, which keeps no lines.
///
/// It trusts that the text is TOML. What it does not find is reported at its section.
struct KeyLines {
    private var lines: [[String]: Int] = [:]
    private var bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var section: [String] = []

    /// Scans `text`.
    init(_ text: String) {
        bytes = Array(text.utf8)
        while position < bytes.count { scanStatement() }
        bytes = []
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

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func advance() {
        if current == UInt8(ascii: "\n") { line += 1 }
        position += 1
    }

    /// One section header, key, comment or empty line.
    private mutating func scanStatement() {
        skip { $0 == 32 || $0 == 9 || $0 == 13 || $0 == 10 }
        switch current {
        case nil: return
        case UInt8(ascii: "#"): skipComment()
        case UInt8(ascii: "["):
            skip { $0 == UInt8(ascii: "[") }
            section = scanKey()
            note(section)
            skip { $0 != 10 }
        default: scanPair(within: section, depth: 0)
        }
    }

    /// `key = value`, with the keys of an inline table.
    private mutating func scanPair(within section: [String], depth: Int) {
        let start = position
        let path = section + scanKey()
        note(path)
        skip { $0 == 32 || $0 == 9 }
        if current == UInt8(ascii: "=") { advance() }
        skip { $0 == 32 || $0 == 9 }
        // The parser allows 256 levels; no board needs more than one.
        if current == UInt8(ascii: "{"), depth < 8 {
            scanInlineTable(within: path, depth: depth + 1)
        } else {
            skipValue()
        }
        if position == start { advance() }
    }

    private mutating func scanInlineTable(within path: [String], depth: Int) {
        advance()
        while let byte = current, byte != UInt8(ascii: "}") {
            if byte == UInt8(ascii: ",") || byte <= 32 {
                advance()
            } else {
                scanPair(within: path, depth: depth)
            }
        }
        advance()
    }

    /// A dotted key, quoted or bare, up to `=`, `]` or the line's end.
    private mutating func scanKey() -> [String] {
        var parts: [String] = []
        while let byte = current {
            switch byte {
            case 32, 9, UInt8(ascii: "."): advance()
            case UInt8(ascii: "\""), UInt8(ascii: "'"): parts.append(scanQuoted())
            case UInt8(ascii: "="), UInt8(ascii: "]"), UInt8(ascii: "}"), 10, 13: return parts
            default:
                let start = position
                skip { $0 > 32 && !Self.endsBareKey.contains($0) }
                if position == start { advance() }
                parts.append(String(decoding: bytes[start..<position], as: UTF8.self))
            }
        }
        return parts
    }

    private static let endsBareKey: Set<UInt8> = Set("=]}.\"'".utf8)

    /// A value up to the comma, bracket or line end that closes it.
    private mutating func skipValue() {
        var depth = 0
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"): _ = scanQuoted()
            case UInt8(ascii: "#"): skipComment()
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                advance()
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if depth == 0 { return }
                depth -= 1
                advance()
            case UInt8(ascii: ","), 10:
                if depth == 0 { return }
                advance()
            default: advance()
            }
        }
    }

    /// A string in single, double or triple quotes; what is inside.
    private mutating func scanQuoted() -> String {
        guard let quote = current else { return "" }
        let isTriple =
            bytes[position...].prefix(3).allSatisfy { $0 == quote }
            && bytes.count - position >= 3
        let closing = isTriple ? 3 : 1
        for _ in 0..<closing { advance() }
        let start = position
        while let byte = current {
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                advance()
                advance()
                continue
            }
            if bytes[position...].prefix(closing).allSatisfy({ $0 == quote }),
                bytes.count - position >= closing
            {
                break
            }
            if byte == 10, !isTriple { break }
            advance()
        }
        let content = String(
            decoding: bytes[min(start, bytes.count)..<min(position, bytes.count)],
            as: UTF8.self)
        if current == quote { for _ in 0..<closing { advance() } }
        return content
    }

    private mutating func skipComment() { skip { $0 != 10 } }

    private mutating func skip(while condition: (UInt8) -> Bool) {
        while let byte = current, condition(byte) { advance() }
    }

    private mutating func note(_ path: [String]) {
        if lines[path] == nil { lines[path] = line }
    }
}
