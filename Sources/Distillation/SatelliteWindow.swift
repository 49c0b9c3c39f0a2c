import Authentication
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
    var block: Range<Int> = 0..<0
    /// What was disclosed of the block under way; it counts in the ledger once the next begins.
    var blockDisclosure = 0
    /// Rows of the block's plan that were split so far are its increments; the first not asked for.
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
    }

    /// Ends the window without a key; secrets are wiped.
    func kill() {
        stage = .dead
        encoder = nil
        seed = nil
        key = nil
        ledger.bits = BitString(capacity: 0)
    }
}
