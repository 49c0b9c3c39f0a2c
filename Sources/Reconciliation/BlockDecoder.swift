import CHardware
import Quantities

/// Finds the errors of a block from the satellite's parities: the ground's side of a plan.
///
/// Layered belief propagation on integers, the same on any machine. All memory is taken when it is
/// made, none per block; ``start(_:)`` begins the next block of the same plan.
public struct BlockDecoder: ~Copyable {
    /// How an attempt ended.
    public enum Outcome: Equatable, Sendable {
        /// The corrected block has the satellite's parities, all that were disclosed.
        case corrected
        /// It did not decode; the satellite may be asked for this.
        case needs(IncrementRequest)
        /// It did not decode and there is nothing left to ask for: the block is lost.
        case failed
    }

    /// Iterations after which an attempt is given up.
    public var iterationsMax = 90
    /// Bits the satellite disclosed of this block so far: the truth for accounting.
    public private(set) var disclosedBits = 0
    /// Increments taken for this block.
    public private(set) var increments = 0
    /// Iterations of all attempts on this block.
    public private(set) var iterations = 0
    /// Errors that the last successful attempt corrected.
    public private(set) var correctedErrors = 0

    private var encoder: SyndromeEncoder
    private let words: Int
    private var splitRows = 0
    /// Parities that differ from the satellite's: whole rows, then first halves.
    private let difference: UnsafeMutablePointer<UInt64>
    private let check: UnsafeMutablePointer<UInt64>
    private let errors: UnsafeMutableBufferPointer<UInt64>
    private var memory: DecoderMemory

    /// The plan that both ends agreed on.
    public var plan: ReconciliationPlan { encoder.plan }

    /// Makes room for blocks of `plan`.
    public init(plan: ReconciliationPlan) {
        encoder = SyndromeEncoder(plan: plan)
        words = plan.liftingSize / 64
        let capacity = 2 * plan.rows * words
        difference = .allocate(capacity: capacity)
        difference.initialize(repeating: 0, count: capacity)
        check = .allocate(capacity: capacity)
        check.initialize(repeating: 0, count: capacity)
        errors = .allocate(capacity: (plan.bits + 63) / 64)
        errors.initialize(repeating: 0)
        memory = DecoderMemory(plan: plan, code: encoder.code)
    }

    deinit {
        difference.deallocate()
        check.deallocate()
        errors.update(repeating: 0)
        errors.deallocate()
    }

    /// Begins a block: the ground's bits, and the satellite's first disclosure.
    public mutating func start(
        _ key: UnsafeBufferPointer<UInt64>, disclosure: UnsafeBufferPointer<UInt64>
    ) throws(ReconciliationError) {
        guard disclosure.count == plan.firstDisclosureWords else {
            throw .wrongLength(words: disclosure.count, expected: plan.firstDisclosureWords)
        }
        try encoder.load(key)
        encoder.parities(0..<plan.rows, half: false, into: difference)
        // First halves of all rows now: an increment is then only an exclusive or.
        encoder.parities(0..<plan.rows, half: true, into: difference + plan.rows * words)
        for i in 0..<disclosure.count { difference[i] ^= disclosure[i] }
        splitRows = plan.splitRows
        disclosedBits = plan.firstDisclosureBits
        increments = 0
        iterations = 0
        correctedErrors = 0
    }

    /// Takes the answer to the request of the last attempt.
    public mutating func add(
        _ increment: UnsafeBufferPointer<UInt64>
    ) throws(ReconciliationError) {
        guard let request = nextRequest, increment.count == request.words(plan) else {
            throw .wrongLength(words: increment.count, expected: nextRequest?.words(plan) ?? 0)
        }
        let start = (plan.rows + request.first) * words
        for i in 0..<increment.count { difference[start + i] ^= increment[i] }
        splitRows += request.count
        disclosedBits += request.count * plan.liftingSize
        increments += 1
    }

    /// Tries to decode with what was disclosed; on success corrects `key`, else leaves it.
    public mutating func attempt(
        correcting key: UnsafeMutableBufferPointer<UInt64>
    ) throws(ReconciliationError) -> Outcome {
        guard key.count == errors.count else {
            throw .wrongLength(words: key.count, expected: errors.count)
        }
        memory.begin(code: encoder.code, splitRows: splitRows, difference: difference)
        for _ in 0..<iterationsMax {
            iterations += 1
            if memory.iterate(code: encoder.code), try agrees() {
                correctedErrors = 0
                for i in 0..<key.count {
                    key[i] ^= errors[i]
                    correctedErrors += errors[i].nonzeroBitCount
                }
                return .corrected
            }
        }
        guard let request = nextRequest else { return .failed }
        return .needs(request)
    }

    /// The next rows to split, or `nil` if all are.
    private var nextRequest: IncrementRequest? {
        let count = min(plan.rows - splitRows, plan.incrementRows * (increments + 1))
        return count > 0 ? IncrementRequest(first: splitRows, count: count) : nil
    }

    /// Whether the errors as decided now explain every disclosed parity.
    private mutating func agrees() throws(ReconciliationError) -> Bool {
        memory.decide(into: errors)
        try encoder.load(UnsafeBufferPointer(errors))
        encoder.parities(0..<plan.rows, half: false, into: check)
        encoder.parities(0..<splitRows, half: true, into: check + plan.rows * words)
        for i in 0..<(plan.rows + splitRows) * words where check[i] != difference[i] {
            return false
        }
        return true
    }
}
