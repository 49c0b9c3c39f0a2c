import Quantities

/// Which code a block is reconciled with and how much is disclosed at first; equal on both ends.
///
/// A mother code of `CodeTables` is lifted to the block's length; positions beyond the block are
/// zero on both ends (shortened). Every row of checks is disclosed. A row can also be split: the
/// parity of one half of its edges is disclosed too, which gives two checks of half the degree at
/// the cost of one more bit each. That fits the rate, and makes the increments after a failure
/// (Varodayan, Aaron, Girod 2006 split checks in the same way).
public struct ReconciliationPlan: Equatable, Sendable {
    /// Block lengths that a plan can be made for, bits.
    public static let bitsRange = 1024...(CodeTables.columns * liftingSizeMax)
    /// Error rates are more than 0 and less than this.
    public static let qberLimit = 0.11
    /// The block length to prefer, bits: the longest at lifting size 128.
    public static let bitsPreferred = CodeTables.columns * 128

    static let liftingSizeStep = 64
    static let liftingSizeMax = 512

    /// Bits in the block.
    public let bits: Int
    /// Expected error rate.
    public let qber: Double
    /// Index of the mother code.
    public let code: Int
    /// Checks in a row, a multiple of 64.
    public let liftingSize: Int
    /// Rows of the mother code.
    public let rows: Int
    /// Rows that are split in the first disclosure; the first ones.
    public let splitRows: Int
    /// Rows that the first increment splits; the k-th splits k times as many.
    public let incrementRows: Int

    /// Bits of the first disclosure: all that it leaks.
    public var firstDisclosureBits: Int { (rows + splitRows) * liftingSize }
    /// Words of the first disclosure, 64 bits each.
    public var firstDisclosureWords: Int { firstDisclosureBits / 64 }

    /// Chooses the code for a block.
    ///
    /// - Parameters:
    ///   - qber: Expected error rate of the block, more than 0 and less than 0.11.
    ///   - bits: Length of the block, ``bitsRange``.
    ///   - margin: Disclosed at first beyond what the code needs on average, in standard deviations
    ///     of the information of the block's errors.
    public init(qber: Double, bits: Int, margin: Double = 1.3) throws(ReconciliationError) {
        guard qber > 0, qber < Self.qberLimit else { throw .qberOutOfRange(qber) }
        guard Self.bitsRange.contains(bits) else { throw .bitsOutOfRange(bits) }
        let step = CodeTables.columns * Self.liftingSizeStep
        let size = (bits + step - 1) / step * Self.liftingSizeStep
        let length = Double(bits)
        let spread = (length * BinaryEntropy.dispersion(qber)).squareRoot()
        let leak =
            Self.codeEfficiency(qber) * length * BinaryEntropy.bits(qber) + margin * spread
        let needed = Int((leak / Double(size)).rounded(.up))
        var chosen = 0
        while chosen + 1 < CodeTables.count, CodeTables.code(chosen + 1).rows <= needed {
            chosen += 1
        }
        let rows = CodeTables.code(chosen).rows
        self.bits = bits
        self.qber = qber
        self.code = chosen
        self.liftingSize = size
        self.rows = rows
        self.splitRows = min(rows, max(0, needed - rows))
        self.incrementRows = max(1, needed / 120)
    }

    /// Disclosed bits over the entropy of the errors at which half of the blocks decode; measured.
    static func codeEfficiency(_ qber: Double) -> Double { 1.07 + 0.0003 / max(qber, 0.005) }
}
