import Quantities

/// The order in which a pass takes the bits of a block: a fixed sequence of swaps from a public seed.
///
/// Fisher and Yates from the last place down, in Durstenfeld's form; the numbers are the upper and
/// then the lower halves of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), scaled to their range by a
/// product. That is uneven by less than 2^-12 for the largest block, which reconciliation does not
/// notice; nothing here is or needs to be secret.
struct PublicShuffle {
    private var state: UInt64
    private var half: UInt32 = 0
    private var hasHalf = false

    /// The shuffle of `pass`, counted from 0, under `seed`. The first pass has none.
    init(seed: UInt64, pass: Int) {
        state = seed ^ (UInt64(widening: pass) &* 0xD1B5_4A32_D192_ED03)
    }

    /// The next place to swap with `place`: 0 ... `place`.
    @inline(__always) mutating func partner(of place: Int) -> Int {
        let bound = UInt32(truncatingIfNeeded: place) &+ 1
        return Int(truncatingIfNeeded: word().multipliedFullWidth(by: bound).high)
    }

    @inline(__always) private mutating func word() -> UInt32 {
        hasHalf = !hasHalf
        if !hasHalf { return half }
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
        z ^= z &>> 31
        half = UInt32(truncatingIfNeeded: z)
        return UInt32(truncatingIfNeeded: z &>> 32)
    }
}
