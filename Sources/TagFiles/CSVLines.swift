import TimeTags

/// Lines of text, one per tag, in memory handed in.
struct CSVLines {
    /// The longest line: 20 digits, three columns of up to 10, the kind's name and separators.
    private static let longestLine = 64

    private let target: UnsafeMutableRawBufferPointer
    private var size = 0

    init(into target: UnsafeMutableRawBufferPointer) { self.target = target }

    /// The lines so far.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: target[..<size]) }

    /// Adds the line of `tag`; `false` if there was no room.
    mutating func append(_ tag: TimeTag) -> Bool {
        guard target.count - size >= Self.longestLine else { return false }
        if tag.time < 0 { put(0x2D) }
        put(number: tag.time.magnitude)
        put(0x2C)
        put(number: UInt64(tag.channel))
        put(0x2C)
        tag.kind.staticName.withUTF8Buffer { name in for byte in name { put(byte) } }
        put(0x2C)
        put(number: UInt64(tag.detail))
        put(0x2C)
        put(number: UInt64(tag.count))
        put(0x0A)
        return true
    }

    private mutating func put(_ byte: UInt8) {
        target[size] = byte
        size += 1
    }

    private mutating func put(number: UInt64) {
        var divisor: UInt64 = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            put(0x30 + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }
}
