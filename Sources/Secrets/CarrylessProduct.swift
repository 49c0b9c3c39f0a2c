/// The product of two polynomials over GF(2), bit i the coefficient of x^i: 127 bits in two words.
///
/// By integer products of every fourth bit, whose column sums stay below 16 and so do not reach
/// the next column that counts; no table and no branch, so that the time does not depend on the
/// values where the processor's multiplication does not.
@inlinable @inline(__always)
public func carrylessProduct(_ a: UInt64, _ b: UInt64) -> (low: UInt64, high: UInt64) {
    let half: UInt64 = 0xFFFF_FFFF
    let (aHigh, bHigh) = (a &>> 32, b &>> 32)
    let (aLow, bLow) = (a & half, b & half)
    // Karatsuba: three half products in place of four.
    let low = carrylessHalfProduct(aLow, bLow)
    let high = carrylessHalfProduct(aHigh, bHigh)
    let middle = carrylessHalfProduct(aLow ^ aHigh, bLow ^ bHigh) ^ low ^ high
    return (low ^ middle &<< 32, high ^ middle &>> 32)
}

/// The product over GF(2) of two words below 2^32.
@inlinable @inline(__always)
func carrylessHalfProduct(_ a: UInt64, _ b: UInt64) -> UInt64 {
    // Bits 0, 4, 8 ... up to 28, and the same moved up by 1, 2 and 3.
    let (a0, a1, a2, a3) = (a & 0x1111_1111, a & 0x2222_2222, a & 0x4444_4444, a & 0x8888_8888)
    let (b0, b1, b2, b3) = (b & 0x1111_1111, b & 0x2222_2222, b & 0x4444_4444, b & 0x8888_8888)
    let c0 = (a0 &* b0) ^ (a1 &* b3) ^ (a2 &* b2) ^ (a3 &* b1)
    let c1 = (a0 &* b1) ^ (a1 &* b0) ^ (a2 &* b3) ^ (a3 &* b2)
    let c2 = (a0 &* b2) ^ (a1 &* b1) ^ (a2 &* b0) ^ (a3 &* b3)
    let c3 = (a0 &* b3) ^ (a1 &* b2) ^ (a2 &* b1) ^ (a3 &* b0)
    return c0 & 0x1111_1111_1111_1111 | c1 & 0x2222_2222_2222_2222
        | c2 & 0x4444_4444_4444_4444 | c3 & 0x8888_8888_8888_8888
}
