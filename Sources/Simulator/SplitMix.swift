/// A keyed counter turned into random bits; any place of the sequence at the same cost.
///
/// The generator of Steele, Lea and Flood, "Fast splittable pseudorandom number generators"
/// (OOPSLA 2014), asked at place `index` instead of step by step.
public enum SplitMix {
    /// The 64 bits at `index` of the sequence of `key`.
    @inlinable @inline(__always)
    public static func value(at index: UInt64, key: UInt64) -> UInt64 {
        var word = key &+ (index &+ 1) &* 0x9E37_79B9_7F4A_7C15
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
