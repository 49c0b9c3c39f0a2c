public import Secrets

/// The ground's end of Cascade: holds the block with errors, asks for parities, and corrects it.
///
/// Each pass cuts its order of the bits into segments whose parities at the satellite are known: the
/// blocks, and later the parts that searches split them into. One bit at a segment's first place says
/// whether the parities of both ends differ there. A correction changes that bit in every pass so far,
/// and so each search starts at the smallest segment that anything is known of. All segments that
/// differ in one pass are halved together, one message for each step; the pass with the smallest
/// blocks comes first. What follows from other answers is never asked.
///
/// Memory is handed in, as much as ``byteCount(_:)``, which wipes itself.
public struct CascadeCorrector: ~Copyable {
    /// What both ends agreed on.
    public let plan: CascadePlan
    /// Parities of this block that were disclosed to this end so far.
    public private(set) var disclosedBits = 0
    /// Requests of this block that were answered so far; each is two messages.
    public private(set) var rounds: UInt32 = 0
    /// Errors of this block corrected so far.
    public private(set) var correctedBits = 0
    private var memory: CorrectorMemory
    private var state = State.empty
    private var allParity = false
    /// Passes in use, the first of them.
    private var activePasses = 0
    /// The pass whose segments are halved.
    private var searched = 0
    /// Behind the segments of this step that were answered.
    private var place = 0
    /// Parities that the last request asks for.
    private var asked = 0

    private struct Segment {
        var first: Int
        var end: Int
        /// The length of the part that is asked about.
        var half: Int { (end - first + 1) / 2 }
    }

    private enum State {
        case empty
        /// Whole blocks are asked for, from this one on.
        case blocks(Int)
        case parts
        case finished
        case failed(CascadeError)
    }

    /// Bytes of memory for blocks of `plan`.
    public static func byteCount(_ plan: CascadePlan) -> Int { CorrectorMemory.byteCount(plan) }

    /// Takes over `memory`, aligned to 8 bytes, and computes the shuffles.
    public init(plan: CascadePlan, memory: consuming SecretBytes) throws(CascadeError) {
        self.memory = try CorrectorMemory(plan: plan, memory: memory)
        self.plan = plan
    }

    /// Whether every pass ended: no parity that both ends know differs any more.
    ///
    /// Errors can be left all the same, an even number in each block of each pass; only a hash tells.
    public var isFinished: Bool {
        if case .finished = state { true } else { false }
    }

    /// Takes the bits of the next block and starts anew.
    ///
    /// - Parameter key: ``CascadePlan/byteCount`` bytes; bits behind the last count for nothing.
    public mutating func load(_ key: UnsafeRawBufferPointer) throws(CascadeError) {
        guard key.count == plan.byteCount else {
            throw .wrongLength(bytes: key.count, needed: plan.byteCount)
        }
        memory.clear()
        memory.key.take(key, bits: plan.bits)
        disclosedBits = 0
        rounds = 0
        correctedBits = 0
        activePasses = 0
        asked = 0
        searched = 0
        place = 0
        allParity = false
        state = .blocks(0)
    }

    /// Copies the bits out, corrected as far as they are; bits behind the last are 0.
    ///
    /// - Parameter key: ``CascadePlan/byteCount`` bytes.
    public func copyKey(into key: UnsafeMutableRawBufferPointer) throws(CascadeError) {
        guard key.count == plan.byteCount, let start = key.baseAddress else {
            throw .wrongLength(bytes: key.count, needed: plan.byteCount)
        }
        start.copyMemory(from: memory.key.words, byteCount: key.count)
    }

    /// Writes the next request; the same again until its answer came.
    ///
    /// - Parameter request: Room of ``CascadeBlock/largestMessage`` bytes.
    /// - Returns: Bytes written; 0 when finished, or before a block was loaded.
    /// - Throws: Why the block is lost, too.
    public mutating func nextRequest(
        into request: UnsafeMutableRawBufferPointer
    ) throws(CascadeError) -> Int {
        guard request.count >= CascadeBlock.largestMessage, let start = request.baseAddress else {
            throw .wrongLength(bytes: request.count, needed: CascadeBlock.largestMessage)
        }
        let size: Int
        switch state {
        case .empty, .finished: return 0
        case .failed(let error): throw error
        case .blocks(let first): size = askBlocks(first, at: start)
        case .parts: size = askParts(at: start)
        }
        guard asked <= plan.disclosureLimit - disclosedBits else {
            state = .failed(.disclosureLimit(plan.disclosureLimit))
            throw .disclosureLimit(plan.disclosureLimit)
        }
        return size
    }

    /// Takes the answer to the last request.
    ///
    /// - Throws: ``CascadeError/contradiction(bit:)`` ends the block. After any other error nothing
    ///   has changed, and the right answer may still come.
    public mutating func receive(_ answer: UnsafeRawBufferPointer) throws(CascadeError) {
        if case .failed(let error) = state { throw error }
        let parities = try ParityReader(answer, round: rounds, asked: asked)
        rounds &+= 1
        disclosedBits += asked
        do throws(CascadeError) {
            switch state {
            case .blocks(let first): try takeBlocks(parities, first)
            default: try takeParts(parities)
            }
        } catch {
            state = .failed(error)
            throw error
        }
    }

    private mutating func askBlocks(_ first: Int, at start: UnsafeMutableRawPointer) -> Int {
        asked = min(plan.topParityCount - first, CascadeMessage.mostParities)
        CascadeMessage.put(
            CascadeMessage.blocks, plan.variant.rawValue, round: rounds, at: start)
        CascadeMessage.put(UInt32(truncatingIfNeeded: plan.bits), at: start + 6)
        CascadeMessage.put(UInt32(truncatingIfNeeded: plan.errorRatePPM), at: start + 10)
        CascadeMessage.put(plan.seed, at: start + 14)
        CascadeMessage.put(UInt32(truncatingIfNeeded: first), at: start + 22)
        CascadeMessage.put(UInt32(truncatingIfNeeded: asked), at: start + 26)
        (start + 30).storeBytes(of: UInt8(truncatingIfNeeded: plan.passes), as: UInt8.self)
        return CascadeMessage.blocksSize
    }

    private mutating func takeBlocks(
        _ parities: ParityReader, _ first: Int
    ) throws(CascadeError) {
        var cursor = TopCursor(plan: plan)
        cursor.skip(first)
        for i in 0..<asked {
            if parities[i] {
                memory.odd(cursor.pass).set(cursor.start)
                if cursor.pass == 0 { allParity.toggle() }
            }
            cursor.advance()
        }
        let next = first + asked
        asked = 0
        state = .blocks(next)
        if next == plan.topParityCount { try endStep() }
    }

    /// Asks for the first half of each segment that differs, as many as the message holds.
    private mutating func askParts(at start: UnsafeMutableRawPointer) -> Int {
        var writer = PartsWriter(at: start, pass: searched, round: rounds)
        var place = place
        while writer.hasRoom, let segment = nextSegment(&place) {
            writer.put(segment.first, segment.half)
        }
        asked = writer.count
        return writer.finish()
    }

    /// Splits each segment that was asked about.
    private mutating func takeParts(_ parities: ParityReader) throws(CascadeError) {
        let (odd, cuts, bits) = (memory.odd(searched), memory.cuts(searched), memory.bits(searched))
        var place = place
        for i in 0..<asked {
            guard let segment = nextSegment(&place) else { break }
            let middle = segment.first + segment.half
            cuts.set(middle)
            var found = segment.first
            var size = segment.half
            if bits.parity(segment.first, middle) == parities[i] {
                odd.clear(segment.first)
                odd.set(middle)
                found = middle
                size = segment.end - middle
            }
            if size == 1 { memory.found.set(memory.bit(at: found, of: searched)) }
        }
        asked = 0
        self.place = place
        if nextSegment(&place) == nil { try endStep() }
    }

    /// The next segment behind `place` to be halved, past which `place` moves.
    private func nextSegment(_ place: inout Int) -> Segment? {
        let first = memory.odd(searched).next(from: place, before: plan.bits)
        guard first < plan.bits else { return nil }
        let end = memory.cuts(searched).next(from: first + 1, before: plan.bits)
        place = end
        return Segment(first: first, end: end)
    }

    /// Corrects what the step found, and chooses what the next one searches.
    ///
    /// A search that was begun is brought to its end before another pass is looked at: to leave it
    /// for a shorter one costs more messages, and bits too, for what it finds may be found there again.
    private mutating func endStep() throws(CascadeError) {
        try correctFound()
        place = 0
        if memory.oddCounts[searched] > 0 { return }
        // Ends with the passes: each turn leaves, or takes up another.
        while true {
            for pass in 0..<activePasses where memory.oddCounts[pass] > 0 {
                searched = pass
                state = .parts
                return
            }
            if activePasses == plan.passes {
                state = .finished
                return
            }
            try takeUp(activePasses)
        }
    }

    /// Compares the blocks of `new`, the first pass not in use yet, with what the satellite said.
    private mutating func takeUp(_ new: Int) throws(CascadeError) {
        memory.arrange(new)
        let (odd, cuts, bits) = (memory.odd(new), memory.cuts(new), memory.bits(new))
        let size = plan.blockSize(new)
        let asked = plan.askedBlockCount(new)
        var parity = false
        var count = 0
        for block in 0..<plan.blockCount(new) {
            let first = block * size
            let theirs = block < asked ? odd[first] : parity != allParity
            if theirs { parity.toggle() }
            cuts.set(first)
            if bits.parity(first, min(first + size, plan.bits)) != theirs {
                odd.set(first)
                count += 1
            } else {
                odd.clear(first)
            }
        }
        memory.oddCounts[new] = count
        activePasses = new + 1
        if count > 0 { try correctSingles(new) }
    }

    /// Corrects the blocks of one bit that differ.
    private mutating func correctSingles(_ new: Int) throws(CascadeError) {
        let (odd, cuts) = (memory.odd(new), memory.cuts(new))
        var first = odd.next(from: 0, before: plan.bits)
        while first < plan.bits {
            let end = cuts.next(from: first + 1, before: plan.bits)
            if end - first == 1 { memory.found.set(memory.bit(at: first, of: new)) }
            first = odd.next(from: end, before: plan.bits)
        }
        try correctFound()
    }

    private mutating func correctFound() throws(CascadeError) {
        var bit = memory.found.next(from: 0, before: plan.bits)
        while bit < plan.bits {
            memory.found.clear(bit)
            try correct(bit)
            bit = memory.found.next(from: bit + 1, before: plan.bits)
        }
    }

    private mutating func correct(_ bit: Int) throws(CascadeError) {
        // Its value at the satellite is known now: another correction would undo that.
        guard !memory.known[bit] else { throw .contradiction(bit: bit) }
        memory.known.set(bit)
        memory.key.flip(bit)
        correctedBits += 1
        for other in 0..<activePasses {
            let place = memory.place(of: bit, in: other)
            memory.bits(other).flip(place)
            let (odd, cuts) = (memory.odd(other), memory.cuts(other))
            let first = cuts.previous(from: place)
            odd.flip(first)
            memory.oddCounts[other] += odd[first] ? 1 : -1
            if odd[first], cuts.next(from: first + 1, before: plan.bits) == first + 1 {
                throw .contradiction(bit: bit)
            }
        }
    }
}
