import Foundation
import GRDB

/// Bytes of a lane read, and destroyed.
extension StoreTransaction {
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
}
