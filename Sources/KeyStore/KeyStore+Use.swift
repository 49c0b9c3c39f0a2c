import GRDB
public import Secrets

/// Key for use: what one end burns before it encrypts, the other burns before it shows.
extension KeyStore {
    /// Burns `count` bytes of the lane that this end sends in, then hands them out.
    public func takeKey(
        _ id: KeyID, lane: Int, count: Int
    ) throws(KeyStoreError) -> KeyGrant {
        try Self.check(lane)
        try Self.check(count: count)
        // Before memory is set aside.
        try transaction { store in _ = try Self.sendingKey(store, id, lane, count) }
        var bytes = SecretBytes(count: count)
        let range = try bytes.withUnsafeMutableBytes { room throws(KeyStoreError) in
            try transaction { store in
                let (key, row) = try Self.sendingKey(store, id, lane, count)
                return try Self.take(store, key, row, count, into: room, "send")
            }
        }
        return KeyGrant(range: range, bytes: bytes)
    }

    /// Lets `body` use the bytes that a message of the other end names, and burns them.
    ///
    /// `body` checks the message and keeps what it makes of it to itself; if it throws, nothing is
    /// burnt, so that garbage cannot use up a key. When this returns the burning is on the disk,
    /// and what `body` returned may be released. Messages may come in any order, each once.
    /// A `committed` key becomes available with it: a genuine message proves that the other end
    /// holds the key.
    public func useReceived<Result: ~Copyable>(
        _ range: KeyRange, body: (borrowing SecretBytes) throws -> Result
    ) throws -> Result {
        try useReceived(range, body: body, alongside: { _, _ in })
    }

    /// The same; `alongside` changes the store in the transaction that burns.
    func useReceived<Result: ~Copyable>(
        _ range: KeyRange, body: (borrowing SecretBytes) throws -> Result,
        alongside: (StoreTransaction, borrowing Result) throws -> Void
    ) throws -> Result {
        try Self.check(range.lane)
        try Self.check(count: range.count)
        // Before memory is set aside for a number from outside.
        try transaction { store in _ = try Self.receivingKey(store, range) }
        var bytes = SecretBytes(count: range.count)
        try bytes.withUnsafeMutableBytes { room throws(KeyStoreError) in
            try transaction { store in
                let (key, lane) = try Self.receivingKey(store, range)
                try store.read(
                    key, lane, range.offset..<(range.offset + range.count), into: room)
            }
        }
        let result = try body(bytes)
        try transaction { store in
            try Self.burnReceived(store, range)
            try alongside(store, result)
        }
        return result
    }

    private static func burnReceived(_ store: StoreTransaction, _ range: KeyRange) throws {
        let (found, lane) = try receivingKey(store, range)
        if found.state == .committed {
            try store.setState(found, .available, note: "a message under it was genuine")
        }
        let key = try store.key(range.id)
        try store.requireWhole(key, lane, range)
        try store.burn(key, lane, range.offset..<(range.offset + range.count))
        try store.audit(
            "receive", key.id, pool: .key, lane: range.lane, first: range.offset,
            count: range.count)
    }

    /// Bytes left in `lane` of a key, whatever its state.
    public func keyBytesLeft(_ id: KeyID, lane: Int) throws(KeyStoreError) -> Int {
        try Self.check(lane)
        return try transaction { store in
            let row = try store.findLane(try store.key(id), .key, lane)
            return try row.map(store.bytesLeft) ?? 0
        }
    }

    /// The newest available key of `peer` with `bytes` or more left in `lane`.
    public func newestAvailable(
        peer: String? = nil, bytes: Int, lane: Int
    ) throws(KeyStoreError) -> KeyID? {
        try Self.check(lane)
        return try transaction { store in
            try store.keys(
                where: "peer = ? AND state = 'available'", [peer ?? identity.defaultPeer]
            ).last { key in
                try store.findLane(key, .key, lane).map(store.bytesLeft) ?? 0 >= bytes
            }?.id
        }
    }

    private static func sendingKey(
        _ store: StoreTransaction, _ id: KeyID, _ lane: Int, _ count: Int
    ) throws -> (StoreTransaction.Key, StoreTransaction.Lane) {
        let key = try store.key(id)
        guard key.state == .available || key.state == .exhausted else {
            throw KeyStoreError.state(id, is: key.state, needed: "available")
        }
        try checkSends(key, lane)
        guard let row = try store.findLane(key, .key, lane) else {
            throw KeyStoreError.notEnough(id, lane: lane, asked: count, left: 0)
        }
        guard row.byteCount - row.pointer >= count else {
            throw KeyStoreError.notEnough(
                id, lane: lane, asked: count, left: row.byteCount - row.pointer)
        }
        return (key, row)
    }

    private static func receivingKey(
        _ store: StoreTransaction, _ range: KeyRange
    ) throws -> (StoreTransaction.Key, StoreTransaction.Lane) {
        let key = try store.key(range.id)
        guard key.state == .available || key.state == .committed else {
            throw KeyStoreError.state(
                key.id, is: key.state, needed: "available to read a message under it")
        }
        try checkReceives(key, range.lane)
        guard let lane = try store.findLane(key, .key, range.lane) else {
            throw KeyStoreError.outside(range, length: 0)
        }
        guard let end = range.end, end <= lane.byteCount else {
            throw KeyStoreError.outside(range, length: lane.byteCount)
        }
        guard range.offset >= lane.pointer, lane.dataKey != nil else {
            throw KeyStoreError.burnt(range)
        }
        return (key, lane)
    }
}

extension StoreTransaction {
    /// Refuses a range of which a part is burnt.
    func requireWhole(_ key: Key, _ lane: Lane, _ range: KeyRange) throws {
        let end = range.offset + range.count
        let held = try Int.fetchOne(
            database,
            sql: """
                SELECT COALESCE(SUM(MIN(past, ?1) - MAX(first, ?2)), 0) FROM chunks
                WHERE lane = ?3 AND first < ?1 AND past > ?2
                """,
            arguments: [end, range.offset, lane.number])
        guard held == range.count else { throw KeyStoreError.burnt(range) }
    }
}
