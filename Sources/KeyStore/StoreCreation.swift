import Crypto
import Foundation
import GRDB

/// Writes an empty store, which takes its name only when it is complete.
enum StoreCreation {
    static func write(
        path: String, identity: KeyStore.Identity, wrappingKey file: String, actor: String,
        now: Int64
    ) throws(KeyStoreError) {
        let key = try wrappingKey(file)
        let partial = path + ".creating"
        for leftover in [partial, partial + "-journal"] where SystemFile.exists(leftover) {
            unlink(leftover)
        }
        try SystemFile.create(partial, UnsafeRawBufferPointer(start: nil, count: 0))
        do {
            let queue = try StoreOpening.connect(partial)
            try queue.write { database in
                try database.execute(sql: Schema.tables)
                try insert(database, identity: identity, key: key, actor: actor, now: now)
            }
            try queue.close()
        } catch {
            unlink(partial)
            throw StoreFault.from(error, path: path)
        }
        unlink(partial + "-journal")
        try SystemFile.rename(partial, to: path)
    }

    private static func insert(
        _ database: Database, identity: KeyStore.Identity, key: SymmetricKey, actor: String,
        now: Int64
    ) throws {
        let id = KeyID.random()
        let check = try Sealing.seal(
            UnsafeRawBufferPointer(start: nil, count: 0), key: key,
            context: StoreOpening.checkContext(id, identity))
        try database.execute(
            sql: """
                INSERT INTO store (only_one, id, role, name, default_peer, is_simulated,
                    created_ms, wrapping_check) VALUES (1, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                Data(id.bytes), identity.role.rawValue, identity.name, identity.defaultPeer,
                identity.isSimulated ? 1 : 0, now, check,
            ])
        try database.execute(
            sql: "INSERT INTO audit (time_ms, action, actor, note) VALUES (?, 'create', ?, '')",
            arguments: [now, actor])
    }

    /// The wrapping key in `file`; made if there is no such file.
    private static func wrappingKey(_ file: String) throws(KeyStoreError) -> SymmetricKey {
        if SystemFile.exists(file) { return try WrappingKeyFile.read(file) }
        let partial = WrappingKeyFile.replacement(of: file)
        if SystemFile.exists(partial) { try SystemFile.overwriteAndRemove(partial) }
        let key = try WrappingKeyFile.create(partial)
        try SystemFile.rename(partial, to: file)
        return key
    }
}
