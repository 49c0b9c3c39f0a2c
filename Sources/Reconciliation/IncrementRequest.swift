/// What the ground asks of the satellite when a block did not decode: further rows to split.
///
/// It says how many rows, never which bits of the block look doubtful.
public struct IncrementRequest: Equatable, Sendable {
    /// Bytes of an encoded request: first row and number of rows, 16 bits each, low byte first.
    public static let encodedBytes = 4

    /// First row to split; the one after the last that was. 0 to 65,535.
    public var first: Int
    /// Rows to split, 1 to 65,535.
    public var count: Int

    /// A request for `count` rows from `first` on.
    public init(first: Int, count: Int) {
        self.first = first
        self.count = count
    }

    /// Reads ``encodedBytes`` bytes; whether they fit a plan shows when they are answered.
    public init(encoded bytes: UnsafeRawBufferPointer) throws(ReconciliationError) {
        guard bytes.count == Self.encodedBytes else {
            throw .wrongLength(bytes: bytes.count, expected: Self.encodedBytes)
        }
        first = ByteFields.int(bytes, at: 0, count: 2)
        count = ByteFields.int(bytes, at: 2, count: 2)
    }

    /// Writes ``encodedBytes`` bytes.
    public func encode(into bytes: UnsafeMutableRawBufferPointer) throws(ReconciliationError) {
        guard bytes.count == Self.encodedBytes else {
            throw .wrongLength(bytes: bytes.count, expected: Self.encodedBytes)
        }
        ByteFields.put(first, bytes, at: 0, count: 2)
        ByteFields.put(count, bytes, at: 2, count: 2)
    }

    /// Bits in the answer, all of them leaked.
    public func bits(_ plan: ReconciliationPlan) -> Int { count &* plan.liftingSize }
    /// Bytes of the answer.
    public func bytes(_ plan: ReconciliationPlan) -> Int { (bits(plan) &+ 7) / 8 }

    /// Whether these rows exist in `plan` and are not split in its first disclosure.
    func fits(_ plan: ReconciliationPlan) -> Bool {
        first >= plan.splitRows && first <= plan.rows && count > 0 && count <= plan.rows - first
    }
}

/// Whole numbers in messages, low byte first.
enum ByteFields {
    static func int(_ bytes: UnsafeRawBufferPointer, at offset: Int, count: Int) -> Int {
        var value = 0
        for i in 0..<count { value |= Int(truncatingIfNeeded: bytes[offset + i]) &<< (8 &* i) }
        return value
    }

    static func put(
        _ value: Int, _ bytes: UnsafeMutableRawBufferPointer, at offset: Int, count: Int
    ) {
        for i in 0..<count { bytes[offset + i] = UInt8(truncatingIfNeeded: value &>> (8 &* i)) }
    }
}
