public import Secrets

/// The satellite's end of Cascade: holds the block that counts, and answers with parities of it.
///
/// Stateless but for counting: an answer takes two bit reads for each parity. Memory is handed in, as
/// much as ``byteCount(_:)``, which wipes itself. Requests that the link repeats are to be answered
/// by whoever carries the messages with the answer that was sent: this end refuses them, so that each
/// parity is counted once.
public struct CascadeAnswerer: ~Copyable {
    /// What both ends agreed on.
    public let plan: CascadePlan
    /// Parities disclosed of this block so far.
    public private(set) var disclosedBits = 0
    /// Requests answered of this block so far.
    public private(set) var rounds: UInt32 = 0
    private let memory: SecretBytes
    private let words: UnsafeMutablePointer<UInt>
    private var isLoaded = false

    /// Bytes of memory for blocks of `plan`: one copy of the block for each pass.
    public static func byteCount(_ plan: CascadePlan) -> Int {
        plan.passes * BitRow.wordCount(plan.bits) * MemoryLayout<UInt>.size
    }

    /// Takes over `memory`, aligned to 8 bytes.
    public init(plan: CascadePlan, memory: consuming SecretBytes) throws(CascadeError) {
        words = try memory.words(for: Self.byteCount(plan))
        self.plan = plan
        self.memory = memory
    }

    /// Takes the bits of the next block and starts to count anew.
    ///
    /// - Parameter key: ``CascadePlan/byteCount`` bytes; bits behind the last count for nothing.
    public mutating func load(_ key: UnsafeRawBufferPointer) throws(CascadeError) {
        guard key.count == plan.byteCount else {
            throw .wrongLength(bytes: key.count, needed: plan.byteCount)
        }
        let count = BitRow.wordCount(plan.bits)
        BitRow(words).take(key, bits: plan.bits)
        for pass in 1..<plan.passes {
            let row = row(pass)
            row.words.update(from: words, count: count)
            var shuffle = PublicShuffle(seed: plan.seed, pass: pass)
            var place = plan.bits - 1
            while place > 0 {
                row.swap(place, shuffle.partner(of: place))
                place -= 1
            }
        }
        for pass in 0..<plan.passes { row(pass).accumulate(wordCount: count) }
        disclosedBits = 0
        rounds = 0
        isLoaded = true
    }

    /// Answers `request`.
    ///
    /// - Parameter answer: Room of ``CascadeBlock/largestMessage`` bytes, apart from `request`.
    /// - Returns: Bytes written. After an error nothing was disclosed and nothing counted.
    public mutating func answer(
        _ request: UnsafeRawBufferPointer, into answer: UnsafeMutableRawBufferPointer
    ) throws(CascadeError) -> Int {
        guard answer.count >= CascadeBlock.largestMessage, let start = answer.baseAddress else {
            throw .wrongLength(bytes: answer.count, needed: CascadeBlock.largestMessage)
        }
        guard isLoaded else { throw .otherPlan }
        guard request.count >= CascadeMessage.headSize else { throw .malformed }
        let round = CascadeMessage.number(request, at: 2)
        guard round == rounds else { throw .wrongRound(round, expected: rounds) }
        let parities = start + CascadeMessage.headSize
        let count =
            switch request[0] {
            case CascadeMessage.blocks: try answerBlocks(request, into: parities)
            case CascadeMessage.parts: try answerParts(request, into: parities)
            default: throw .malformed
            }
        CascadeMessage.put(CascadeMessage.answer, 0, round: round, at: start)
        CascadeMessage.put(UInt32(truncatingIfNeeded: count), at: start + 6)
        disclosedBits += count
        rounds &+= 1
        return CascadeMessage.headSize + (count + 7) / 8
    }

    private func answerBlocks(
        _ request: UnsafeRawBufferPointer, into parities: UnsafeMutableRawPointer
    ) throws(CascadeError) -> Int {
        guard request.count == CascadeMessage.blocksSize else { throw .malformed }
        guard request[1] == plan.variant.rawValue,
            CascadeMessage.number(request, at: 6) == UInt32(truncatingIfNeeded: plan.bits),
            CascadeMessage.number(request, at: 10)
                == UInt32(truncatingIfNeeded: plan.errorRatePPM),
            CascadeMessage.longNumber(request, at: 14) == plan.seed,
            Int(request[30]) == plan.passes
        else { throw .otherPlan }
        let first = CascadeMessage.number(request, at: 22)
        let count = CascadeMessage.number(request, at: 26)
        let all = UInt32(truncatingIfNeeded: plan.topParityCount)
        guard first <= all, count > 0, count <= all - first,
            count <= UInt32(truncatingIfNeeded: CascadeMessage.mostParities)
        else { throw .malformed }
        try admit(Int(truncatingIfNeeded: count))
        var cursor = TopCursor(plan: plan)
        cursor.skip(Int(truncatingIfNeeded: first))
        var writer = ParityWriter(at: parities)
        for _ in 0..<Int(truncatingIfNeeded: count) {
            let row = row(cursor.pass)
            writer.put(Self.parity(row, cursor.start, cursor.end))
            cursor.advance()
        }
        return Int(truncatingIfNeeded: count)
    }

    private func answerParts(
        _ request: UnsafeRawBufferPointer, into parities: UnsafeMutableRawPointer
    ) throws(CascadeError) -> Int {
        let pass = Int(request[1])
        let count = Int(truncatingIfNeeded: CascadeMessage.number(request, at: 6))
        // Each takes at least two bytes.
        guard pass < plan.passes, count > 0,
            count <= (request.count - CascadeMessage.headSize) / 2
        else { throw .malformed }
        try admit(count)
        let row = row(pass)
        var reader = PartsReader(request, bits: plan.bits)
        var writer = ParityWriter(at: parities)
        for _ in 0..<count {
            let part = try reader.next()
            writer.put(Self.parity(row, part.start, part.end))
        }
        guard reader.isAtEnd else { throw .malformed }
        return count
    }

    private func admit(_ count: Int) throws(CascadeError) {
        guard count <= CascadeMessage.mostParities else { throw .malformed }
        guard count <= plan.disclosureLimit - disclosedBits else {
            throw .disclosureLimit(plan.disclosureLimit)
        }
    }

    private func row(_ pass: Int) -> BitRow {
        BitRow(words + pass * BitRow.wordCount(plan.bits))
    }

    /// The parity of `start ..< end` of a row that was accumulated.
    @inline(__always) private static func parity(_ row: BitRow, _ start: Int, _ end: Int) -> Bool {
        row[end - 1] != (start > 0 && row[start - 1])
    }
}
