/// Parities of a block under its plan's code: the satellite's whole work, a sparse product.
///
/// Bit i of a block is bit i mod 64, least significant first, of word i / 64. Allocates only when
/// made; the block's bits are wiped when it goes away.
public struct SyndromeEncoder: ~Copyable {
    /// The plan that both ends agreed on.
    public let plan: ReconciliationPlan
    let code: LiftedCode
    private let words: Int
    private let stride: Int
    private let lanes: UnsafeMutablePointer<UInt64>

    /// Makes room for blocks of `plan`; the block is zero until ``load(_:)``.
    public init(plan: ReconciliationPlan) {
        self.plan = plan
        code = LiftedCode(code: plan.code, size: plan.liftingSize)
        words = plan.liftingSize / 64
        // Each column twice, so that any rotation is read without wrapping.
        stride = 2 * words
        lanes = .allocate(capacity: stride * CodeTables.columns + 1)
        lanes.initialize(repeating: 0, count: stride * CodeTables.columns + 1)
    }

    deinit {
        lanes.update(repeating: 0, count: stride * CodeTables.columns + 1)
        lanes.deallocate()
    }

    /// Takes the bits of a block, `(plan.bits + 63) / 64` words; bits past the end are ignored.
    public mutating func load(_ key: UnsafeBufferPointer<UInt64>) throws(ReconciliationError) {
        let expected = (plan.bits + 63) / 64
        guard key.count == expected else {
            throw .wrongLength(words: key.count, expected: expected)
        }
        for column in 0..<CodeTables.columns {
            let range = Self.positions(of: column, bits: plan.bits)
            let start = lanes + column * stride
            for word in 0..<words {
                let first = range.lowerBound + 64 * word
                let left = range.upperBound - first
                let value = left > 0 ? Self.bits(key, at: first, count: min(64, left)) : 0
                start[word] = value
                start[word + words] = value
            }
        }
    }

    /// Writes the parities of `rows` of the code, of the first half of their edges if `half`.
    ///
    /// `output` has room for `rows.count * plan.liftingSize / 64` words.
    func parities(
        _ rows: Range<Int>, half: Bool, into output: UnsafeMutablePointer<UInt64>
    ) {
        var target = output
        for row in rows {
            target.update(repeating: 0, count: words)
            for edge in code.edges(row, half: half) {
                let shift = Int(code.shifts[edge])
                let source = lanes + Int(code.columns[edge]) * stride + shift / 64
                let low = UInt64(shift % 64)
                for word in 0..<words {
                    // Two shifts, for a shift by 64 is none.
                    target[word] ^=
                        source[word] &>> low | ((source[word + 1] &<< (63 - low)) &<< 1)
                }
            }
            target += words
        }
    }

    /// Writes the first disclosure: every row, then the first half of each row that is split.
    ///
    /// - Parameter output: ``ReconciliationPlan/firstDisclosureWords`` words.
    public func firstDisclosure(
        into output: UnsafeMutableBufferPointer<UInt64>
    ) throws(ReconciliationError) {
        guard output.count == plan.firstDisclosureWords, let start = output.baseAddress else {
            throw .wrongLength(words: output.count, expected: plan.firstDisclosureWords)
        }
        parities(0..<plan.rows, half: false, into: start)
        parities(0..<plan.splitRows, half: true, into: start + plan.rows * words)
    }

    /// Writes what an increment discloses: the first half of each row of `request`.
    ///
    /// - Parameter output: ``IncrementRequest/words(_:)`` words.
    public func increment(
        _ request: IncrementRequest, into output: UnsafeMutableBufferPointer<UInt64>
    ) throws(ReconciliationError) {
        guard request.first >= plan.splitRows, request.first <= plan.rows, request.count > 0,
            request.count <= plan.rows - request.first
        else { throw .wrongRequest(first: request.first, count: request.count) }
        guard output.count == request.words(plan), let start = output.baseAddress else {
            throw .wrongLength(words: output.count, expected: request.words(plan))
        }
        parities(request.first..<request.first + request.count, half: true, into: start)
    }

    /// The block's bits in base column `column`; the column's later positions are shortened.
    static func positions(of column: Int, bits: Int) -> Range<Int> {
        let count = CodeTables.columns
        return (column * bits / count)..<((column + 1) * bits / count)
    }

    private static func bits(
        _ key: UnsafeBufferPointer<UInt64>, at first: Int, count: Int
    ) -> UInt64 {
        let low = UInt64(truncatingIfNeeded: first % 64)
        var value = key[first / 64] &>> low
        if first / 64 + 1 < key.count { value |= (key[first / 64 + 1] &<< (63 - low)) &<< 1 }
        return count == 64 ? value : value & ((1 << UInt64(truncatingIfNeeded: count)) - 1)
    }
}
