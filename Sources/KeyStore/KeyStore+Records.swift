import Foundation
import GRDB

/// What may be told of a key: everything but its bytes.
public struct KeyRecord: Sendable {
    /// A part of the key that one end sends in.
    public struct Lane: Sendable {
        /// `key` for use, `pad` for authentication, `hash` for the recycled hash key.
        public var pool: String
        /// 0 or 1.
        public var lane: Int
        /// Bytes when it was made.
        public var bytes: Int
        /// Bytes not burnt.
        public var left: Int
    }

    /// Its name at both ends.
    public var id: KeyID
    /// `pass`, `preshared` or `relayed`.
    public var kind: String
    /// Who holds it too.
    public var peer: String
    /// How far it has come.
    public var state: KeyState
    /// The lane that this end sends in.
    public var sendLane: Int
    /// Whether it was simulated.
    public var isSimulated: Bool
    /// Bytes when it was made.
    public var bytes: Int
    /// When it was entered, Unix time in ms.
    public var created: Int64
    /// When its state changed last, Unix time in ms.
    public var changed: Int64
    /// Where it comes from; `nil` for a pre-shared key.
    public var provenance: Provenance?
    /// Its parts.
    public var lanes: [Lane]

    /// Bytes left for use, of both lanes.
    public var bytesLeft: Int { lanes.reduce(0) { $0 + ($1.pool == "key" ? $1.left : 0) } }
}

/// A line of the audit log, which holds no key byte.
public struct AuditRecord: Sendable {
    /// Counts up; the order in which things happened, whatever the clock said.
    public var number: Int
    /// When, Unix time in ms.
    public var time: Int64
    /// What was done.
    public var action: String
    /// To which key.
    public var key: KeyID?
    /// To which of its pools and lanes.
    public var pool: String?
    /// See `pool`.
    public var lane: Int?
    /// First byte.
    public var first: Int?
    /// Number of bytes.
    public var bytes: Int?
    /// By whom.
    public var actor: String
    /// Why, or what more there is to say.
    public var note: String
}

extension KeyStore {
    /// All keys, those of the past too, the oldest first.
    ///
    /// - Parameter peer: Only those shared with this one.
    public func keys(peer: String? = nil) throws(KeyStoreError) -> [KeyRecord] {
        try transaction { store in
            try store.keys(where: "?1 IS NULL OR peer = ?1", [peer]).map { try record($0, store) }
        }
    }

    /// What is known of one key.
    public func record(_ id: KeyID) throws(KeyStoreError) -> KeyRecord {
        try transaction { store in try record(try store.key(id), store) }
    }

    private func record(_ key: StoreTransaction.Key, _ store: StoreTransaction) throws -> KeyRecord
    {
        let lanes = try store.lanes(key).map { lane in
            KeyRecord.Lane(
                pool: lane.pool.rawValue, lane: lane.lane, bytes: lane.byteCount,
                left: try store.bytesLeft(lane))
        }
        return KeyRecord(
            id: key.id, kind: key.kind, peer: key.peer, state: key.state, sendLane: key.sendLane,
            isSimulated: key.isSimulated, bytes: key.byteCount, created: Int64(key.created),
            changed: Int64(key.changed),
            provenance: try? JSONDecoder().decode(
                Provenance.self, from: Data(key.provenance.utf8)),
            lanes: lanes)
    }

    /// The audit log, the oldest first.
    ///
    /// - Parameters:
    ///   - key: Only what concerns this one.
    ///   - last: Only so many of the newest.
    public func audit(
        key: KeyID? = nil, last: Int? = nil
    ) throws(KeyStoreError) -> [AuditRecord] {
        try transaction { store in
            let rows = try Row.fetchAll(
                store.database,
                sql: """
                    SELECT * FROM audit WHERE ?1 IS NULL OR key = ?1
                    ORDER BY number DESC LIMIT ?2
                    """,
                arguments: [key.map { Data($0.bytes) }, last ?? -1])
            return try rows.reversed().map { try Self.audit($0, path) }
        }
    }

    private static func audit(_ row: Row, _ path: String) throws -> AuditRecord {
        func optional<Value: DatabaseValueConvertible>(_ name: String) -> Value? {
            let stored: DatabaseValue = row[name] ?? .null
            return Value.fromDatabaseValue(stored)
        }
        return AuditRecord(
            number: try StoredValue.integer(row, "number", path),
            time: Int64(try StoredValue.integer(row, "time_ms", path)),
            action: try StoredValue.text(row, "action", path),
            key: optional("key").flatMap { (data: Data) in KeyID(data) },
            pool: optional("pool"), lane: optional("lane"), first: optional("first"),
            bytes: optional("bytes"), actor: try StoredValue.text(row, "actor", path),
            note: try StoredValue.text(row, "note", path))
    }
}
