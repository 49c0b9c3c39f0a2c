import Quantities
public import Secrets

/// Privacy amplification: a random binary Toeplitz matrix makes n partly known bits l secret ones.
///
/// Bits are numbered from 0; bit i of a buffer is bit i mod 8 (least significant first) of byte
/// i / 8. With input x of n bits and seed s of n + l - 1 bits, output bit i is the sum over j of
/// s[i - j + n - 1] x[j] in GF(2). The family is universal (Krawczyk, "LFSR-based hashing and
/// authentication", 1994), as the leftover hash lemma asks. A value of this type is the plan for
/// one pair of lengths. The time depends on the lengths alone.
public struct ToeplitzHash: Equatable, Sendable {
    /// The largest n: lengths and memory then fit 32 bits.
    public static let largestInputBits = 1 << 29

    /// Bits of the input, n.
    public let inputBits: Int
    /// Bits of the output, l, at most n.
    public let outputBits: Int
    private let plan: BlockPlan

    /// The hash from `inputBits` (1 to ``largestInputBits``) to `outputBits` (1 to `inputBits`).
    public init(inputBits: Int, outputBits: Int) throws(AmplificationError) {
        guard inputBits >= 1, inputBits <= Self.largestInputBits else {
            throw .inputBits(given: inputBits)
        }
        guard outputBits >= 1, outputBits <= inputBits else {
            throw .outputBits(given: outputBits, inputBits: inputBits)
        }
        self.inputBits = inputBits
        self.outputBits = outputBits
        plan = BlockPlan(inputWords: (inputBits + 63) / 64, outputWords: (outputBits + 63) / 64)
    }

    /// Bits of the seed, n + l - 1.
    public var seedBits: Int { inputBits + outputBits - 1 }
    /// Bytes of the input.
    public var inputByteCount: Int { (inputBits + 7) / 8 }
    /// Bytes of the output.
    public var outputByteCount: Int { (outputBits + 7) / 8 }
    /// Bytes of the seed.
    public var seedByteCount: Int { (seedBits + 7) / 8 }
    /// Words of 64 bits to work in.
    public var scratchWordCount: Int { 2 * columnWords + 2 * rowWords + 5 * plan.size }

    /// Words of the padded input and output.
    private var columnWords: Int { plan.columns * plan.size }
    private var rowWords: Int { plan.rows * plan.size }

    /// Hashes `input` with `seed` into `output`; unused high bits of its last byte become zero.
    ///
    /// Unused high bits of the last bytes of `input` and `seed` count for nothing. After an error
    /// nothing has been written. The buffers do not overlap.
    /// - Parameters:
    ///   - input: ``inputByteCount`` bytes.
    ///   - seed: ``seedByteCount`` bytes.
    ///   - output: ``outputByteCount`` bytes.
    ///   - scratch: ``scratchWordCount`` words or more, whatever they hold; wiped on return.
    ///   - portably: Whether to do without special instructions; the bits are the same.
    public func apply(
        to input: UnsafeRawBufferPointer, seed: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer,
        scratch: UnsafeMutableBufferPointer<UInt64>, portably: Bool = false
    ) throws(AmplificationError) {
        try check(input: input.count, seed: seed.count, output: output.count)
        guard scratch.count >= scratchWordCount, let words = scratch.baseAddress else {
            throw .scratchWords(given: scratch.count, needed: scratchWordCount)
        }
        let x = words
        let diagonals = x + columnWords
        let y = diagonals + columnWords + rowWords
        loadInput(input, into: x)
        loadSeed(seed, into: diagonals)
        let product = BlockProduct(
            leaf: plan.leaf, usesInstructions: !portably && hasCarrylessInstruction())
        multiply(y, diagonals, x, by: product, scratch: y + rowWords)
        store(y, into: output)
        wipe(UnsafeMutableRawBufferPointer(start: words, count: 8 * scratchWordCount))
    }

    #if !NO_HEAP
        /// Hashes in memory that is allocated for the call and wiped.
        public func apply(
            to input: borrowing SecretBytes, seed: borrowing SecretBytes, portably: Bool = false
        ) throws(AmplificationError) -> SecretBytes {
            try check(input: input.count, seed: seed.count, output: outputByteCount)
            var output = SecretBytes(count: outputByteCount)
            var scratch = SecretBytes(count: 8 * scratchWordCount)
            try input.withUnsafeBytes { input throws(AmplificationError) in
                try seed.withUnsafeBytes { seed throws(AmplificationError) in
                    try output.withUnsafeMutableBytes { output throws(AmplificationError) in
                        try scratch.withUnsafeMutableBytes { scratch throws(AmplificationError) in
                            try apply(
                                to: input, seed: seed, into: output,
                                scratch: scratch.bindMemory(to: UInt64.self), portably: portably)
                        }
                    }
                }
            }
            return output
        }
    #endif

    private func check(input: Int, seed: Int, output: Int) throws(AmplificationError) {
        guard input == inputByteCount else {
            throw .inputBytes(given: input, needed: inputByteCount)
        }
        guard seed == seedByteCount else { throw .seedBytes(given: seed, needed: seedByteCount) }
        guard output == outputByteCount else {
            throw .outputBytes(given: output, needed: outputByteCount)
        }
    }

    /// The product of the whole matrix, block by block. Block (r, c) has the diagonals from word
    /// columnWords + (r - c - 1) size on.
    private func multiply(
        _ y: BlockProduct.Words, _ diagonals: BlockProduct.Words, _ x: BlockProduct.Words,
        by product: BlockProduct, scratch: BlockProduct.Words
    ) {
        let size = plan.size
        let part = scratch
        for row in 0..<plan.rows {
            for column in 0..<plan.columns {
                let target = column == 0 ? y + row * size : part
                product.multiply(
                    target, diagonals + (columnWords + (row - column - 1) * size),
                    x + column * size, size: size, scratch: scratch + size)
                if column > 0 { BlockProduct.add(part, to: y + row * size, size) }
            }
        }
    }

    /// The input's words, zero beyond its last bit.
    private func loadInput(_ bytes: UnsafeRawBufferPointer, into x: BlockProduct.Words) {
        for index in 0..<columnWords { x[index] = Self.word(bytes, at: index) }
        let used = UInt64(widening: inputBits & 63)
        if used > 0 { x[inputBits / 64] &= (1 &<< used) &- 1 }
    }

    /// The seed moved up so that output bit i is coefficient 64 columnWords + i of the product.
    ///
    /// What lies above its last bit reaches no row of the output.
    private func loadSeed(_ bytes: UnsafeRawBufferPointer, into diagonals: BlockProduct.Words) {
        let shift = 64 * columnWords - inputBits + 1
        let bits = UInt64(widening: shift & 63)
        let first = shift / 64
        var below: UInt64 = 0
        for index in 0..<(columnWords + rowWords) {
            let word = index < first ? 0 : Self.word(bytes, at: index - first)
            // Two shifts, because one by 64 would be one by 0.
            diagonals[index] = word &<< bits | (below &>> 1) &>> (63 &- bits)
            below = word
        }
    }

    private func store(_ y: BlockProduct.Words, into output: UnsafeMutableRawBufferPointer) {
        for offset in 0..<outputByteCount {
            let shift = UInt64(widening: 8 * (offset & 7))
            output[offset] = UInt8(truncatingIfNeeded: y[offset / 8] &>> shift)
        }
        if outputBits & 7 > 0 {
            output[outputByteCount - 1] &= UInt8(truncatingIfNeeded: (1 &<< (outputBits & 7)) - 1)
        }
    }

    /// Word `index` of `bytes`, lowest byte first, with zeros beyond the end.
    private static func word(_ bytes: UnsafeRawBufferPointer, at index: Int) -> UInt64 {
        let start = 8 * index
        if start + 8 <= bytes.count {
            return UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        }
        var word: UInt64 = 0
        var offset = bytes.count
        while offset > start {
            offset -= 1
            word = word &<< 8 | UInt64(widening: bytes[offset])
        }
        return word
    }
}
