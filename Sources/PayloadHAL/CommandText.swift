/// A short command put together without allocation.
public struct CommandText: ~Copyable {
    /// Longest command, bytes: the longest of ours has 80.
    public static var capacity: Int { 160 }

    private var buffer = InlineArray<160, UInt8>(repeating: 0)
    private var count = 0

    /// An empty command.
    public init() {}

    /// Appends characters as they are.
    public mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { for byte in $0 { append(byte) } }
    }

    /// Appends the characters of a configured name, such as that of an axis.
    public mutating func append(_ name: [UInt8]) {
        for byte in name { append(byte) }
    }

    /// Appends one byte.
    public mutating func append(_ byte: UInt8) {
        precondition(count < Self.capacity, "a command is longer than its memory")
        buffer[count] = byte
        count += 1
    }

    /// Appends a decimal number, rounded to nearest, halves away from zero.
    ///
    /// - Parameters:
    ///   - value: Less than 10^12 either way.
    ///   - decimals: Digits after the point, 0 to 6.
    public mutating func append(_ value: Double, decimals: Int) {
        precondition(abs(value) < 1e12)
        precondition(0...6 ~= decimals)
        var scale: Int64 = 1
        for _ in 0..<decimals { scale *= 10 }
        let scaled = Int64((value * Double(scale)).rounded())
        if scaled < 0 { append(UInt8(ascii: "-")) }
        let (whole, part) = scaled.magnitude.quotientAndRemainder(dividingBy: scale.magnitude)
        append(whole, digits: 1)
        guard decimals > 0 else { return }
        append(UInt8(ascii: "."))
        append(part, digits: decimals)
    }

    /// Appends a whole number with leading zeros up to `digits`.
    private mutating func append(_ number: UInt64, digits: Int) {
        var divisor: UInt64 = 1
        var left = 1
        while left < digits || number / divisor >= 10 {
            divisor *= 10
            left += 1
        }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }

    /// The command; holds while this value is not changed.
    public var bytes: RawSpan {
        @_lifetime(borrow self) borrowing get {
            buffer.span.bytes.extracting(0..<count)
        }
    }

    /// The command for messages and tests.
    public var text: String {
        bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}
