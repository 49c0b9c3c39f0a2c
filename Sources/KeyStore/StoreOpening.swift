import Crypto
import Foundation
import GRDB

/// What an existing store says of itself, checked before any key is touched.
struct StoreOpening {
    let identity: KeyStore.Identity
    let id: KeyID
    let wrappingCheck: Data

    /// Opens the file, which only its owner may read.
    static func connect(_ path: String) throws -> DatabaseQueue {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFile.failure("open", path) }
        defer { Foundation.close(descriptor) }
        try SystemFile.checkPermissions(descriptor, path)
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { try Schema.prepare($0) }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Reads the store's own row, once the whole file has been found sound.
    static func read(_ queue: DatabaseQueue, path: String) throws -> StoreOpening {
        try queue.write { database in
            let application = try Int.fetchOne(database, sql: "PRAGMA application_id")
            guard application == Schema.applicationID else {
                throw KeyStoreError.notAStore(path: path)
            }
            let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            guard version == Schema.version else {
                throw KeyStoreError.version(path: path, found: version, known: Schema.version)
            }
            let soundness = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? ""
            guard soundness == "ok" else {
                throw KeyStoreError.damaged(path: path, what: soundness)
            }
            guard let row = try Row.fetchOne(database, sql: "SELECT * FROM store"),
                let role = StoreRole(rawValue: try StoredValue.text(row, "role", path)),
                let id = KeyID(try StoredValue.blob(row, "id", path))
            else { throw KeyStoreError.damaged(path: path, what: "it does not say whose it is") }
            let identity = KeyStore.Identity(
                role: role, name: try StoredValue.text(row, "name", path),
                defaultPeer: try StoredValue.text(row, "default_peer", path),
                isSimulated: try StoredValue.integer(row, "is_simulated", path) != 0)
            return StoreOpening(
                identity: identity, id: id,
                wrappingCheck: try StoredValue.blob(row, "wrapping_check", path))
        }
    }

    /// The wrapping key that this store is encrypted under, from `file` or, where replacing it
    /// was cut short, from the file beside it, which then takes its place.
    static func wrappingKey(
        _ file: String, of store: StoreOpening, path: String
    ) throws(KeyStoreError) -> SymmetricKey {
        let replacement = WrappingKeyFile.replacement(of: file)
        guard SystemFile.exists(replacement) else {
            let key = try WrappingKeyFile.read(file)
            guard store.accepts(key) else { throw .wrongWrappingKey(path: file, store: path) }
            return key
        }
        let old: SymmetricKey
        do throws(KeyStoreError) {
            old = try WrappingKeyFile.read(file)
        } catch {
            // The old key may have been overwritten already.
            guard let new = try? WrappingKeyFile.read(replacement), store.accepts(new) else {
                throw error
            }
            try SystemFile.rename(replacement, to: file)
            return new
        }
        if store.accepts(old) {
            // The store was not yet encrypted under the new key.
            try SystemFile.overwriteAndRemove(replacement)
            return old
        }
        let new = try WrappingKeyFile.read(replacement)
        guard store.accepts(new) else { throw .wrongWrappingKey(path: file, store: path) }
        try SystemFile.overwriteAndRemove(file)
        try SystemFile.rename(replacement, to: file)
        return new
    }

    private func accepts(_ key: SymmetricKey) -> Bool {
        let context = Self.checkContext(id, identity)
        return (try? Sealing.open(wrappingCheck, key: key, context: context) { _ in true }) == true
    }

    /// What the wrapping key vouches for: the store's identity.
    static func checkContext(_ id: KeyID, _ identity: KeyStore.Identity) -> [UInt8] {
        var context = SealingContext("store")
        context.add(id)
        context.add(identity.role.rawValue)
        context.add(identity.name)
        context.add(identity.defaultPeer)
        context.add(identity.isSimulated ? 1 : 0)
        return context.bytes
    }
}
