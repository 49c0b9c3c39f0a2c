/// Why a block cannot be reconciled as asked.
public enum ReconciliationError: Error, Equatable, Sendable {
    /// The expected error rate is not inside the open range `0 ..< 0.11` (0 excluded).
    case qberOutOfRange(Double)
    /// A block has this many bits; ``ReconciliationPlan/bitsRange`` are allowed.
    case bitsOutOfRange(Int)
    /// The peer sent this many words where the plan has `expected`.
    case wrongLength(words: Int, expected: Int)
    /// The peer asked for rows that do not follow those disclosed, or past the last.
    case wrongRequest(first: Int, count: Int)
}
