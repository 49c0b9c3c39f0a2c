/// Chance from a seed: one seed is one run.
public struct SeededChance: Sendable {
    private var state: UInt64

    /// The run of `seed`.
    public init(seed: UInt64) { state = seed }

    /// 64 random bits, by SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
    public mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z &>> 31)
    }

    /// A number below `bound`, which is 1 or more and far below 2^64.
    public mutating func below(_ bound: Int) -> Int { Int(bits() % UInt64(bound)) }

    /// Whether something of this probability happens.
    public mutating func happens(_ probability: Double) -> Bool {
        Double(bits() >> 11) < probability * 9_007_199_254_740_992
    }

    /// Random bytes.
    public mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            var word = bits()
            for _ in 0..<8 {
                bytes.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
