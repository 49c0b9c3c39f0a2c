/// A sum of products of polynomials over GF(2), bit i of a word the coefficient of x^i.
///
/// By integer products of every fourth bit, whose column sums stay below 16 and so do not reach
/// the next column that counts; no table and no branch, so that the time does not depend on the
/// values where the processor's multiplication does not.
public struct CarrylessSum {
    // Karatsuba: three half products in place of four.
    @usableFromInline var low = CarrylessColumns()
    @usableFromInline var high = CarrylessColumns()
    @usableFromInline var middle = CarrylessColumns()

    /// The sum of nothing, 0.
    @inlinable @inline(__always) public init() {}

    /// Adds the product of `a` and `b`.
    @inlinable @inline(__always) public mutating func add(_ a: UInt64, _ b: UInt64) {
        let half: UInt64 = 0xFFFF_FFFF
        let (aHigh, bHigh) = (a &>> 32, b &>> 32)
        let (aLow, bLow) = (a & half, b & half)
        low.add(aLow, bLow)
        high.add(aHigh, bHigh)
        middle.add(aLow ^ aHigh, bLow ^ bHigh)
    }

    /// The sum so far, 127 bits in two words.
    @inlinable @inline(__always) public var value: (low: UInt64, high: UInt64) {
        let (lower, upper) = (low.value, high.value)
        let between = middle.value ^ lower ^ upper
        return (lower ^ between &<< 32, upper ^ between &>> 32)
    }
}

/// A sum of products of words below 2^32, by the remainder of the bit number by 4.
@usableFromInline struct CarrylessColumns {
    // Only every fourth bit of each counts; the others hold carries.
    @usableFromInline var c0: UInt64 = 0
    @usableFromInline var c1: UInt64 = 0
    @usableFromInline var c2: UInt64 = 0
    @usableFromInline var c3: UInt64 = 0

    @inlinable @inline(__always) init() {}

    @inlinable @inline(__always) mutating func add(_ a: UInt64, _ b: UInt64) {
        // Bits 0, 4, 8 ... up to 28, and the same moved up by 1, 2 and 3.
        let (a0, a1) = (a & 0x1111_1111, a & 0x2222_2222)
        let (a2, a3) = (a & 0x4444_4444, a & 0x8888_8888)
        let (b0, b1) = (b & 0x1111_1111, b & 0x2222_2222)
        let (b2, b3) = (b & 0x4444_4444, b & 0x8888_8888)
        c0 ^= (a0 &* b0) ^ (a1 &* b3) ^ (a2 &* b2) ^ (a3 &* b1)
        c1 ^= (a0 &* b1) ^ (a1 &* b0) ^ (a2 &* b3) ^ (a3 &* b2)
        c2 ^= (a0 &* b2) ^ (a1 &* b1) ^ (a2 &* b0) ^ (a3 &* b3)
        c3 ^= (a0 &* b3) ^ (a1 &* b2) ^ (a2 &* b1) ^ (a3 &* b0)
    }

    @inlinable @inline(__always) var value: UInt64 {
        c0 & 0x1111_1111_1111_1111 | c1 & 0x2222_2222_2222_2222
            | c2 & 0x4444_4444_4444_4444 | c3 & 0x8888_8888_8888_8888
    }
}

/// The product of two polynomials over GF(2), 127 bits in two words; see ``CarrylessSum``.
@inlinable @inline(__always)
public func carrylessProduct(_ a: UInt64, _ b: UInt64) -> (low: UInt64, high: UInt64) {
    var sum = CarrylessSum()
    sum.add(a, b)
    return sum.value
}
