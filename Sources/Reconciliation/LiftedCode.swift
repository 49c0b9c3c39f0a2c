/// A mother code at one lifting size, row by row; within a row the first half's edges come first.
///
/// Check z of a row sums bit (z + shift) mod size of each column. The memory is its owner's.
struct LiftedCode {
    let rows: Int
    let size: Int
    /// First edge of each half row: those of the first half of row r begin at 2 r, those of its
    /// second half at 2 r + 1.
    private let starts: UnsafeMutablePointer<UInt16>
    let columns: UnsafeMutablePointer<UInt16>
    /// Below `size`.
    let shifts: UnsafeMutablePointer<UInt16>

    /// Code `plan.code` in memory of `area`, or `nil` while that only counts.
    init?(plan: ReconciliationPlan, area: inout WorkArea) {
        let table = CodeTables.code(plan.code)
        let starts = area.take(2 * table.rows + 1, of: UInt16.self)
        let columns = area.take(table.edges, of: UInt16.self)
        let shifts = area.take(table.edges, of: UInt16.self)
        guard let starts, let columns, let shifts else { return nil }
        rows = table.rows
        size = plan.liftingSize
        self.starts = starts
        self.columns = columns
        self.shifts = shifts
        fill(table.text, edges: table.edges)
    }

    /// The edges of row `row`.
    func edges(_ row: Int) -> Range<Int> { start(2 * row)..<start(2 * row + 2) }
    /// The edges of its first half.
    func firstHalf(_ row: Int) -> Range<Int> { start(2 * row)..<start(2 * row + 1) }

    private func start(_ half: Int) -> Int { Int(truncatingIfNeeded: starts[half]) }

    private func fill(_ text: StaticString, edges: Int) {
        let halves = 2 * rows
        starts.initialize(repeating: 0, count: halves + 1)
        forEachEdge(of: text, count: edges) { half, _, _ in starts[half] &+= 1 }
        var sum: UInt16 = 0
        for half in 0...halves {
            sum &+= starts[half]
            // Past the end of each half, from where the second round counts down to its start.
            starts[half] = sum
        }
        forEachEdge(of: text, count: edges) { half, column, shift in
            starts[half] &-= 1
            let at = start(half)
            columns[at] = UInt16(truncatingIfNeeded: column)
            shifts[at] = UInt16(truncatingIfNeeded: shift % size)
        }
    }

    private func forEachEdge(
        of text: StaticString, count: Int,
        _ body: (_ half: Int, _ column: Int, _ shift: Int) -> Void
    ) {
        var column = 0
        let characters = text.utf8Start
        for i in 0..<min(count, text.utf8CodeUnitCount / 4) {
            var word = 0
            for k in 0..<4 { word |= Self.sixBits(characters[4 * i + k]) &<< (6 &* k) }
            body(2 * (word & 1023) + (word &>> 19 & 1), column, word &>> 10 & 511)
            column += word &>> 20 & 1
        }
    }

    /// RFC 4648 section 4, one character.
    private static func sixBits(_ character: UInt8) -> Int {
        let code = Int(truncatingIfNeeded: character)
        return switch code {
        case 65...90: code - 65
        case 97...122: code - 71
        case 48...57: code + 4
        case 43: 62
        default: 63
        }
    }
}
