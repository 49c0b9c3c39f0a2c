/// A value of JSON (RFC 8259), read from bytes that others wrote.
///
/// A reader of our own: what Alpaca says has a handful of fields, drivers do without Foundation,
/// and wrong text must be an error that bounds depth and size.
public enum JSONValue: Equatable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number; one beyond a `Double` is refused.
    case number(Double)
    /// A string with its escapes resolved; half surrogates become U+FFFD.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object; of repeated names the last counts.
    case object([String: JSONValue])

    /// Reads one value and white space around it; `nil` if `bytes` are anything else.
    ///
    /// - Parameter bytes: UTF-8, nested up to 16 deep.
    public init?(_ bytes: [UInt8]) {
        var reader = JSONReader(bytes: bytes)
        guard let value = reader.value(depth: 0) else { return nil }
        reader.skipSpace()
        guard reader.isAtEnd else { return nil }
        self = value
    }

    /// The member `name` of an object.
    public subscript(name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    /// The number, if it is one.
    public var number: Double? { if case .number(let value) = self { value } else { nil } }

    /// The truth value, if it is one.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The string, if it is one.
    public var string: String? { if case .string(let value) = self { value } else { nil } }

    /// The elements, if it is an array.
    public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

    /// The number, if it is whole and fits.
    public var integer: Int? { number.flatMap { Int(exactly: $0) } }
}

/// Reads JSON from its start to its end; every step consumes a byte or fails.
private struct JSONReader {
    let bytes: [UInt8]
    var index = 0
    static let deepest = 16

    var isAtEnd: Bool { index == bytes.count }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func skipSpace() {
        while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { index += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        index += 1
        return true
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let wanted = word.withUTF8Buffer { Array($0) }
        guard bytes[index...].starts(with: wanted) else { return false }
        index += wanted.count
        return true
    }

    mutating func value(depth: Int) -> JSONValue? {
        guard depth < Self.deepest else { return nil }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "\""): return string().map { .string($0) }
        case UInt8(ascii: "t"): return take("true") ? .bool(true) : nil
        case UInt8(ascii: "f"): return take("false") ? .bool(false) : nil
        case UInt8(ascii: "n"): return take("null") ? .null : nil
        default: return number().map { .number($0) }
        }
    }

    private mutating func object(depth: Int) -> JSONValue? {
        index += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\""), let name = string() else { return nil }
            skipSpace()
            guard take(UInt8(ascii: ":")), let member = value(depth: depth + 1) else { return nil }
            members[name] = member
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { return nil }
        }
    }

    private mutating func array(depth: Int) -> JSONValue? {
        index += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            guard let element = value(depth: depth + 1) else { return nil }
            elements.append(element)
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { return nil }
        }
    }

    private mutating func number() -> Double? {
        let start = index
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { guard digits() else { return nil } }
        if take(UInt8(ascii: ".")) { guard digits() else { return nil } }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() else { return nil }
        }
        guard let value = Double(String(decoding: bytes[start..<index], as: UTF8.self)) else {
            return nil
        }
        return value.isFinite ? value : nil
    }

    private mutating func digits() -> Bool {
        let start = index
        while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { index += 1 }
        return index > start
    }

    private mutating func string() -> String? {
        index += 1
        var units: [UInt16] = []
        var text = ""
        var plain: [UInt8] = []
        func flushed(_ text: String, _ plain: [UInt8], _ units: [UInt16]) -> String {
            text + String(decoding: plain, as: UTF8.self) + String(decoding: units, as: UTF16.self)
        }
        while let byte = next {
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return flushed(text, plain, units)
            case UInt8(ascii: "\\"):
                guard let unit = escape() else { return nil }
                if !plain.isEmpty {
                    text = flushed(text, plain, [])
                    plain = []
                }
                units.append(unit)
            case 0..<0x20: return nil
            default:
                if !units.isEmpty {
                    text = flushed(text, [], units)
                    units = []
                }
                plain.append(byte)
            }
        }
        return nil
    }

    /// One UTF-16 unit behind a backslash.
    private mutating func escape() -> UInt16? {
        guard let byte = next else { return nil }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UInt16(byte)
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"):
            guard index + 4 <= bytes.count else { return nil }
            var unit: UInt16 = 0
            for byte in bytes[index..<index + 4] {
                guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
                unit = unit << 4 | UInt16(digit)
            }
            index += 4
            return unit
        default: return nil
        }
    }
}
