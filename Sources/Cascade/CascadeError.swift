/// Why a block cannot be corrected by Cascade as asked.
public enum CascadeError: Error, Equatable, Sendable {
    /// A block has this many bits; ``CascadePlan/bitsRange`` are allowed.
    case bitsOutOfRange(Int)
    /// The expected error rate in parts per million; ``CascadePlan/errorRateRangePPM`` is allowed.
    case errorRateOutOfRange(ppm: Int)
    /// This many passes; from `least`, the variant's own, to ``CascadePlan/mostPasses`` are allowed.
    case passesOutOfRange(Int, least: Int)
    /// A key or a buffer has this many bytes where `needed` are.
    case wrongLength(bytes: Int, needed: Int)
    /// A message ends too early, goes on behind its end, or holds a number that it must not.
    case malformed
    /// The peer works on another block, with other block sizes or another shuffle.
    case otherPlan
    /// A message has this number where `expected` was due; a repeated one is not for this end.
    case wrongRound(UInt32, expected: UInt32)
    /// An answer holds this many parities where `asked` were asked.
    case wrongCount(Int, asked: Int)
    /// The parities contradict each other at this bit: the peer's block or shuffle is not ours.
    case contradiction(bit: Int)
    /// More parities than ``CascadePlan/disclosureLimit`` are needed: this block is lost.
    case disclosureLimit(Int)
}
