import Authentication
import Secrets

/// The first `count` bytes of SplitMix64 from state `seed`, lowest byte of a word first.
func pseudorandomBytes(_ seed: UInt64, count: Int) -> [UInt8] {
    var state = seed
    var bytes: [UInt8] = []
    while bytes.count < count {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        word ^= word >> 31
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: word >> shift))
        }
    }
    return Array(bytes[..<count])
}

/// The key of these bytes.
func hashKey(_ bytes: [UInt8]) throws(AuthenticationError) -> HashKey {
    var secret = SecretBytes(count: bytes.count)
    secret.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
    return try HashKey(secret)
}

/// The key that ``pseudorandomBytes(_:count:)`` makes of `seed`.
func hashKey(seed: UInt64) throws(AuthenticationError) -> HashKey {
    try hashKey(pseudorandomBytes(seed, count: HashKey.size))
}

extension HashKey {
    /// The hash of `message`.
    borrowing func hash(_ message: [UInt8], portably: Bool = false) -> HashValue {
        message.withUnsafeBytes { hash($0, portably: portably) }
    }
}

/// A value that `#expect` can show.
struct Halves: Equatable {
    var low: UInt64
    var high: UInt64

    init(_ value: HashValue) { (low, high) = (value.low, value.high) }

    init(_ value: StoredValue) { (low, high) = (value.low, value.high) }
}
