/// A fixed sequence of words (Steele, Lea, Flood 2014).
struct TestSource {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number below `limit`.
    mutating func below(_ limit: Int) -> Int { Int(next() >> 1) % limit }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}

/// A block's bits at both ends.
struct TestBlock {
    var alice: [UInt8]
    var bob: [UInt8]

    /// `bits` random bits, of which exactly `errors` differ.
    init(bits: Int, errors: Int, seed: UInt64) {
        var source = TestSource(seed: seed)
        alice = source.bytes((bits + 7) / 8)
        bob = alice
        var placed = 0
        while placed < errors {
            let bit = source.below(bits)
            guard (alice[bit / 8] ^ bob[bit / 8]) >> UInt8(bit % 8) & 1 == 0 else { continue }
            bob[bit / 8] ^= 1 << UInt8(bit % 8)
            placed += 1
        }
    }

    /// Bits that differ.
    var errors: Int { zip(alice, bob).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount } }
}
