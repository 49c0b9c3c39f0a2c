import Quantities

/// Which code a block is reconciled with and how much is disclosed at first.
///
/// The ground chooses it and sends it (``encode(into:)``); the satellite reads it and checks every
/// field, so that nothing depends on both ends rounding alike. A mother code of `CodeTables` is
/// lifted to the block's length; positions beyond the block are zero on both ends (shortened).
/// Every row of checks is disclosed. A row can also be split: the parity of one half of its edges
/// is disclosed too, which gives two checks of half the degree at the cost of one more bit each.
/// That fits the rate, and makes the increments after a failure (Varodayan, Aaron, Girod 2006
/// split checks in the same way).
public struct ReconciliationPlan: Equatable, Sendable {
    /// Block lengths that a plan can be made for, bits.
    public static let bitsRange = 1...(CodeTables.columns * liftingSizeMax)
    /// Expected error rates that a plan can be made for, parts per million.
    public static let qberRangePPM = 100...109_999
    /// The block length to prefer, bits: the longest at lifting size 64.
    public static let bitsPreferred = CodeTables.columns * 64
    /// Bytes of an encoded plan.
    public static let encodedBytes = 16

    static let version = 1
    static let liftingSizeMax = 256

    /// Bits in the block.
    public let bits: Int
    /// Expected error rate, parts per million.
    public let qberPPM: Int
    /// Index of the mother code.
    public let code: Int
    /// Checks in a row; follows from ``bits``.
    public let liftingSize: Int
    /// Rows of the mother code; follows from ``code``.
    public let rows: Int
    /// Rows that are split in the first disclosure; the first ones.
    public let splitRows: Int
    /// Rows that the first increment splits; the k-th splits k times as many.
    public let incrementRows: Int

    /// Bytes that hold the block's bits, bit i in bit i mod 8, least significant first, of byte
    /// i / 8.
    public var keyBytes: Int { (bits + 7) / 8 }
    /// Bits of the first disclosure.
    public var firstDisclosureBits: Int { (rows + splitRows) * liftingSize }
    /// Bytes of the first disclosure.
    public var firstDisclosureBytes: Int { (firstDisclosureBits + 7) / 8 }
    /// Bits disclosed when every row is split, after which there is nothing to ask for.
    public var disclosureBitsMax: Int { 2 * rows * liftingSize }
    /// Bytes that hold the answer to any request of a ``BlockDecoder``.
    public var incrementBytesMax: Int { (rows * liftingSize + 7) / 8 }

    /// What the block leaks once the answer to `request` is out: never more than all its bits, of
    /// which parities are functions.
    public func disclosedBits(after request: IncrementRequest) -> Int {
        min(bits, (rows &+ request.first &+ request.count) &* liftingSize)
    }

    /// Chooses the code for a block.
    ///
    /// - Parameters:
    ///   - bits: Length of the block, ``bitsRange``.
    ///   - qberPPM: Expected error rate of the block, ``qberRangePPM``.
    ///   - marginPercent: Disclosed at first beyond what half of the blocks need, in hundredths of
    ///     a standard deviation of the information of the block's errors.
    public init(
        bits: Int, qberPPM: Int, marginPercent: Int = Self.marginPercentStandard
    ) throws(ReconciliationError) {
        guard Self.qberRangePPM.contains(qberPPM) else { throw .qberOutOfRange(ppm: qberPPM) }
        guard Self.bitsRange.contains(bits) else { throw .bitsOutOfRange(bits) }
        let size = Self.liftingSize(bits: bits)
        let qber = Double(qberPPM) * 1e-6
        let length = Double(bits)
        let spread = (length * BinaryEntropy.dispersion(qber)).squareRoot()
        let leak =
            Self.codeEfficiency(qber, bits: length) * length * BinaryEntropy.bits(qber)
            + Double(marginPercent) * 0.01 * spread
        let needed = Int((leak / Double(size)).rounded(.up))
        // A whole code that discloses a little more decodes better than one with many rows split.
        let most = needed + needed / 64
        var chosen = 0
        while chosen + 1 < CodeTables.count, CodeTables.code(chosen + 1).rows <= most {
            chosen += 1
        }
        self.bits = bits
        self.qberPPM = qberPPM
        code = chosen
        liftingSize = size
        rows = CodeTables.code(chosen).rows
        splitRows = min(rows, max(0, needed - rows))
        incrementRows = max(1, needed / 120)
    }

    /// Reads ``encodedBytes`` bytes that the peer sent.
    public init(encoded bytes: UnsafeRawBufferPointer) throws(ReconciliationError) {
        guard bytes.count == Self.encodedBytes else {
            throw .wrongLength(bytes: bytes.count, expected: Self.encodedBytes)
        }
        let version = ByteFields.int(bytes, at: 0, count: 1)
        guard version == Self.version else { throw .wrongPlan(.version, version) }
        code = ByteFields.int(bytes, at: 1, count: 1)
        guard code < CodeTables.count else { throw .wrongPlan(.code, code) }
        rows = CodeTables.code(code).rows
        liftingSize = ByteFields.int(bytes, at: 2, count: 2)
        // Three bytes each, and one that is zero: no sign bit in the way on 32-bit machines.
        bits = ByteFields.int(bytes, at: 4, count: 3)
        guard Self.bitsRange.contains(bits), bytes[7] == 0 else { throw .bitsOutOfRange(bits) }
        guard liftingSize == Self.liftingSize(bits: bits) else {
            throw .wrongPlan(.liftingSize, liftingSize)
        }
        qberPPM = ByteFields.int(bytes, at: 8, count: 3)
        guard Self.qberRangePPM.contains(qberPPM), bytes[11] == 0 else {
            throw .qberOutOfRange(ppm: qberPPM)
        }
        splitRows = ByteFields.int(bytes, at: 12, count: 2)
        guard splitRows <= rows else { throw .wrongPlan(.splitRows, splitRows) }
        incrementRows = ByteFields.int(bytes, at: 14, count: 2)
        guard (1...rows).contains(incrementRows) else {
            throw .wrongPlan(.incrementRows, incrementRows)
        }
    }

    /// Writes ``encodedBytes`` bytes, numbers low byte first: version (1 byte), code (1), lifting
    /// size (2), bits (4), error rate in parts per million (4), split rows (2), increment rows (2).
    public func encode(into bytes: UnsafeMutableRawBufferPointer) throws(ReconciliationError) {
        guard bytes.count == Self.encodedBytes else {
            throw .wrongLength(bytes: bytes.count, expected: Self.encodedBytes)
        }
        ByteFields.put(Self.version, bytes, at: 0, count: 1)
        ByteFields.put(code, bytes, at: 1, count: 1)
        ByteFields.put(liftingSize, bytes, at: 2, count: 2)
        ByteFields.put(bits, bytes, at: 4, count: 4)
        ByteFields.put(qberPPM, bytes, at: 8, count: 4)
        ByteFields.put(splitRows, bytes, at: 12, count: 2)
        ByteFields.put(incrementRows, bytes, at: 14, count: 2)
    }

    /// The margin that a plan has unless told otherwise; see ``init(bits:qberPPM:marginPercent:)``.
    public static let marginPercentStandard = 50

    /// Disclosed bits over the entropy of the errors at which half of the blocks decode.
    ///
    /// A formula laid through measurements with blocks of 1,000 to 102,400 bits at error rates of
    /// 0.5 to 9 %; elsewhere an estimate. It only decides how often an increment is needed.
    static func codeEfficiency(_ qber: Double, bits: Double) -> Double {
        let q = max(qber, 0.002)
        let fewRows = 0.00035 / q * max(1, 0.01 / q).squareRoot()
        return 1.07 + fewRows + 1 / (bits * q).squareRoot() - 1 / (102_400 * q).squareRoot()
    }

    /// The least lifting size that holds a block: any below 64, from there on the multiples of 64,
    /// for which the codes have no cycle of length 4.
    static func liftingSize(bits: Int) -> Int {
        let least = (bits + CodeTables.columns - 1) / CodeTables.columns
        return least < 64 ? least : (least + 63) / 64 * 64
    }
}
