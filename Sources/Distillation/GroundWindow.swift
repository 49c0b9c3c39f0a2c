import Authentication
import Cascade
import Quantities
import Reconciliation
import Secrets
import Sifting
import Wire

/// A window on the ground, from its first epoch to its key. Held by reference: several wait.
final class GroundWindow {
    /// What the window does next.
    enum Stage: Equatable {
        /// Blocks of error correction, as bits come in.
        case blocks
        /// The block under way needs this much more.
        case increment(IncrementRequest)
        /// The block under way did not decode; it is corrected by Cascade.
        case cascade
        /// Nor did that correct it; its bits are asked for from here on.
        case disclose(from: Int)
        case close
        case verify
        case length
        /// The seed is sent up to this byte.
        case seed(from: Int)
        case confirm
        case settle
        /// The satellite is told that no key comes of it.
        case abandon
        case ended
    }

    /// An epoch that the satellite has not been told about.
    struct UntoldEpoch {
        var isKept: Bool
        var firstHash: Int
        var hashCount: Int
    }

    /// Bits of one epoch, and what its test basis showed.
    private struct TestedStretch {
        var bits: Range<Int>
        var errors: Int
        var detections: Int
    }

    var ledger: WindowLedger
    var result: WindowResult
    var stage = Stage.blocks
    /// Whether every epoch of the window has been settled.
    var isComplete = false
    /// Epochs that the satellite has not been told about, from the ledger's `nextEpoch` on.
    var untold: [UntoldEpoch] = []
    /// Hashes of the parts of those epochs.
    var hashes: [PartHashes] = []
    /// The decoder of the block under way, and that block.
    var decoder: BlockDecoder?
    var block: Range<Int> = 0..<0
    /// Cascade on the block, and what the code had disclosed before it.
    var corrector: CascadeCorrector?
    var codeDisclosure = 0
    /// Errors found in a block that was told in clear.
    var disclosedErrors = 0
    var seed: SecretBytes?
    var key: SecretBytes?
    /// What the test basis says of the error rate, by stretches of the window's bits.
    private var tests: [TestedStretch] = []

    init(_ window: UInt32, parameters: DistillationParameters, key: borrowing HashKey) {
        ledger = WindowLedger(window, parameters: parameters, key: key)
        result = WindowResult(window: window, outcome: .unsettled)
    }

    /// Bits that lie in no block yet.
    var waitingBits: Int { ledger.bits.count - ledger.blockedBits }

    /// The next block's length: `nil` while more bits may come and there are too few.
    ///
    /// The last block has half to one and a half times the length aimed at, where there are as many
    /// bits: short blocks disclose more.
    func nextBlockBits(aim: Int) -> Int? {
        let most = min(aim, ReconciliationPlan.bitsRange.upperBound * 2 / 3)
        if waitingBits >= most + most / 2 { return most }
        return isComplete && waitingBits > 0 ? waitingBits : nil
    }

    /// Takes in an epoch that both ends keep.
    func take(
        _ clicks: UnsafeBufferPointer<SiftedClick>, counts: SiftCounts, keyBasis: UInt8
    ) {
        let first = ledger.bits.count
        ledger.bits.append(clicks.lazy.filter { $0.basis == keyBasis }.map { $0.bit })
        ledger.counts.add(counts)
        var errors = 0
        for intensity in 0..<3 {
            errors += Int(truncatingIfNeeded: counts.testErrors[intensity])
        }
        tests.append(
            TestedStretch(
                bits: first..<ledger.bits.count, errors: errors,
                detections: Int(truncatingIfNeeded: counts.total(basis: 1 - keyBasis))))
    }

    /// The error rate to expect of a block, parts per million.
    ///
    /// From the test basis of the same epochs, whose bits are public, over all intensities as the
    /// key basis has them too: nothing of the key basis is told for it. The rate changes by several
    /// times between the horizon and the culmination.
    func expectedErrorRate(of block: Range<Int>) -> Int {
        var errors = 0
        var detections = 0
        for stretch in tests where stretch.bits.overlaps(block) {
            errors += stretch.errors
            detections += stretch.detections
        }
        let range = ReconciliationPlan.qberRangePPM
        // Laplace's rule: few detections do not make it 0.
        let rate = 1_000_000 * (errors + 1) / (detections + 2)
        return min(max(rate, range.lowerBound), range.upperBound)
    }

    /// f so far.
    var currentEfficiency: Double? {
        let least = result.leastDisclosure
        return least > 0 ? Double(Int64(widening: ledger.disclosedBits)) / least : nil
    }

    /// What the window comes to if nothing more is heard.
    var outcomeWithoutLink: WindowOutcome {
        switch stage {
        // The satellite has signed: it holds the key, and so does the ground.
        case .settle, .abandon, .ended: result.outcome
        default: .unsettled
        }
    }

    /// Ends the window; secrets are wiped.
    func end(_ outcome: WindowOutcome, now: Int64) {
        stage = .ended
        result.outcome = outcome
        result.endedAt = now
        result.siftedBits = ledger.bits.count
        result.counts = ledger.counts
        result.blocks = ledger.blocks
        result.disclosedBits = ledger.disclosedBits
        decoder = nil
        corrector = nil
        seed = nil
        key = nil
    }
}
