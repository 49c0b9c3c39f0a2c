import Crypto
import Foundation
import GRDB

/// The keys of lanes, and the pieces under them.
extension StoreTransaction {
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

    func insertChunk(
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
    func forEachChunk(
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
