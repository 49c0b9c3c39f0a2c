/// The lines of a text with their numbers from 1, whatever they end with.
struct TextLines: Sequence, IteratorProtocol {
    private var rest: ArraySlice<UInt8>
    private var number = 0

    init(_ text: String) { rest = ArraySlice(Array(text.utf8)) }

    /// The next line without its end and without blanks at its end.
    mutating func next() -> (number: Int, bytes: ArraySlice<UInt8>)? {
        guard !rest.isEmpty else { return nil }
        number += 1
        let end = rest.firstIndex { $0 == 10 || $0 == 13 } ?? rest.endIndex
        var line = rest[..<end]
        var after = end
        if after < rest.endIndex {
            let isPair = rest[after] == 13 && after + 1 < rest.endIndex && rest[after + 1] == 10
            after += isPair ? 2 : 1
        }
        rest = rest[after...]
        while let last = line.last, last == 32 || last == 9 { line.removeLast() }
        return (number, line)
    }
}

extension String {
    /// The text without blanks and tabs at both ends.
    var trimmingBlanks: String {
        var bytes = Substring(self).utf8
        while let first = bytes.first, first == 32 || first == 9 { bytes.removeFirst() }
        while let last = bytes.last, last == 32 || last == 9 { bytes.removeLast() }
        return String(Substring(bytes))
    }

    /// What stands between blanks and tabs.
    var words: [String] {
        utf8.split(whereSeparator: { $0 == 32 || $0 == 9 }).map { String(Substring($0)) }
    }
}

/// Numbers as files write them.
enum PlainNumber {
    /// A decimal number, with an exponent or without; no infinity, no hexadecimal.
    static func value(_ text: String) -> Double? {
        let isPlain = text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || byte == 43 || byte == 45 || byte == 46 || byte == 69
                || byte == 101
        }
        guard isPlain, text.utf8.count < 64, let value = Double(text), value.isFinite else {
            return nil
        }
        return value
    }

    /// A whole number.
    static func whole(_ text: String) -> Int64? {
        text.utf8.count < 19 ? Int64(text) : nil
    }
}
