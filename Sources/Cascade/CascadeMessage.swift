/// How requests and answers lie in bytes; all numbers little-endian.
///
/// A request for the parities of whole blocks: kind 1, variant, round (4 bytes), bits (4), error rate
/// in parts per million (4), seed (8), first parity wanted (4), how many (4), passes (1).
/// A request for parities of parts of blocks: kind 2, pass, round (4), count (4), then for each part
/// in ascending order the places between the end of the one before and its start, and its length,
/// both as LEB128 of at most 3 bytes and no longer than needed.
/// An answer: kind 3, 0, round (4), count (4), then the parities, bit i mod 8 of byte i / 8; the bits
/// behind the last are 0.
enum CascadeMessage {
    static let blocks: UInt8 = 1
    static let parts: UInt8 = 2
    static let answer: UInt8 = 3
    static let headSize = 10
    static let blocksSize = 31
    /// Bytes of the two numbers of a part, at most.
    static let mostPartSize = 6
    /// The most parities in an answer.
    static let mostParities = 8 * (CascadeBlock.largestMessage - headSize)

    /// Writes the head of any message.
    static func put(
        _ kind: UInt8, _ second: UInt8, round: UInt32, at start: UnsafeMutableRawPointer
    ) {
        start.storeBytes(of: kind, as: UInt8.self)
        start.storeBytes(of: second, toByteOffset: 1, as: UInt8.self)
        put(round, at: start + 2)
    }

    static func put<Value: FixedWidthInteger & BitwiseCopyable>(
        _ value: Value, at place: UnsafeMutableRawPointer
    ) {
        place.storeBytes(of: value.littleEndian, as: Value.self)
    }

    static func number(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
        guard offset + 4 <= bytes.count, let start = bytes.baseAddress else { return 0 }
        return UInt32(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    static func longNumber(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
        guard offset + 8 <= bytes.count, let start = bytes.baseAddress else { return 0 }
        return UInt64(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// Writes `value`, below 2^21, at `offset`, and moves on.
    static func putShort(
        _ value: Int, at offset: inout Int, in start: UnsafeMutableRawPointer
    ) {
        var rest = UInt(bitPattern: value)
        while rest >= 0x80 {
            start.storeBytes(
                of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: offset, as: UInt8.self)
            rest &>>= 7
            offset += 1
        }
        start.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: offset, as: UInt8.self)
        offset += 1
    }

    /// Reads what ``putShort(_:at:in:)`` writes and moves on; refuses any other writing of it.
    static func takeShort(
        _ bytes: UnsafeRawBufferPointer, at offset: inout Int
    ) throws(CascadeError) -> Int {
        var value: UInt = 0
        var shift: UInt = 0
        while shift < 21 {
            guard offset < bytes.count else { throw .malformed }
            let byte = bytes[offset]
            offset += 1
            value |= UInt(byte & 0x7F) &<< shift
            if byte < 0x80 {
                if byte == 0, shift > 0 { throw .malformed }
                return Int(bitPattern: value)
            }
            shift &+= 7
        }
        throw .malformed
    }
}
