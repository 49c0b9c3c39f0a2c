public import Wire

/// An end that answered in sifting and holds what was said and kept of each epoch.
public protocol EpochHolder: ~Copyable {
    /// What is held of `epoch`: its counts, without errors.
    ///
    /// - Parameters:
    ///   - part: Called with the hashes of every part of the exchange, in order.
    ///   - bit: Called with every key bit, 0 or 1, in order.
    /// - Returns: `nil`, without a call, unless the whole epoch is held.
    borrowing func eachHeld(
        ofEpoch epoch: UInt32, part: (PartHashes) -> Void, bit: (UInt8) -> Void
    ) -> SiftCounts?
}
