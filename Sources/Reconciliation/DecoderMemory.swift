import CHardware
import Quantities

/// Working memory of one decoder, and the sweep over its layers.
///
/// A log-likelihood ratio is an Int16 in units of 1/96; positive means no error.
struct DecoderMemory: ~Copyable {
    /// Units of a log-likelihood ratio of 1.
    static let unit = 96.0
    /// A shortened position: surer than a column of the highest degree can contradict.
    private static let certain: Int16 = 3000

    private let plan: ReconciliationPlan
    private let stride: Int
    private let layersMax: Int
    private let prior: Int16
    private let posterior: UnsafeMutablePointer<Int16>
    /// How far each column lies rotated.
    private let rotation: UnsafeMutablePointer<UInt16>
    private let columnStarts: UnsafeMutablePointer<UInt32>
    private let edgeRotations: UnsafeMutablePointer<UInt16>
    /// For each layer: parities, and magnitudes and places of what the checks told.
    private let parities: UnsafeMutablePointer<Int16>
    private let least: UnsafeMutablePointer<Int16>
    private let others: UnsafeMutablePointer<Int16>
    private let weakest: UnsafeMutablePointer<Int16>
    private let signs: UnsafeMutablePointer<UInt16>
    private let signWords: Int
    private let scratch: UnsafeMutablePointer<Int16>
    private let coarse: UnsafeMutablePointer<Int16>
    private let fine: UnsafeMutablePointer<Int16>
    /// First edge, past the last edge, for each layer.
    private let layers: UnsafeMutablePointer<(first: Int, end: Int)>
    private var layerCount = 0

    init(plan: ReconciliationPlan, code: borrowing LiftedCode) {
        self.plan = plan
        let size = plan.liftingSize
        stride = size + 16
        layersMax = 2 * plan.rows
        prior = Int16(
            (Self.unit * Elementary.log((1 - plan.qber) / plan.qber)).rounded())
        var groups = 0
        var longest = 0
        for row in 0..<plan.rows {
            let all = code.edges(row, half: false).count
            longest = max(longest, all)
            groups += all / 16 + 2
        }
        let columns = CodeTables.columns
        posterior = Self.room(stride * columns)
        rotation = Self.room(columns)
        columnStarts = Self.room(code.columns.count)
        for (i, column) in code.columns.enumerated() {
            columnStarts[i] = UInt32(truncatingIfNeeded: Int(column) * stride)
        }
        edgeRotations = Self.room(longest)
        parities = Self.room(layersMax * size)
        least = Self.room(layersMax * size)
        others = Self.room(layersMax * size)
        weakest = Self.room(layersMax * size)
        signWords = groups * size
        signs = Self.room(signWords)
        scratch = Self.room(longest * size)
        coarse = Self.room(4096)
        fine = Self.room(4096)
        layers = .allocate(capacity: layersMax)
        layers.initialize(repeating: (0, 0), count: layersMax)
        for i in 0..<4096 {
            coarse[i] = Self.likelihood(16 * Double(i) + 8)
            fine[i] = Self.likelihood(65535 - Double(i))
        }
    }

    deinit {
        posterior.update(repeating: 0, count: stride * CodeTables.columns)
        for memory in [posterior, parities, least, others, weakest, scratch, coarse, fine] {
            memory.deallocate()
        }
        for memory in [rotation, edgeRotations, signs] { memory.deallocate() }
        columnStarts.deallocate()
        layers.deallocate()
    }

    private static func room<T: FixedWidthInteger>(_ count: Int) -> UnsafeMutablePointer<T> {
        let memory = UnsafeMutablePointer<T>.allocate(capacity: count)
        memory.initialize(repeating: 0, count: count)
        return memory
    }

    /// 2 artanh(t / 65536) in units.
    private static func likelihood(_ t: Double) -> Int16 {
        Int16((unit * Elementary.log((65536 + t) / (65536 - t))).rounded())
    }

    /// Forgets what was told and lays out the layers: whole rows, or two for a row that is split.
    mutating func begin(
        code: borrowing LiftedCode, splitRows: Int, difference: UnsafePointer<UInt64>
    ) {
        let size = plan.liftingSize
        let words = size / 64
        for column in 0..<CodeTables.columns {
            let used = SyndromeEncoder.positions(of: column, bits: plan.bits).count
            let start = posterior + column * stride
            for lane in 0..<size { start[lane] = lane < used ? prior : Self.certain }
            for lane in 0..<16 { start[size + lane] = start[lane] }
            rotation[column] = 0
        }
        for memory in [least, others, weakest] {
            memory.update(repeating: 0, count: layersMax * size)
        }
        signs.update(repeating: 0, count: signWords)
        layerCount = 0
        for row in 0..<plan.rows {
            let all = code.edges(row, half: false)
            let half = code.edges(row, half: true)
            let whole = difference + row * words
            guard row < splitRows else {
                addLayer(all, whole, nil)
                continue
            }
            let part = difference + (plan.rows + row) * words
            addLayer(half, part, nil)
            addLayer(half.upperBound..<all.upperBound, whole, part)
        }
    }

    private mutating func addLayer(
        _ edges: Range<Int>, _ a: UnsafePointer<UInt64>, _ b: UnsafePointer<UInt64>?
    ) {
        let size = plan.liftingSize
        let target = parities + layerCount * size
        for word in 0..<size / 64 {
            var bits = a[word]
            if let b { bits ^= b[word] }
            for lane in 0..<64 {
                target[64 * word + lane] = bits & 1 == 0 ? 0 : -1
                bits &>>= 1
            }
        }
        layers[layerCount] = (edges.lowerBound, edges.upperBound)
        layerCount += 1
    }

    /// One sweep over all layers. Whether every check held when it was met.
    mutating func iterate(code: borrowing LiftedCode) -> Bool {
        let size = plan.liftingSize
        var broken: Int32 = 0
        var sign = signs
        code.columns.withUnsafeBufferPointer { columns in
            code.shifts.withUnsafeBufferPointer { shifts in
                for layer in 0..<layerCount {
                    let (first, end) = layers[layer]
                    for edge in first..<end {
                        let column = Int(columns[edge])
                        let turn = Int(shifts[edge]) - Int(rotation[column])
                        edgeRotations[edge - first] = UInt16(
                            truncatingIfNeeded: turn < 0 ? turn + size : turn)
                        rotation[column] = shifts[edge]
                    }
                    let at = layer * size
                    var row = lodestar_check_row(
                        size: Int32(truncatingIfNeeded: size),
                        edges: Int32(truncatingIfNeeded: end - first),
                        columns: columnStarts + first, rotations: edgeRotations,
                        parities: parities + at, least: least + at, others: others + at,
                        weakest: weakest + at, signs: sign, scratch: scratch,
                        coarse: coarse, fine: fine)
                    broken |= lodestar_update_row(&row, posterior)
                    sign += (end - first + 15) / 16 * size
                }
            }
        }
        return broken == 0
    }

    /// Writes the positions now believed to be errors.
    func decide(into errors: UnsafeMutableBufferPointer<UInt64>) {
        errors.update(repeating: 0)
        let size = plan.liftingSize
        for column in 0..<CodeTables.columns {
            let range = SyndromeEncoder.positions(of: column, bits: plan.bits)
            let start = posterior + column * stride
            let turn = Int(rotation[column])
            for lane in 0..<range.count {
                let at = lane - turn
                if start[at < 0 ? at + size : at] < 0 {
                    let bit = range.lowerBound + lane
                    errors[bit / 64] |= 1 &<< UInt64(truncatingIfNeeded: bit % 64)
                }
            }
        }
    }
}
