import Crypto
import Foundation
import GRDB

extension KeyStore {
    /// Replaces the wrapping key by a new one from the operating system's generator.
    ///
    /// Only the keys' own keys are encrypted anew, so that it takes a moment however much is
    /// stored. The new key is on the disk before the store needs it and the old one is overwritten
    /// only after, so that at any instant one of the two files opens the store; what was cut short
    /// is completed at the next opening.
    public func rewrap() throws(KeyStoreError) {
        let replacement = WrappingKeyFile.replacement(of: wrappingKeyPath)
        let new = try WrappingKeyFile.create(replacement)
        do throws(KeyStoreError) {
            try transaction { store in
                for key in try store.keys(where: "1", []) {
                    for lane in try store.lanes(key) where lane.dataKey != nil {
                        try store.rewrap(key, lane, under: new)
                    }
                }
                let check = try Sealing.seal(
                    UnsafeRawBufferPointer(start: nil, count: 0), key: new,
                    context: StoreOpening.checkContext(storeID, identity))
                try store.database.execute(
                    sql: "UPDATE store SET wrapping_check = ?", arguments: [check])
                try store.audit("rewrap", nil)
            }
        } catch {
            // After a failed commit the next opening finds out which of the two is the right one.
            if case .diskFull = error { unlink(replacement) }
            if case .damaged = error { unlink(replacement) }
            throw error
        }
        use(wrappingKey: new)
        try SystemFile.overwriteAndRemove(wrappingKeyPath)
        try SystemFile.rename(replacement, to: wrappingKeyPath)
    }
}

extension StoreTransaction {
    /// Encrypts a lane's data key under another wrapping key.
    func rewrap(_ key: Key, _ lane: Lane, under new: SymmetricKey) throws {
        let context = Self.dataKeyContext(key, lane.pool, lane.lane, byteCount: lane.byteCount)
        let wrapped = try dataKey(key, lane).withUnsafeBytes { plain in
            try Sealing.seal(plain, key: new, context: context)
        }
        try database.execute(
            sql: "UPDATE lanes SET data_key = ? WHERE number = ?",
            arguments: [wrapped, lane.number])
    }
}
