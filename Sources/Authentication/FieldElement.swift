import Secrets

#if !hasFeature(Embedded) && canImport(CHardware)
    import CHardware
#endif

/// An element of GF(2^128) = GF(2)[x] / (x^128 + x^7 + x^2 + x + 1), lowest coefficient first.
struct FieldElement {
    var low: UInt64 = 0
    var high: UInt64 = 0

    /// Continues Horner's rule: self = (self + block) key for each block of 16 bytes.
    mutating func absorb(
        _ blocks: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, usesInstructions: Bool
    ) {
        #if !hasFeature(Embedded) && canImport(CHardware)
            if usesInstructions {
                withUnsafeMutableBytes(of: &self) { words in
                    lodestar_polynomial_hash(
                        words.baseAddress?.assumingMemoryBound(to: UInt64.self),
                        key.baseAddress, blocks.baseAddress, blocks.count / 16)
                }
                return
            }
        #endif
        let factor = FieldElement(low: loadWord(key, at: 0), high: loadWord(key, at: 8))
        var offset = 0
        while offset < blocks.count {
            low ^= loadWord(blocks, at: offset)
            high ^= loadWord(blocks, at: offset + 8)
            multiply(by: factor)
            offset += 16
        }
    }

    /// Continues Horner's rule by one block.
    mutating func absorb(
        low blockLow: UInt64, high blockHigh: UInt64, key: UnsafeRawBufferPointer
    ) {
        low ^= blockLow
        high ^= blockHigh
        multiply(by: FieldElement(low: loadWord(key, at: 0), high: loadWord(key, at: 8)))
    }

    /// self = self factor, in a time that does not depend on either.
    mutating func multiply(by factor: FieldElement) {
        let lower = carrylessProduct(low, factor.low)
        let upper = carrylessProduct(high, factor.high)
        var middle = CarrylessSum()
        middle.add(low, factor.high)
        middle.add(high, factor.low)
        let between = middle.value
        // Words of x^0, x^64, x^128 and x^192, the upper two folded down by
        // x^128 = x^7 + x^2 + x + 1, the topmost first.
        let (second, third) = (lower.high ^ between.low, upper.low ^ between.high)
        let top = Self.folded(upper.high)
        let bottom = Self.folded(third ^ top.high)
        low = lower.low ^ bottom.low
        high = second ^ top.low ^ bottom.high
    }

    /// `word` times x^7 + x^2 + x + 1.
    @inline(__always)
    private static func folded(_ word: UInt64) -> (low: UInt64, high: UInt64) {
        (
            word ^ word &<< 1 ^ word &<< 2 ^ word &<< 7,
            word &>> 63 ^ word &>> 62 ^ word &>> 57
        )
    }
}
