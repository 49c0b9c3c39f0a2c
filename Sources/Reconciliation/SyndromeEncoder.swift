import Quantities
import Secrets

/// Parities of a block under its plan's code: the satellite's whole work, a sparse product.
///
/// Bit i of a block or message is bit i mod 8, least significant first, of byte i / 8. The rows of a
/// message follow one another without a gap; bits past the end of its last byte are zero. It keeps
/// no memory of what it disclosed: the same question has the same answer, however often. Nothing
/// is allocated after it is made; all its memory is zero when it goes away.
public struct SyndromeEncoder: ~Copyable {
    /// The plan that both ends agreed on.
    public let plan: ReconciliationPlan
    let code: LiftedCode
    /// Words that hold the checks of one row.
    let words: Int
    private let stride: Int
    private let lanes: UnsafeMutablePointer<UInt64>
    private let row: UnsafeMutablePointer<UInt64>
    private var memory: SecretBytes

    /// Bytes of memory that an encoder of `plan` needs.
    public static func memoryBytes(_ plan: ReconciliationPlan) -> Int {
        var area = WorkArea(nil)
        _ = Parts(plan: plan, area: &area)
        return area.bytes
    }

    /// Works in `memory`, aligned to 64 bytes, ``memoryBytes(_:)`` or more; the block is zero until
    /// ``load(_:)``. The memory is the encoder's until it goes away and leaves it zero.
    public init(
        plan: ReconciliationPlan, in memory: UnsafeMutableRawBufferPointer
    ) throws(ReconciliationError) {
        try self.init(plan: plan, owning: SecretBytes(in: memory))
    }

    #if !NO_HEAP
        /// Allocates its memory; the block is zero until ``load(_:)``.
        public init(plan: ReconciliationPlan) throws(ReconciliationError) {
            let needed = Self.memoryBytes(plan) + WorkArea.alignment
            try self.init(plan: plan, owning: SecretBytes(count: needed))
        }
    #endif

    private init(
        plan: ReconciliationPlan, owning memory: consuming SecretBytes
    ) throws(ReconciliationError) {
        let needed = Self.memoryBytes(plan)
        var area = WorkArea(memory.alignedStart(for: needed))
        guard let parts = Parts(plan: plan, area: &area) else {
            throw .wrongMemory(bytes: memory.count, needed: needed)
        }
        self.plan = plan
        self.memory = memory
        code = parts.code
        words = Parts.words(plan)
        stride = Parts.stride(plan)
        lanes = parts.lanes
        row = parts.row
        lanes.initialize(repeating: 0, count: stride * CodeTables.columns)
    }

    /// Takes the bits of a block, ``ReconciliationPlan/keyBytes``; bits past the end are ignored.
    public mutating func load(_ key: UnsafeRawBufferPointer) throws(ReconciliationError) {
        guard key.count == plan.keyBytes else {
            throw .wrongLength(bytes: key.count, expected: plan.keyBytes)
        }
        let size = plan.liftingSize
        for column in 0..<CodeTables.columns {
            let range = Self.positions(of: column, bits: plan.bits)
            let start = lanes + column * stride
            start.update(repeating: 0, count: stride)
            // Each column twice, so that any rotation is read without wrapping.
            let both = UnsafeMutableRawBufferPointer(start: start, count: 8 * stride)
            var first = 0
            while first < range.count {
                let count = min(64, range.count - first)
                let bits = PackedBits.word(key, at: range.lowerBound + first, count: count)
                PackedBits.toggle(bits, count: count, in: both, at: first)
                PackedBits.toggle(bits, count: count, in: both, at: size + first)
                first += 64
            }
        }
    }

    /// Writes the parities of `edges`, one row or half of one, into ``words`` words of `output`.
    func parities(_ edges: Range<Int>, into output: UnsafeMutablePointer<UInt64>) {
        output.update(repeating: 0, count: words)
        for edge in edges {
            let shift = Int(truncatingIfNeeded: code.shifts[edge])
            let column = Int(truncatingIfNeeded: code.columns[edge])
            let source = lanes + (column * stride + shift / 64)
            let low = UInt64(widening: shift % 64)
            for word in 0..<words {
                // Two shifts, for a shift by 64 is none.
                output[word] ^= source[word] &>> low | (source[word + 1] &<< (63 &- low)) &<< 1
            }
        }
        let rest = plan.liftingSize % 64
        if rest > 0 { output[words - 1] &= PackedBits.mask(rest) }
    }

    /// Writes the first disclosure: every row, then the first half of each row that is split.
    ///
    /// - Parameter output: ``ReconciliationPlan/firstDisclosureBytes``.
    public borrowing func firstDisclosure(
        into output: UnsafeMutableRawBufferPointer
    ) throws(ReconciliationError) {
        guard output.count == plan.firstDisclosureBytes else {
            throw .wrongLength(bytes: output.count, expected: plan.firstDisclosureBytes)
        }
        output.initializeMemory(as: UInt8.self, repeating: 0)
        for index in 0..<plan.rows { write(code.edges(index), at: index, of: output) }
        for index in 0..<plan.splitRows {
            write(code.firstHalf(index), at: plan.rows + index, of: output)
        }
    }

    /// Writes what an increment discloses: the first half of each row of `request`.
    ///
    /// - Parameter output: ``IncrementRequest/bytes(_:)``.
    public borrowing func increment(
        _ request: IncrementRequest, into output: UnsafeMutableRawBufferPointer
    ) throws(ReconciliationError) {
        guard request.fits(plan) else {
            throw .wrongRequest(first: request.first, count: request.count)
        }
        guard output.count == request.bytes(plan) else {
            throw .wrongLength(bytes: output.count, expected: request.bytes(plan))
        }
        output.initializeMemory(as: UInt8.self, repeating: 0)
        for index in 0..<request.count {
            write(code.firstHalf(request.first + index), at: index, of: output)
        }
    }

    /// The block's bits in base column `column`; the column's later positions are shortened.
    static func positions(of column: Int, bits: Int) -> Range<Int> {
        let count = CodeTables.columns
        return (column * bits / count)..<((column + 1) * bits / count)
    }

    private borrowing func write(
        _ edges: Range<Int>, at place: Int, of output: UnsafeMutableRawBufferPointer
    ) {
        parities(edges, into: row)
        let size = plan.liftingSize
        for word in 0..<words {
            PackedBits.toggle(
                row[word], count: min(64, size - 64 * word), in: output,
                at: place * size + 64 * word)
        }
    }

    /// How the memory is divided.
    private struct Parts {
        let code: LiftedCode
        let lanes: UnsafeMutablePointer<UInt64>
        let row: UnsafeMutablePointer<UInt64>

        init?(plan: ReconciliationPlan, area: inout WorkArea) {
            let code = LiftedCode(plan: plan, area: &area)
            let lanes = area.take(Self.stride(plan) * CodeTables.columns, of: UInt64.self)
            let row = area.take(Self.words(plan), of: UInt64.self)
            guard let code, let lanes, let row else { return nil }
            self.code = code
            self.lanes = lanes
            self.row = row
        }

        static func words(_ plan: ReconciliationPlan) -> Int { (plan.liftingSize + 63) / 64 }
        /// Words of a column twice over, and those read beyond.
        static func stride(_ plan: ReconciliationPlan) -> Int {
            (2 * plan.liftingSize + 63) / 64 + 2
        }
    }
}
