/// A mother code at one lifting size, row by row; within a row the first half's edges come first.
///
/// Check z of a row sums bit (z + shift) mod size of each column. Allocates only when made.
struct LiftedCode: Sendable {
    let rows: Int
    let size: Int
    /// Where the edges of each row begin; one more entry than rows.
    let rowStart: [Int]
    /// Where the second half of each row begins.
    let rowMiddle: [Int]
    let columns: [UInt16]
    /// Below `size`.
    let shifts: [UInt16]

    init(code: Int, size: Int) {
        let table = CodeTables.code(code)
        let edges = Self.decoded(table.text, count: table.edges)
        var ends = [Int](repeating: 0, count: 2 * table.rows + 1)
        for edge in edges { ends[2 * edge.row + edge.half + 1] += 1 }
        for i in 1..<ends.count { ends[i] += ends[i - 1] }
        var next = ends
        var columns = [UInt16](repeating: 0, count: edges.count)
        var shifts = columns
        for edge in edges {
            let at = next[2 * edge.row + edge.half]
            next[2 * edge.row + edge.half] += 1
            columns[at] = UInt16(truncatingIfNeeded: edge.column)
            shifts[at] = UInt16(truncatingIfNeeded: edge.shift % size)
        }
        self.rows = table.rows
        self.size = size
        self.rowStart = (0...table.rows).map { ends[2 * $0] }
        self.rowMiddle = (0..<table.rows).map { ends[2 * $0 + 1] }
        self.columns = columns
        self.shifts = shifts
    }

    /// The edges of row `row`, or those of its first half.
    func edges(_ row: Int, half: Bool) -> Range<Int> {
        rowStart[row]..<(half ? rowMiddle[row] : rowStart[row + 1])
    }

    private struct Edge {
        var row: Int
        var column: Int
        var shift: Int
        var half: Int
    }

    private static func decoded(_ text: StaticString, count: Int) -> [Edge] {
        var edges: [Edge] = []
        edges.reserveCapacity(count)
        var column = 0
        text.withUTF8Buffer { characters in
            for i in 0..<min(count, characters.count / 4) {
                var word = 0
                for k in 0..<4 { word |= sixBits(characters[4 * i + k]) << (6 * k) }
                edges.append(
                    Edge(
                        row: word & 511, column: column, shift: word >> 9 & 511,
                        half: word >> 18 & 1))
                column += word >> 19 & 1
            }
        }
        return edges
    }

    /// RFC 4648 section 4, one character.
    private static func sixBits(_ character: UInt8) -> Int {
        switch character {
        case 65...90: Int(character) - 65
        case 97...122: Int(character) - 71
        case 48...57: Int(character) + 4
        case 43: 62
        default: 63
        }
    }
}
