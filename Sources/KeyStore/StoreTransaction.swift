import Crypto
import Foundation
import GRDB

/// One transaction on the store: rows in and out, and what is encrypted in them.
struct StoreTransaction {
    let database: Database
    let wrappingKey: SymmetricKey
    let path: String
    let now: Int64
    let actor: String

    /// What part of a key is for.
    enum Pool: String {
        /// The two recycled hash keys of a pre-shared key.
        case hash
        /// Pads of authentication tags.
        case pad
        /// For use.
        case key
    }

    /// A row of `keys`.
    struct Key {
        var number: Int
        var id: KeyID
        var kind: String
        var peer: String
        var sendLane: Int
        var isSimulated: Bool
        var state: KeyState
        var byteCount: Int
        var provenance: String
        var created: Int
        var changed: Int
    }

    /// A row of `lanes`.
    struct Lane {
        var number: Int
        var pool: Pool
        var lane: Int
        var byteCount: Int
        /// All bytes before it are burnt.
        var pointer: Int
        /// `nil` when nothing is left.
        var dataKey: Data?
    }

    func damaged(_ what: String) -> KeyStoreError { .damaged(path: path, what: what) }

    func audit(
        _ action: String, _ id: KeyID?, pool: Pool? = nil, lane: Int? = nil, first: Int? = nil,
        count: Int? = nil, note: String = ""
    ) throws {
        let insert = try database.cachedStatement(
            sql: """
                INSERT INTO audit (time_ms, action, key, pool, lane, first, bytes, actor, note)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try insert.execute(arguments: [
            now, action, id.map { Data($0.bytes) }, pool?.rawValue, lane, first, count, actor, note,
        ])
    }

    // MARK: Keys

    func key(_ row: Row) throws -> Key {
        guard let id = KeyID(try StoredValue.blob(row, "id", path)),
            let state = KeyState(rawValue: try StoredValue.text(row, "state", path))
        else { throw damaged("a key without identifier or state") }
        return Key(
            number: try StoredValue.integer(row, "number", path), id: id,
            kind: try StoredValue.text(row, "kind", path),
            peer: try StoredValue.text(row, "peer", path),
            sendLane: try StoredValue.integer(row, "send_lane", path),
            isSimulated: try StoredValue.integer(row, "is_simulated", path) != 0, state: state,
            byteCount: try StoredValue.integer(row, "bytes", path),
            provenance: try StoredValue.text(row, "provenance", path),
            created: try StoredValue.integer(row, "created_ms", path),
            changed: try StoredValue.integer(row, "changed_ms", path))
    }

    func findKey(_ id: KeyID) throws -> Key? {
        try Row.fetchOne(
            database, sql: "SELECT * FROM keys WHERE id = ?", arguments: [Data(id.bytes)]
        ).map(key)
    }

    func key(_ id: KeyID) throws -> Key {
        guard let key = try findKey(id) else { throw KeyStoreError.unknownKey(id) }
        return key
    }

    func keys(where condition: String, _ arguments: StatementArguments) throws -> [Key] {
        try Row.fetchAll(
            database, sql: "SELECT * FROM keys WHERE \(condition) ORDER BY number",
            arguments: arguments
        ).map(key)
    }

    /// Enters a key without bytes.
    func insertKey(
        _ id: KeyID, kind: String, peer: String, sendLane: Int, isSimulated: Bool, state: KeyState,
        byteCount: Int, provenance: String
    ) throws -> Key {
        guard try findKey(id) == nil else { throw KeyStoreError.keyExists(id) }
        try database.execute(
            sql: """
                INSERT INTO keys (id, kind, peer, send_lane, is_simulated, state, bytes,
                    provenance, created_ms, changed_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                Data(id.bytes), kind, peer, sendLane, isSimulated ? 1 : 0, state.rawValue,
                byteCount, provenance, now, now,
            ])
        return try key(id)
    }

    func setState(_ key: Key, _ state: KeyState, note: String = "") throws {
        guard key.state.successors.contains(state) else {
            throw KeyStoreError.state(
                key.id, is: key.state,
                needed: "a state before \(state.rawValue); a state only moves forward")
        }
        try database.execute(
            sql: "UPDATE keys SET state = ?, changed_ms = ? WHERE number = ?",
            arguments: [state.rawValue, now, key.number])
        try audit(state.rawValue, key.id, note: note)
    }

    // MARK: Lanes

    func lane(_ row: Row) throws -> Lane {
        guard let pool = Pool(rawValue: try StoredValue.text(row, "pool", path)) else {
            throw damaged("a lane of no pool")
        }
        let stored: DatabaseValue = row["data_key"] ?? .null
        return Lane(
            number: try StoredValue.integer(row, "number", path), pool: pool,
            lane: try StoredValue.integer(row, "lane", path),
            byteCount: try StoredValue.integer(row, "bytes", path),
            pointer: try StoredValue.integer(row, "pointer", path),
            dataKey: Data.fromDatabaseValue(stored))
    }

    func findLane(_ key: Key, _ pool: Pool, _ lane: Int) throws -> Lane? {
        try Row.fetchOne(
            database, sql: "SELECT * FROM lanes WHERE key = ? AND pool = ? AND lane = ?",
            arguments: [key.number, pool.rawValue, lane]
        ).map(self.lane)
    }

    func lanes(_ key: Key) throws -> [Lane] {
        try Row.fetchAll(
            database, sql: "SELECT * FROM lanes WHERE key = ? ORDER BY pool, lane",
            arguments: [key.number]
        ).map(lane)
    }

    /// Bytes not burnt.
    func bytesLeft(_ lane: Lane) throws -> Int {
        try Int.fetchOne(
            database, sql: "SELECT COALESCE(SUM(past - first), 0) FROM chunks WHERE lane = ?",
            arguments: [lane.number]) ?? 0
    }

    /// Encrypts `bytes` under a key of their own and enters them; nothing for no bytes.
    func insertLane(
        _ key: Key, _ pool: Pool, _ index: Int, _ bytes: UnsafeRawBufferPointer
    ) throws {
        guard !bytes.isEmpty else { return }
        let dataKey = SymmetricKey(size: .bits256)
        let wrapped = try dataKey.withUnsafeBytes { plain in
            try Sealing.seal(
                plain, key: wrappingKey,
                context: Self.dataKeyContext(key, pool, index, byteCount: bytes.count))
        }
        try database.execute(
            sql: """
                INSERT INTO lanes (key, pool, lane, bytes, pointer, data_key)
                VALUES (?, ?, ?, ?, 0, ?)
                """,
            arguments: [key.number, pool.rawValue, index, bytes.count, wrapped])
        guard let lane = try findLane(key, pool, index) else { throw damaged("a lane is gone") }
        for first in stride(from: 0, to: bytes.count, by: Schema.chunkBytes) {
            let past = min(first + Schema.chunkBytes, bytes.count)
            try insertChunk(
                key, lane, dataKey, first..<past,
                UnsafeRawBufferPointer(rebasing: bytes[first..<past]))
        }
    }
}
