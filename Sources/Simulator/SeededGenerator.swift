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

    /// The stream called `stream` of `seed`.
    public init(seed: UInt64, stream: UInt64) {
        let key = SplitMix.value(at: stream, key: seed)
        a = SplitMix.value(at: 1, key: key)
        b = SplitMix.value(at: 2, key: key)
        c = SplitMix.value(at: 3, key: key)
        d = SplitMix.value(at: 4, key: key)
    }

    /// A generator in a given state, which is not all zero.
    init(state: (UInt64, UInt64, UInt64, UInt64)) {
        (a, b, c, d) = state
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

    /// Exponentially distributed with mean 1; 0 to about 44.
    @inline(__always) public mutating func exponential() -> Double {
        Ziggurat.exponential.draw(&self)
    }

    /// Normally distributed with mean 0 and standard deviation 1; within +-9.5.
    @inline(__always) public mutating func normal() -> Double {
        Ziggurat.normal.draw(&self)
    }

    /// A whole number from 0 up to and without `bound`, which is more than 0 (Lemire's product).
    public mutating func below(_ bound: UInt64) -> UInt64 {
        next().multipliedFullWidth(by: bound).high
    }
}
