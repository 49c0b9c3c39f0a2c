/// TOML's values of one word: truth values, numbers and dates.
enum TOMLScalar {
    /// The value of `word`; `nil` if it is none.
    static func node(of word: String) -> BoardText.Node? {
        switch word {
        case "true": return .flag(true)
        case "false": return .flag(false)
        case "inf", "+inf": return .number(.infinity)
        case "-inf": return .number(-.infinity)
        case "nan", "+nan", "-nan": return .number(.nan)
        default: break
        }
        if isDate(word) { return .other(word) }
        guard let digits = withoutUnderscores(word) else { return nil }
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) {
            let rest = digits.dropFirst(2)
            guard rest.first.map({ $0 != "+" && $0 != "-" }) ?? false else { return nil }
            return Int64(rest, radix: radix).map { .integer($0) }
        }
        return decimal(digits)
    }

    private static func decimal(_ word: String) -> BoardText.Node? {
        let unsigned = word.first == "+" || word.first == "-" ? word.dropFirst() : Substring(word)
        let mantissaEnd = unsigned.firstIndex { $0 == "e" || $0 == "E" } ?? unsigned.endIndex
        let parts = unsigned[..<mantissaEnd].split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy(isDigits), let whole = parts.first,
            whole.count == 1 || whole.first != "0"
        else { return nil }
        if mantissaEnd < unsigned.endIndex {
            var exponent = unsigned[unsigned.index(after: mantissaEnd)...]
            if exponent.first == "+" || exponent.first == "-" { exponent.removeFirst() }
            guard isDigits(exponent) else { return nil }
        } else if parts.count == 1 {
            return Int64(word).map { .integer($0) }
        }
        return Double(word).map { .number($0) }
    }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) }
    }

    /// `word` without its underscores, each of which stands between two digits.
    private static func withoutUnderscores(_ word: String) -> String? {
        let bytes = Array(word.utf8)
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "_") {
            guard index > 0, index + 1 < bytes.count, isAlphanumeric(bytes[index - 1]),
                isAlphanumeric(bytes[index + 1])
            else { return nil }
            // 0x_1 and 1_e3 stand beside a letter that is no digit.
            if index == 2, bytes[0] == 48, bytes[1] > 57 { return nil }
            let isHex = word.hasPrefix("0x")
            if !isHex, bytes[index - 1] > 57 || bytes[index + 1] > 57 { return nil }
        }
        return word.filter { $0 != "_" }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }

    /// Whether `word` has the form of a date or a time.
    private static func isDate(_ word: String) -> Bool {
        let bytes = Array(word.utf8)
        func isDigits(_ range: Range<Int>) -> Bool {
            range.upperBound <= bytes.count && bytes[range].allSatisfy { (48...57).contains($0) }
        }
        let isDay =
            bytes.count >= 10 && isDigits(0..<4) && bytes[4] == UInt8(ascii: "-")
            && isDigits(5..<7) && bytes[7] == UInt8(ascii: "-") && isDigits(8..<10)
        let isTime =
            bytes.count >= 8 && isDigits(0..<2) && bytes[2] == UInt8(ascii: ":")
            && isDigits(3..<5) && bytes[5] == UInt8(ascii: ":") && isDigits(6..<8)
        return isDay || isTime
    }
}
