import Secrets

/// Finds the errors of a block from the satellite's parities: the ground's side of a plan.
///
/// Layered belief propagation on integers, the same on any machine. One decoder serves any number
/// of blocks of its plan, one after another: ``start(_:disclosure:)``, ``attempt(correcting:)`` and,
/// while that ``Outcome/needs(_:)`` more, ``add(_:)`` and another attempt, which goes on from where
/// the last one ended. Nothing is allocated after it is made; all its memory is zero when it goes
/// away.
public struct BlockDecoder: ~Copyable {
    /// How an attempt ended.
    public enum Outcome: Equatable, Sendable {
        /// The corrected block has all the parities that the satellite disclosed. Whether it is the
        /// satellite's block is for the verification hash to say.
        case corrected
        /// It did not decode; the satellite is to be asked for this.
        case needs(IncrementRequest)
        /// It did not decode and there is nothing left to ask for. The block's bits themselves have
        /// to be sent, which leak ``ReconciliationPlan/bits`` in all.
        case failed
    }

    /// Sweeps over the code after which an attempt is given up.
    public var sweepsMax = 100
    /// An attempt is given up after this many sweeps without fewer broken checks.
    public var patience = 10
    /// Bits that the block has leaked so far: what the satellite disclosed, but never more than all
    /// its bits, of which parities are functions.
    public var disclosedBits: Int {
        min(plan.bits, (plan.rows + splitRows) * plan.liftingSize)
    }
    /// Increments taken for this block.
    public private(set) var increments = 0
    /// Sweeps of all attempts on this block.
    public private(set) var sweeps = 0
    /// Errors that the last successful attempt corrected.
    public private(set) var correctedErrors = 0

    /// With this few checks broken, what is left may be chains of columns of degree 2.
    private static let lastChecks = 20

    private var encoder: SyndromeEncoder
    private var splitRows = 0
    /// Parities that differ from the satellite's: whole rows, then first halves.
    private let difference: UnsafeMutablePointer<UInt64>
    private let row: UnsafeMutablePointer<UInt64>
    private let errors: UnsafeMutableRawBufferPointer
    private var state: DecoderState
    private var memory: SecretBytes

    /// The plan that both ends agreed on.
    public var plan: ReconciliationPlan { encoder.plan }

    /// Bytes of memory that a decoder of `plan` needs.
    public static func memoryBytes(_ plan: ReconciliationPlan) -> Int {
        let encoder = roundedUp(SyndromeEncoder.memoryBytes(plan))
        return encoder + partsBytes(plan)
    }

    /// Works in `memory`, aligned to 64 bytes, ``memoryBytes(_:)`` or more. The memory is the
    /// decoder's until it goes away and leaves it zero.
    public init(
        plan: ReconciliationPlan, in memory: UnsafeMutableRawBufferPointer
    ) throws(ReconciliationError) {
        let split = Self.roundedUp(SyndromeEncoder.memoryBytes(plan))
        guard memory.count >= split else {
            throw .wrongMemory(bytes: memory.count, needed: Self.memoryBytes(plan))
        }
        try self.init(
            encoder: try SyndromeEncoder(
                plan: plan, in: UnsafeMutableRawBufferPointer(rebasing: memory[..<split])),
            owning: SecretBytes(in: UnsafeMutableRawBufferPointer(rebasing: memory[split...])))
    }

    #if !NO_HEAP
        /// Allocates its memory.
        public init(plan: ReconciliationPlan) throws(ReconciliationError) {
            try self.init(
                encoder: try SyndromeEncoder(plan: plan),
                owning: SecretBytes(count: Self.partsBytes(plan) + WorkArea.alignment))
        }
    #endif

    private init(
        encoder: consuming SyndromeEncoder, owning memory: consuming SecretBytes
    ) throws(ReconciliationError) {
        let plan = encoder.plan
        let code = encoder.code
        let words = encoder.words
        let needed = Self.partsBytes(plan)
        var area = WorkArea(memory.alignedStart(for: needed))
        guard let parts = Parts(plan: plan, code: code, area: &area) else {
            throw .wrongMemory(bytes: memory.count, needed: needed)
        }
        self.encoder = encoder
        self.memory = memory
        difference = parts.difference
        row = parts.row
        errors = UnsafeMutableRawBufferPointer(start: parts.errors, count: plan.keyBytes)
        state = parts.state
        difference.initialize(repeating: 0, count: 2 * plan.rows * words)
        errors.initializeMemory(as: UInt8.self, repeating: 0)
        state.begin()
    }

    /// Begins a block.
    ///
    /// - Parameters:
    ///   - key: The ground's bits, ``ReconciliationPlan/keyBytes``.
    ///   - disclosure: The satellite's first disclosure, ``ReconciliationPlan/firstDisclosureBytes``.
    public mutating func start(
        _ key: UnsafeRawBufferPointer, disclosure: UnsafeRawBufferPointer
    ) throws(ReconciliationError) {
        guard disclosure.count == plan.firstDisclosureBytes else {
            throw .wrongLength(bytes: disclosure.count, expected: plan.firstDisclosureBytes)
        }
        try encoder.load(key)
        for index in 0..<plan.rows {
            encoder.parities(encoder.code.edges(index), into: wholeRow(index))
            // First halves of all rows now: an increment is then only an exclusive or.
            encoder.parities(encoder.code.firstHalf(index), into: halfRow(index))
        }
        for index in 0..<plan.rows { combine(disclosure, at: index, into: wholeRow(index)) }
        state.begin()
        for index in 0..<plan.rows { state.setParities(2 * index, wholeRow(index)) }
        splitRows = 0
        for index in 0..<plan.splitRows { split(disclosure, at: plan.rows + index) }
        increments = 0
        sweeps = 0
        correctedErrors = 0
    }

    /// Takes the answer to the request of the last attempt, ``IncrementRequest/bytes(_:)``.
    public mutating func add(
        _ increment: UnsafeRawBufferPointer
    ) throws(ReconciliationError) {
        guard let request = nextRequest, increment.count == request.bytes(plan) else {
            throw .wrongLength(bytes: increment.count, expected: nextRequest?.bytes(plan) ?? 0)
        }
        for index in 0..<request.count { split(increment, at: index) }
        increments += 1
        // What was told goes on, unless it led to a dead end twice or nearly to the end.
        if increments > 2 || state.isPriorDoubted { state.forget() }
    }

    /// Tries to decode with what was disclosed; on success corrects `key`, else leaves it.
    ///
    /// - Parameter key: The bits that ``start(_:disclosure:)`` was given.
    public mutating func attempt(
        correcting key: UnsafeMutableRawBufferPointer
    ) throws(ReconciliationError) -> Outcome {
        guard key.count == plan.keyBytes else {
            throw .wrongLength(bytes: key.count, expected: plan.keyBytes)
        }
        var fewest = Int.max
        var since = 0
        for _ in 0..<sweepsMax {
            sweeps += 1
            let broken = state.sweep()
            if broken == 0, try agrees() {
                correct(key)
                return .corrected
            }
            if broken <= Self.lastChecks, broken * 100 <= disclosedBits { state.doubtPrior() }
            since = broken < fewest ? 0 : since + 1
            fewest = min(fewest, broken)
            if since >= patience { break }
        }
        guard let request = nextRequest else { return .failed }
        return .needs(request)
    }

    /// The next rows to split, or `nil` if all are.
    private var nextRequest: IncrementRequest? {
        let count = min(plan.rows - splitRows, plan.incrementRows * (increments + 1))
        return count > 0 ? IncrementRequest(first: splitRows, count: count) : nil
    }

    private func wholeRow(_ index: Int) -> UnsafeMutablePointer<UInt64> {
        difference + index * encoder.words
    }
    private func halfRow(_ index: Int) -> UnsafeMutablePointer<UInt64> {
        difference + (plan.rows + index) * encoder.words
    }

    /// Combines row `place` of a message into `target`.
    private func combine(
        _ message: UnsafeRawBufferPointer, at place: Int,
        into target: UnsafeMutablePointer<UInt64>
    ) {
        let size = plan.liftingSize
        for word in 0..<encoder.words {
            target[word] ^= PackedBits.word(
                message, at: place * size + 64 * word, count: min(64, size - 64 * word))
        }
    }

    /// Splits the next row by row `place` of a message.
    private mutating func split(_ message: UnsafeRawBufferPointer, at place: Int) {
        let index = splitRows
        combine(message, at: place, into: halfRow(index))
        state.splitNext()
        state.setParities(2 * index, halfRow(index))
        for word in 0..<encoder.words { row[word] = wholeRow(index)[word] ^ halfRow(index)[word] }
        state.setParities(2 * index + 1, row)
        splitRows += 1
    }

    /// Whether the errors as decided now explain every disclosed parity.
    private mutating func agrees() throws(ReconciliationError) -> Bool {
        state.decide(into: errors)
        try encoder.load(UnsafeRawBufferPointer(errors))
        for index in 0..<plan.rows {
            guard explains(encoder.code.edges(index), wholeRow(index)) else { return false }
        }
        for index in 0..<splitRows {
            guard explains(encoder.code.firstHalf(index), halfRow(index)) else { return false }
        }
        return true
    }

    private func explains(_ edges: Range<Int>, _ parities: UnsafeMutablePointer<UInt64>) -> Bool {
        encoder.parities(edges, into: row)
        for word in 0..<encoder.words where row[word] != parities[word] { return false }
        return true
    }

    private mutating func correct(_ key: UnsafeMutableRawBufferPointer) {
        correctedErrors = 0
        for i in 0..<key.count {
            key[i] ^= errors[i]
            correctedErrors += errors[i].nonzeroBitCount
        }
    }

    private static func partsBytes(_ plan: ReconciliationPlan) -> Int {
        var area = WorkArea(nil)
        _ = Parts(plan: plan, code: nil, area: &area)
        return area.bytes
    }

    private static func roundedUp(_ bytes: Int) -> Int {
        (bytes + WorkArea.alignment - 1) / WorkArea.alignment * WorkArea.alignment
    }

    /// How the memory beside the encoder's is divided.
    private struct Parts {
        let difference: UnsafeMutablePointer<UInt64>
        let row: UnsafeMutablePointer<UInt64>
        let errors: UnsafeMutablePointer<UInt8>
        let state: DecoderState

        init?(plan: ReconciliationPlan, code: LiftedCode?, area: inout WorkArea) {
            let words = (plan.liftingSize + 63) / 64
            let difference = area.take(2 * plan.rows * words, of: UInt64.self)
            let row = area.take(words, of: UInt64.self)
            let errors = area.take(plan.keyBytes, of: UInt8.self)
            let state = DecoderState(plan: plan, code: code, area: &area)
            guard let difference, let row, let errors, let state else { return nil }
            self.difference = difference
            self.row = row
            self.errors = errors
            self.state = state
        }
    }
}
