import Crypto
import Foundation
import GRDB
import Secrets

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

    // MARK: Burning

    /// Copies bytes `range` of the lane to `room`, as long, and burns nothing.
    func read(
        _ key: Key, _ lane: Lane, _ range: Range<Int>, into room: UnsafeMutableRawBufferPointer
    ) throws {
        let dataKey = try dataKey(key, lane)
        var reached = range.lowerBound
        try forEachChunk(key, lane, dataKey, range) { first, past, bytes in
            guard first <= reached else { return }
            let end = min(past, range.upperBound)
            let part = UnsafeRawBufferPointer(rebasing: bytes[(reached - first)..<(end - first)])
            UnsafeMutableRawBufferPointer(rebasing: room[(reached - range.lowerBound)...])
                .copyMemory(from: part)
            reached = end
        }
        guard reached == range.upperBound else {
            throw KeyStoreError.burnt(
                KeyRange(id: key.id, lane: lane.lane, offset: range.lowerBound, count: range.count))
        }
    }

    /// Destroys the ciphertext of `range`; what else its pieces hold is encrypted anew.
    ///
    /// When the lane is empty its data key goes too, and the key may be exhausted.
    func burn(_ key: Key, _ lane: Lane, _ range: Range<Int>) throws {
        let dataKey = try dataKey(key, lane)
        try forEachChunk(key, lane, dataKey, range) { first, past, bytes in
            try database.execute(
                sql: "DELETE FROM chunks WHERE lane = ? AND first = ?",
                arguments: [lane.number, first])
            for rest in [first..<max(first, range.lowerBound), min(past, range.upperBound)..<past]
            where !rest.isEmpty {
                let part = bytes[(rest.lowerBound - first)..<(rest.upperBound - first)]
                try insertChunk(key, lane, dataKey, rest, UnsafeRawBufferPointer(rebasing: part))
            }
        }
        let lowest = try Int.fetchOne(
            database, sql: "SELECT MIN(first) FROM chunks WHERE lane = ?", arguments: [lane.number])
        try database.execute(
            sql: "UPDATE lanes SET pointer = ? WHERE number = ?",
            arguments: [lowest ?? lane.byteCount, lane.number])
        if lowest == nil { try emptied(key, lane) }
    }

    /// Destroys all that is left of a lane.
    func destroy(_ lane: Lane) throws {
        try database.execute(sql: "DELETE FROM chunks WHERE lane = ?", arguments: [lane.number])
        try database.execute(
            sql: "UPDATE lanes SET pointer = bytes, data_key = NULL WHERE number = ?",
            arguments: [lane.number])
    }

    private func emptied(_ key: Key, _ lane: Lane) throws {
        try destroy(lane)
        let lanes = try lanes(key)
        let pool: Pool = lanes.contains { $0.pool == .key } ? .key : .pad
        let isEmpty = lanes.allSatisfy { $0.pool != pool || $0.dataKey == nil }
        let current = try self.key(key.id)
        if isEmpty, current.state == .available { try setState(current, .exhausted) }
    }

    // MARK: Encryption

    func dataKey(_ key: Key, _ lane: Lane) throws -> SymmetricKey {
        let context = Self.dataKeyContext(key, lane.pool, lane.lane, byteCount: lane.byteCount)
        guard let wrapped = lane.dataKey else { throw damaged("key \(key.id) has no data key") }
        let plain = try Sealing.open(wrapped, key: wrappingKey, context: context) {
            SymmetricKey(data: $0)
        }
        guard let plain else {
            throw damaged("the data key of \(key.id), lane \(lane.lane), was not written so")
        }
        return plain
    }

    /// What may not change about a key without its bytes becoming unreadable.
    static func dataKeyContext(
        _ key: Key, _ pool: Pool, _ lane: Int, byteCount: Int
    ) -> [UInt8] {
        var context = SealingContext("data key")
        context.add(key.id)
        context.add(key.kind)
        context.add(key.peer)
        context.add(key.sendLane)
        context.add(key.isSimulated ? 1 : 0)
        context.add(key.byteCount)
        context.add(key.provenance)
        context.add(pool.rawValue)
        context.add(lane)
        context.add(byteCount)
        return context.bytes
    }

    private static func chunkContext(
        _ key: Key, _ lane: Lane, _ range: Range<Int>
    ) -> [UInt8] {
        var context = SealingContext("chunk")
        context.add(key.id)
        context.add(lane.pool.rawValue)
        context.add(lane.lane)
        context.add(range.lowerBound)
        context.add(range.upperBound)
        return context.bytes
    }

    private func insertChunk(
        _ key: Key, _ lane: Lane, _ dataKey: SymmetricKey, _ range: Range<Int>,
        _ bytes: UnsafeRawBufferPointer
    ) throws {
        let sealed = try Sealing.seal(
            bytes, key: dataKey, context: Self.chunkContext(key, lane, range))
        let insert = try database.cachedStatement(
            sql: "INSERT INTO chunks (lane, first, past, sealed) VALUES (?, ?, ?, ?)")
        try insert.execute(arguments: [lane.number, range.lowerBound, range.upperBound, sealed])
    }

    /// Calls `body` with every piece that has a byte in `range`, in order.
    private func forEachChunk(
        _ key: Key, _ lane: Lane, _ dataKey: SymmetricKey, _ range: Range<Int>,
        _ body: (_ first: Int, _ past: Int, _ bytes: UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT first, past, sealed FROM chunks WHERE lane = ? AND first < ? AND past > ?
                ORDER BY first
                """,
            arguments: [lane.number, range.upperBound, range.lowerBound])
        for row in rows {
            let first = try StoredValue.integer(row, "first", path)
            let past = try StoredValue.integer(row, "past", path)
            let done: Void? = try Sealing.open(
                try StoredValue.blob(row, "sealed", path), key: dataKey,
                context: first <= past ? Self.chunkContext(key, lane, first..<past) : []
            ) { bytes in
                guard bytes.count == past - first else { return }
                try body(first, past, bytes)
            }
            guard done != nil else {
                throw damaged(
                    "bytes \(first) to \(past - 1) of \(key.id), lane \(lane.lane), were not "
                        + "written so")
            }
        }
    }
}
