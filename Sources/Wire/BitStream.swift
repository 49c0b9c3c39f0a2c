import Quantities

/// Writes bits, most significant first, into handed-in memory.
///
/// Past the end nothing is written and ``isFull`` turns true, so that a caller may check once.
public struct BitWriter {
    private let bytes: UnsafeMutableRawBufferPointer
    private var pending: UInt64 = 0
    private var pendingCount = 0
    private var used = 0
    /// Whether bits were lost because the memory ended.
    public private(set) var isFull = false

    /// A writer at the start of `bytes`.
    public init(_ bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }

    /// Writes the `count` (0 to 32) lowest bits of `value`.
    public mutating func write(_ value: UInt32, count: Int) {
        precondition(count >= 0 && count <= 32)
        let width = UInt64(widening: count)
        let mask: UInt64 = (1 &<< width) - 1
        pending = pending &<< width | UInt64(widening: value) & mask
        pendingCount += count
        while pendingCount >= 8 {
            pendingCount -= 8
            append(UInt8(truncatingIfNeeded: pending &>> UInt64(widening: pendingCount)))
        }
    }

    /// Fills the last byte with zeros.
    ///
    /// - Returns: Bytes written in all.
    public mutating func finish() -> Int {
        if pendingCount > 0 { write(0, count: 8 - pendingCount) }
        return used
    }

    private mutating func append(_ byte: UInt8) {
        guard used < bytes.count else {
            isFull = true
            return
        }
        bytes[used] = byte
        used += 1
    }
}

/// Reads bits, most significant first.
///
/// Past the end it gives zeros and ``isExhausted`` turns true, so that a caller may check once.
public struct BitReader {
    private let bytes: UnsafeRawBufferPointer
    private var pending: UInt64 = 0
    private var pendingCount = 0
    private var next = 0
    /// Whether bits were asked for that are not there.
    public private(set) var isExhausted = false

    /// A reader at the start of `bytes`.
    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next `count` (0 to 32) bits.
    public mutating func read(_ count: Int) -> UInt32 {
        precondition(count >= 0 && count <= 32)
        while pendingCount < count {
            pending = pending &<< 8 | UInt64(widening: nextByte())
            pendingCount += 8
        }
        pendingCount -= count
        let mask: UInt64 = (1 &<< UInt64(widening: count)) - 1
        return UInt32(
            truncatingIfNeeded: pending &>> UInt64(widening: pendingCount) & mask)
    }

    /// Checks that nothing but zeros fills the last byte and that no byte follows.
    public mutating func finish() throws(WireError) {
        guard !isExhausted else { throw .payloadEnds(count: bytes.count) }
        guard next == bytes.count else {
            throw .payloadContinues(used: next, count: bytes.count)
        }
        // Fewer than 8 bits wait: `read` takes a byte only when it needs one.
        guard read(pendingCount) == 0 else { throw .reserved }
    }

    private mutating func nextByte() -> UInt8 {
        guard next < bytes.count else {
            isExhausted = true
            return 0
        }
        defer { next += 1 }
        return bytes[next]
    }
}
