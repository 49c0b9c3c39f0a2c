import Quantities

/// Random numbers that a seed fixes for ever; for simulation only, never for secrets.
///
/// xoshiro256++ (Blackman and Vigna, ACM Trans. Math. Softw. 47(4), 36, 2021), its state filled
/// by ``SplitMix``. Every stream of one seed is independent of the others, so that changing how
/// one part of the world draws leaves the rest as it was.
public struct SeededGenerator: RandomNumberGenerator, Equatable, Sendable {
    private var a: UInt64
    private var b: UInt64
    private var c: UInt64
    private var d: UInt64
    private var spareNormal = Double.nan

    /// The stream called `stream` of `seed`.
    public init(seed: UInt64, stream: UInt64) {
        let key = SplitMix.value(at: stream, key: seed)
        a = SplitMix.value(at: 1, key: key)
        b = SplitMix.value(at: 2, key: key)
        c = SplitMix.value(at: 3, key: key)
        d = SplitMix.value(at: 4, key: key)
    }

    /// The next 64 random bits.
    @inline(__always) public mutating func next() -> UInt64 {
        let sum = a &+ d
        let result = ((sum << 23) | (sum >> 41)) &+ a
        let shifted = b << 17
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        d = (d << 45) | (d >> 19)
        return result
    }

    /// Evenly spread over 0 (included) to 1 (excluded), in steps of 2^-53.
    @inline(__always) public mutating func uniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Exponentially distributed with mean 1; more than or equal to 0, at most 37.
    @inline(__always) public mutating func exponential() -> Double {
        -Elementary.log(Double((next() >> 11) &+ 1) * 0x1p-53)
    }

    /// Normally distributed with mean 0 and standard deviation 1; within +-8.6 (Box and Muller).
    public mutating func normal() -> Double {
        if !spareNormal.isNaN {
            let spare = spareNormal
            spareNormal = .nan
            return spare
        }
        let radius = (2 * exponential()).squareRoot()
        let angle = 2 * .pi * uniform()
        spareNormal = radius * Elementary.sin(angle)
        return radius * Elementary.cos(angle)
    }

    /// A whole number from 0 up to and without `bound`, which is more than 0 (Lemire's product).
    public mutating func below(_ bound: UInt64) -> UInt64 {
        next().multipliedFullWidth(by: bound).high
    }
}

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
