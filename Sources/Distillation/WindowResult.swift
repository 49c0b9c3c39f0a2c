public import FiniteKey
import Quantities
public import Wire

/// What a window came to, with everything that a report says about it.
public struct WindowResult: Equatable, Sendable {
    /// Number of the window.
    public var window: UInt32
    /// How it ended.
    public var outcome: WindowOutcome
    /// Name of its key; `nil` if it came to none.
    public var key: KeyIdentifier?
    /// Bytes of the key, those for the stock of authentication key included.
    public var keyBytes = 0
    /// Sifted bits of the key basis.
    public var siftedBits = 0
    /// Detections and test errors of the window.
    public var counts = SiftCounts()
    /// Blocks of error correction.
    public var blocks = 0
    /// Blocks that did not decode and were corrected by Cascade.
    public var blocksByCascade = 0
    /// Blocks that neither corrected, and that were disclosed.
    public var blocksDisclosed = 0
    /// Bits disclosed by error correction.
    public var disclosedBits = 0
    /// Errors that it corrected.
    public var correctedErrors = 0
    /// Bits that an ideal code would have disclosed: the sum over the blocks of n h(errors / n).
    public var leastDisclosure = 0.0
    /// Requests and answers, repeats not counted.
    public var messages = 0
    /// Requests and answers of error correction alone.
    public var correctionMessages = 0
    /// Bytes of authentication key that the window burnt at this end, both lanes.
    public var padBytes = 0
    /// The finite-key analysis; `nil` if it was not reached or refused the counts.
    public var length: KeyLength?
    /// When its last epoch was settled, ps on the caller's clock.
    public var closedAt: Int64 = 0
    /// When it ended, ps on the caller's clock.
    public var endedAt: Int64 = 0

    /// Disclosed bits over the least, f, block by block; `nil` where that is nothing.
    public var efficiency: Double? {
        leastDisclosure > 0 ? Double(Int64(widening: disclosedBits)) / leastDisclosure : nil
    }
}

/// What did not go the straight way.
public struct DistillationCounters: Equatable, Sendable, BitwiseCopyable {
    /// Requests sent, or answers given.
    public var sent: UInt64 = 0
    /// Of these, those sent again.
    public var repeated: UInt64 = 0
    /// Messages that were damaged.
    public var damaged: UInt64 = 0
    /// Whole messages that were not for this session or this end.
    public var foreign: UInt64 = 0
    /// Whole messages that do not follow the last one, or came again.
    public var outOfOrder: UInt64 = 0
    /// Requests that contradict the one answered under the same number.
    public var contradictions: UInt64 = 0
    /// Steps refused.
    public var refused: UInt64 = 0

    /// All 0.
    public init() {}
}

extension DistillationParameters {
    /// What one window would have given for all that `results` hold, whole bytes in bits: the price
    /// of declaring several.
    public static func combinedKeyBits(
        of results: [WindowResult], parameters: DistillationParameters
    ) -> Int64 {
        var counts = SiftCounts()
        var disclosedBits = 0
        for result in results {
            counts.add(result.counts)
            disclosedBits += result.disclosedBits
        }
        do throws(KeyLengthFault) {
            let length = try parameters.proof.keyLength(
                counts: counts, keyBasis: parameters.keyBasis, disclosedBits: disclosedBits)
            return length.keyBits / 8 * 8
        } catch { return 0 }
    }
}
