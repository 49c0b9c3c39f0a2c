import Authentication
import Cascade
import Quantities
import Reconciliation
import Secrets

/// The window that the satellite works on. One at a time: the ground's next one ends it.
final class SatelliteWindow {
    /// What may come next.
    enum Stage: Equatable {
        /// Blocks, and what belongs to the block under way; then the close.
        case blocks
        case closed
        case verified
        /// A key of this many bytes; the seed has come up to `received`.
        case seed(received: Int)
        case seeded
        /// The key is held, and the ground was told so.
        case committed
        case settled
        /// Nothing more comes of it.
        case dead
    }

    var ledger: WindowLedger
    var stage = Stage.blocks
    var encoder: SyndromeEncoder?
    /// Cascade on the block, if it did not decode.
    var answerer: CascadeAnswerer?
    var block: Range<Int> = 0..<0
    /// What was disclosed of the block under way; it counts in the ledger once the next begins.
    var blockDisclosure = 0
    var name = KeyIdentifier(low: 0, high: 0)
    var keyBytes = 0
    var seed: SecretBytes?
    var key: SecretBytes?

    init(_ window: UInt32, parameters: DistillationParameters, key: borrowing HashKey) {
        ledger = WindowLedger(window, parameters: parameters, key: key)
    }

    /// Counts the block under way as told, never more than it has.
    func endBlock() {
        guard encoder != nil else { return }
        ledger.disclosedBits += min(blockDisclosure, block.count)
        blockDisclosure = 0
        encoder = nil
        answerer = nil
    }

    /// Ends the window without a key; secrets are wiped.
    func kill() {
        stage = .dead
        encoder = nil
        answerer = nil
        seed = nil
        key = nil
        ledger.bits = BitString()
    }
}
