/// The name of a key, and of the authentication segment that came with it; the same at both ends.
///
/// 16 bytes that everybody may see. Its text is a UUID (RFC 9562).
public struct KeyID: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// Bytes of an identifier.
    public static let size = 16

    /// Bytes 0 to 7, read little-endian.
    public let first: UInt64
    /// Bytes 8 to 15, read little-endian.
    public let second: UInt64

    /// The identifier of these words.
    public init(first: UInt64, second: UInt64) {
        self.first = first
        self.second = second
    }

    /// The identifier that these ``size`` bytes spell; `nil` for another number of bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for (index, byte) in bytes.enumerated() {
            if index < 8 {
                words.0 |= UInt64(byte) << UInt64(8 * index)
            } else {
                words.1 |= UInt64(byte) << UInt64(8 * (index - 8))
            }
        }
        self.init(first: words.0, second: words.1)
    }

    /// Reads a UUID: 32 hexadecimal digits, with or without the four hyphens.
    public init?(text: String) {
        let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }
        let hyphens = text.utf8.count - digits.count
        guard digits.count == 2 * Self.size, hyphens == 0 || hyphens == 4 else { return nil }
        var bytes: [UInt8] = []
        for index in 0..<Self.size {
            let pair = digits[(2 * index)...(2 * index + 1)]
            guard pair.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
                let byte = UInt8(String(decoding: pair, as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(byte)
        }
        self.init(bytes)
    }

    /// A fresh one from the operating system's generator, of version 4.
    public static func random() -> KeyID {
        var generator = SystemRandomNumberGenerator()
        // Byte 6 begins with the version, byte 8 with the variant.
        let first = generator.next() & ~(0xF0 << 48) | 0x40 << 48
        let second = generator.next() & ~0xC0 | 0x80
        return KeyID(first: first, second: second)
    }

    /// The ``size`` bytes.
    public var bytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: first >> (8 * $0)) }
            + (0..<8).map { UInt8(truncatingIfNeeded: second >> (8 * $0)) }
    }

    /// The UUID in lower case.
    public var description: String {
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text += "-" }
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return text
    }
}
