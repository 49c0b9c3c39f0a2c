/// Bits that are written one after the other, lowest bit of byte 0 first.
struct BitString {
    private let bytes: UnsafeMutableRawBufferPointer
    /// Bits written.
    private(set) var count: Int

    /// The first `count` bits of `bytes`, to be followed by more.
    init(in bytes: UnsafeMutableRawBufferPointer, count: Int) {
        self.bytes = bytes
        self.count = count
    }

    /// Appends `bit`, 0 or 1; the rest of a byte begun becomes zero.
    mutating func append(_ bit: UInt8) throws(CoincidenceFault) {
        let place = UInt8(truncatingIfNeeded: count & 7)
        guard count / 8 < bytes.count else { throw .bits(capacity: 8 * bytes.count) }
        let below: UInt8 = (1 &<< place) &- 1
        bytes[count / 8] = bytes[count / 8] & below | bit &<< place
        count += 1
    }
}
