import Secrets

/// The rows and tables of the correcting end, laid out in memory that was handed in.
///
/// First the secret rows: the key, the bits known for certain, those found, then for each pass its bits in its
/// order, where its segments start, and which of them differ. Then how many differ in each pass. Then
/// the public tables of each pass but the first: which bit is at each place, and where each bit is.
struct CorrectorMemory: ~Copyable {
    private let plan: CascadePlan
    private let rowWords: Int
    private let memory: SecretBytes
    private let rows: UnsafeMutablePointer<UInt>
    private let tables: UnsafeMutablePointer<UInt32>
    /// Segments that differ, for each pass.
    let oddCounts: UnsafeMutablePointer<Int>

    private static func secretByteCount(_ plan: CascadePlan) -> Int {
        (3 + 3 * plan.passes) * BitRow.wordCount(plan.bits) * MemoryLayout<UInt>.size
    }

    static func byteCount(_ plan: CascadePlan) -> Int {
        let passes = plan.passes
        return secretByteCount(plan) + passes * MemoryLayout<Int>.size
            + 2 * (passes - 1) * plan.bits * MemoryLayout<UInt32>.size
    }

    init(plan: CascadePlan, memory: consuming SecretBytes) throws(CascadeError) {
        let words = try memory.words(for: Self.byteCount(plan))
        self.plan = plan
        self.memory = memory
        rows = words
        rowWords = BitRow.wordCount(plan.bits)
        let passes = plan.passes
        let counts = UnsafeMutableRawPointer(words) + Self.secretByteCount(plan)
        oddCounts = counts.bindMemory(to: Int.self, capacity: passes)
        tables = (counts + passes * MemoryLayout<Int>.size)
            .bindMemory(to: UInt32.self, capacity: 2 * (passes - 1) * plan.bits)
        clear()
        for pass in 1..<passes { fillTables(pass) }
    }

    /// Forgets the block.
    func clear() {
        wipe(
            UnsafeMutableRawBufferPointer(start: rows, count: Self.secretByteCount(plan)))
        for pass in 0..<plan.passes { oddCounts[pass] = 0 }
    }

    /// The block, in its own order.
    var key: BitRow { row(0) }
    /// Bits corrected: what the satellite has there is known.
    var known: BitRow { row(1) }
    /// Bits that a search ended at and that are to be corrected.
    var found: BitRow { row(2) }
    /// The bits of the block in the order of `pass`.
    func bits(_ pass: Int) -> BitRow { row(3 + 3 * pass) }
    /// Where the segments of `pass` start.
    func cuts(_ pass: Int) -> BitRow { row(4 + 3 * pass) }
    /// First places of the segments of `pass` that differ.
    func odd(_ pass: Int) -> BitRow { row(5 + 3 * pass) }

    private func row(_ index: Int) -> BitRow { BitRow(rows + index * rowWords) }

    /// The bit of the block at `place` in the order of `pass`.
    func bit(at place: Int, of pass: Int) -> Int {
        pass == 0 ? place : Int(truncatingIfNeeded: bitTable(pass)[place])
    }

    /// The place of `bit` in the order of `pass`.
    func place(of bit: Int, in pass: Int) -> Int {
        pass == 0 ? bit : Int(truncatingIfNeeded: placeTable(pass)[bit])
    }

    private func bitTable(_ pass: Int) -> UnsafeMutablePointer<UInt32> {
        tables + 2 * (pass - 1) * plan.bits
    }

    private func placeTable(_ pass: Int) -> UnsafeMutablePointer<UInt32> {
        bitTable(pass) + plan.bits
    }

    private func fillTables(_ pass: Int) {
        let (bits, places) = (bitTable(pass), placeTable(pass))
        for i in 0..<plan.bits { bits[i] = UInt32(truncatingIfNeeded: i) }
        var shuffle = PublicShuffle(seed: plan.seed, pass: pass)
        var place = plan.bits - 1
        while place > 0 {
            let partner = shuffle.partner(of: place)
            (bits[place], bits[partner]) = (bits[partner], bits[place])
            place -= 1
        }
        for i in 0..<plan.bits {
            places[Int(truncatingIfNeeded: bits[i])] = UInt32(truncatingIfNeeded: i)
        }
    }

    /// Writes the bits of the block in the order of `pass`.
    func arrange(_ pass: Int) {
        let (from, to) = (key, bits(pass))
        guard pass > 0 else {
            to.words.update(from: from.words, count: rowWords)
            return
        }
        let table = bitTable(pass)
        var place = 0
        for at in 0..<rowWords {
            var word: UInt = 0
            var mask: UInt = 1
            let end = min(place + BitRow.wordBits, plan.bits)
            while place < end {
                if from[Int(truncatingIfNeeded: table[place])] { word |= mask }
                mask = mask &<< 1
                place += 1
            }
            to.words[at] = word
        }
    }
}

extension SecretBytes {
    /// The start of these bytes as words, which lives as long as they do; `needed` bytes are there.
    mutating func words(for needed: Int) throws(CascadeError) -> UnsafeMutablePointer<UInt> {
        let count = count
        return try withUnsafeMutableBytes { bytes throws(CascadeError) in
            guard count >= needed, let start = bytes.baseAddress else {
                throw .wrongLength(bytes: count, needed: needed)
            }
            return start.bindMemory(to: UInt.self, capacity: needed / MemoryLayout<UInt>.size)
        }
    }
}
