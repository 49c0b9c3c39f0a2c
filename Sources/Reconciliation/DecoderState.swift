import Quantities

/// What belief propagation knows of one block, and the sweep over its rows.
///
/// Row r of the code has two layers: 2 r is the whole row or, once that is split, its first half;
/// 2 r + 1 is then its second half. The memory is its owner's.
struct DecoderState {
    private let plan: ReconciliationPlan
    private let code: LiftedCode
    private let padded: Int
    private let stride: Int
    /// Prior, and that of a position that is zero on both ends.
    private let prior: Int8
    private static let certain: Int8 = 127

    private let posterior: UnsafeMutablePointer<Int8>
    /// How far each column lies rotated between two sweeps: by the shift of its last edge.
    private let rotation: UnsafeMutablePointer<UInt16>
    private let columnStarts: UnsafeMutablePointer<UInt32>
    /// For each edge how far its column is to be turned from where the edge before it left it.
    private let turns: UnsafeMutablePointer<UInt16>
    private let parities: UnsafeMutablePointer<UInt8>
    private let least: UnsafeMutablePointer<UInt8>
    private let others: UnsafeMutablePointer<UInt8>
    private let weakest: UnsafeMutablePointer<UInt8>
    private let signs: UnsafeMutablePointer<UInt8>
    private let signBytes: Int
    private let scratch: UnsafeMutablePointer<Int8>
    private let tables: UnsafeMutablePointer<UInt8>
    private var splitRows = 0
    private(set) var isPriorDoubted = false

    /// Takes its memory from `area`; `nil` while that only counts.
    init?(plan: ReconciliationPlan, code: LiftedCode?, area: inout WorkArea) {
        let padded = (plan.liftingSize + 31) / 32 * 32
        let stride = (plan.liftingSize + 63) / 32 * 32
        let columns = CodeTables.columns
        let layers = 2 * plan.rows * padded
        let edges = CodeTables.code(plan.code).edges
        // Eight edges a byte, and two layers of each row that are not full.
        let signBytes = (edges / 8 + 2 * plan.rows) * padded
        let posterior = area.take(columns * stride, of: Int8.self)
        let rotation = area.take(columns, of: UInt16.self)
        let starts = area.take(edges, of: UInt32.self)
        let turns = area.take(edges, of: UInt16.self)
        let parities = area.take(layers, of: UInt8.self)
        let least = area.take(layers, of: UInt8.self)
        let others = area.take(layers, of: UInt8.self)
        let weakest = area.take(layers, of: UInt8.self)
        let signs = area.take(signBytes, of: UInt8.self)
        let scratch = area.take(CheckRow.edgesMax * padded, of: Int8.self)
        let tables = area.take(CheckTables.bytes, of: UInt8.self)
        guard let code, let posterior, let rotation, let starts, let turns, let parities,
            let least, let others, let weakest, let signs, let scratch, let tables
        else { return nil }
        self.plan = plan
        self.code = code
        self.padded = padded
        self.stride = stride
        self.signBytes = signBytes
        self.posterior = posterior
        self.rotation = rotation
        columnStarts = starts
        self.turns = turns
        self.parities = parities
        self.least = least
        self.others = others
        self.weakest = weakest
        self.signs = signs
        self.scratch = scratch
        self.tables = tables
        let qber = Double(plan.qberPPM) * 1e-6
        prior = Int8(
            min(100, (CheckTables.unit * Elementary.log((1 - qber) / qber)).rounded()))
        for edge in 0..<edges {
            columnStarts[edge] = UInt32(
                truncatingIfNeeded: Int(truncatingIfNeeded: code.columns[edge]) * stride)
        }
        CheckTables.fill(tables)
        for edge in 0..<edges {
            rotation[Int(truncatingIfNeeded: code.columns[edge])] = code.shifts[edge]
        }
        for edge in 0..<edges {
            let column = Int(truncatingIfNeeded: code.columns[edge])
            let shift = code.shifts[edge]
            let size = UInt16(truncatingIfNeeded: plan.liftingSize)
            turns[edge] =
                shift >= rotation[column]
                ? shift - rotation[column] : shift + (size - rotation[column])
            rotation[column] = shift
        }
    }

    /// Forgets all; every row is whole.
    mutating func begin() {
        splitRows = 0
        forget()
    }

    /// Forgets what was told; what is split stays so.
    mutating func forget() {
        let size = plan.liftingSize
        for column in 0..<CodeTables.columns {
            let used = SyndromeEncoder.positions(of: column, bits: plan.bits).count
            let start = posterior + column * stride
            let turn = Int(truncatingIfNeeded: rotation[column])
            start.update(repeating: prior, count: stride)
            for lane in used..<size { start[(lane + size - turn) % size] = Self.certain }
            for lane in 0..<32 { start[size + lane] = start[lane % size] }
        }
        let layers = 2 * plan.rows * padded
        least.update(repeating: 0, count: layers)
        others.update(repeating: 0, count: layers)
        weakest.update(repeating: 0, count: layers)
        signs.update(repeating: 0, count: signBytes)
        isPriorDoubted = false
    }

    /// Halves the prior of every bit that is not certain, once.
    ///
    /// What a check tells is bounded. The checks at the ends of a chain of errors in columns of
    /// degree 2 can therefore not turn it over against the priors of all its bits, which are true
    /// but stand in the way when nearly all else is settled.
    mutating func doubtPrior() {
        guard !isPriorDoubted else { return }
        isPriorDoubted = true
        let change = prior / 2
        for i in 0..<CodeTables.columns * stride {
            let value = posterior[i]
            guard value > -127, value < 127 else { continue }
            posterior[i] = value > -126 + change ? value - change : -126
        }
    }

    /// Takes the parities of layer `layer`, as bits.
    func setParities(_ layer: Int, _ bits: UnsafePointer<UInt64>) {
        let target = parities + layer * padded
        for check in 0..<plan.liftingSize {
            let bit = bits[check / 64] &>> UInt64(widening: check % 64) & 1
            target[check] = bit == 0 ? 0 : 128
        }
    }

    /// Splits the next row: both halves go on from what the whole row told.
    mutating func splitNext() {
        let row = splitRows
        splitRows += 1
        let middle = code.firstHalf(row).count
        let count = code.edges(row).count
        let (whole, second) = (2 * row * padded, (2 * row + 1) * padded)
        let (from, to) = (signs + signStart(2 * row), signs + signStart(2 * row + 1))
        for check in 0..<padded {
            least[second + check] = least[whole + check]
            others[second + check] = others[whole + check]
            let weak = Int(truncatingIfNeeded: weakest[whole + check])
            let isFirst = weak < middle
            weakest[second + check] = isFirst ? 255 : UInt8(truncatingIfNeeded: weak - middle)
            if !isFirst { weakest[whole + check] = 255 }
            // Backwards, for the two ranges overlap.
            for group in (0..<(count - middle + 7) / 8).reversed() {
                var byte: UInt8 = 0
                for edge in (middle + 8 * group)..<min(count, middle + 8 * group + 8) {
                    let bit =
                        from[edge / 8 * padded + check]
                        &<< UInt8(
                            truncatingIfNeeded: edge % 8)
                    byte |= (bit & 128) &>> UInt8(truncatingIfNeeded: edge - middle - 8 * group)
                }
                to[group * padded + check] = byte
            }
        }
    }

    /// One sweep over all layers; how many checks did not hold when they were met.
    mutating func sweep() -> Int {
        var broken = 0
        for row in 0..<plan.rows {
            let all = code.edges(row)
            guard row < splitRows else {
                broken += update(2 * row, all)
                continue
            }
            let first = code.firstHalf(row)
            broken += update(2 * row, first)
            broken += update(2 * row + 1, first.upperBound..<all.upperBound)
        }
        return broken
    }

    private func update(_ layer: Int, _ edges: Range<Int>) -> Int {
        guard !edges.isEmpty else { return 0 }
        let at = layer * padded
        let row = CheckRow(
            size: plan.liftingSize, padded: padded, edges: edges.count,
            columns: columnStarts + edges.lowerBound, rotations: turns + edges.lowerBound,
            parities: parities + at, least: least + at, others: others + at,
            weakest: weakest + at, signs: signs + signStart(layer), scratch: scratch,
            tables: tables, turn: 3 * layer)
        return row.update(posterior)
    }

    /// Where the signs of a layer begin: those of a whole row have room in its first.
    private func signStart(_ layer: Int) -> Int {
        let row = layer / 2
        let start = (code.edges(row).lowerBound / 8 + 2 * row) * padded
        return layer % 2 == 0 ? start : start + (code.firstHalf(row).count / 8 + 1) * padded
    }

    /// Writes the positions now believed to be errors, as bits of a block.
    func decide(into errors: UnsafeMutableRawBufferPointer) {
        errors.initializeMemory(as: UInt8.self, repeating: 0)
        let size = plan.liftingSize
        for column in 0..<CodeTables.columns {
            let range = SyndromeEncoder.positions(of: column, bits: plan.bits)
            let start = posterior + column * stride
            let turn = Int(truncatingIfNeeded: rotation[column])
            for lane in 0..<range.count {
                let at = lane - turn
                if start[at < 0 ? at + size : at] < 0 {
                    let bit = range.lowerBound + lane
                    errors[bit / 8] |= 1 &<< UInt8(truncatingIfNeeded: bit % 8)
                }
            }
        }
    }
}
