import Secrets

#if !hasFeature(Embedded) && canImport(CHardware)
    import CHardware
#endif

/// Multiplies square Toeplitz blocks over GF(2) by vectors, in words of 64 bits.
///
/// A block of w words is given by 2w words of diagonals d: row i of the product is coefficient
/// 64w + i of d x. With h = w / 2 and the overlapping parts T0 = d[0, 2h), T1 = d[h, 3h),
/// T2 = d[2h, 4h), three products make one: P = T1 (x0 + x1), y0 = P + (T0 + T1) x1,
/// y1 = P + (T1 + T2) x0 (Hanrot, Quercia, Zimmermann, "The middle product algorithm I", 2004).
/// Time and addresses depend on the sizes alone.
struct BlockProduct {
    typealias Words = UnsafeMutablePointer<UInt64>

    /// Words on the side of a leaf.
    let leaf: Int
    /// Whether the processor's carry-less multiplication is used.
    let usesInstructions: Bool

    /// y = T x for a block of `size` words; `scratch` has 4 `size` words.
    func multiply(_ y: Words, _ diagonals: Words, _ x: Words, size: Int, scratch: Words) {
        guard size > leaf else { return multiplyLeaf(y, diagonals, x) }
        let half = size / 2
        let differences = scratch
        let part = scratch + 3 * half
        let deeper = part + half

        Self.sum(part, x, x + half, half)
        multiply(y, diagonals + half, part, size: half, scratch: deeper)
        (y + half).update(from: y, count: half)
        Self.sum(differences, diagonals, diagonals + half, 3 * half)
        multiply(part, differences, x + half, size: half, scratch: deeper)
        Self.add(part, to: y, half)
        multiply(part, differences + half, x, size: half, scratch: deeper)
        Self.add(part, to: y + half, half)
    }

    private func multiplyLeaf(_ y: Words, _ diagonals: Words, _ x: Words) {
        #if !hasFeature(Embedded) && canImport(CHardware)
            if usesInstructions { return lodestar_toeplitz_product(y, diagonals, x, leaf) }
        #endif
        var carried: UInt64 = 0
        for row in 0...leaf {
            var sum = CarrylessSum()
            for column in 0..<leaf {
                sum.add(x[column], diagonals[row &+ leaf &- 1 &- column])
            }
            let (low, high) = sum.value
            if row > 0 { y[row &- 1] = carried ^ low }
            carried = high
        }
    }

    /// target = first + second.
    private static func sum(_ target: Words, _ first: Words, _ second: Words, _ count: Int) {
        for index in 0..<count { target[index] = first[index] ^ second[index] }
    }

    /// target += other.
    static func add(_ other: Words, to target: Words, _ count: Int) {
        for index in 0..<count { target[index] ^= other[index] }
    }
}

/// Whether this processor multiplies without carry by an instruction.
public func hasCarrylessInstruction() -> Bool {
    #if !hasFeature(Embedded) && canImport(CHardware)
        return lodestar_has_carryless_multiply() == 1
    #else
        return false
    #endif
}
