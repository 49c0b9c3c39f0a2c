import GRDB
public import Secrets

/// The stock of authentication key: segments of pads, and the hash keys they go with.
extension KeyStore {
    /// Bytes at the start of a pre-shared key that are hash keys, 16 for lane 0 and 16 for lane 1.
    public static let hashKeyBytes = 16

    /// Installs key that was carried to both ends before any pass, and is available at once.
    ///
    /// Its first 32 bytes are the hash keys of lane 0 and lane 1; of the rest the first half are
    /// pads of lane 0, the second half pads of lane 1. The hash keys of the first one installed
    /// for a peer serve for all segments, those that passes add too.
    ///
    /// - Parameters:
    ///   - bytes: 32 bytes and at least one pad for each lane.
    ///   - replacingHashKeys: Whether its hash keys take the place of the ones before; both ends
    ///     have to do the same.
    public func installPreSharedKey(
        id: KeyID, peer: String? = nil, bytes: borrowing SecretBytes, isSimulated: Bool,
        replacingHashKeys: Bool = false
    ) throws(KeyStoreError) {
        try check(isSimulated: isSimulated, what: "pre-shared key \(id)")
        let least = 2 * Self.hashKeyBytes + 2 * KeyLayout.padBytes
        guard bytes.count >= least else {
            throw .parameter(
                name: "length of pre-shared key \(id)", value: "\(bytes.count) bytes",
                allowed: "\(least) bytes or more")
        }
        let peer = peer ?? identity.defaultPeer
        try bytes.withUnsafeBytes { bytes throws(KeyStoreError) in
            try transaction { store in
                try install(store, id, peer, bytes, replacingHashKeys: replacingHashKeys)
            }
        }
    }

    private func install(
        _ store: StoreTransaction, _ id: KeyID, _ peer: String, _ bytes: UnsafeRawBufferPointer,
        replacingHashKeys: Bool
    ) throws {
        let key = try store.insertKey(
            id, kind: "preshared", peer: peer, sendLane: identity.role.sendLane,
            isSimulated: identity.isSimulated, state: .available, byteCount: bytes.count,
            provenance: "{}")
        let hash = Self.hashKeyBytes
        let pads = (bytes.count - 2 * hash) / 2 / KeyLayout.padBytes * KeyLayout.padBytes
        for lane in 0...1 {
            let hashKey = bytes[(lane * hash)..<(lane * hash + hash)]
            try store.insertLane(key, .hash, lane, UnsafeRawBufferPointer(rebasing: hashKey))
            let first = 2 * hash + lane * pads
            try store.insertLane(
                key, .pad, lane, UnsafeRawBufferPointer(rebasing: bytes[first..<(first + pads)]))
        }
        let conflict =
            replacingHashKeys ? "DO UPDATE SET hash_key = excluded.hash_key" : "DO NOTHING"
        try store.database.execute(
            sql: "INSERT INTO peers (name, hash_key) VALUES (?, ?) ON CONFLICT (name) \(conflict)",
            arguments: [peer, key.number])
        try store.audit(
            "install", id, count: bytes.count, note: replacingHashKeys ? "replaces hash keys" : "")
    }

    /// The recycled hash key of `lane`, ``hashKeyBytes`` bytes.
    public func hashKey(lane: Int, peer: String? = nil) throws(KeyStoreError) -> SecretBytes {
        try Self.check(lane)
        let peer = peer ?? identity.defaultPeer
        var bytes = SecretBytes(count: Self.hashKeyBytes)
        try bytes.withUnsafeMutableBytes { room throws(KeyStoreError) in
            try transaction { store in
                let found = try store.keys(
                    where: "number = (SELECT hash_key FROM peers WHERE name = ?)", [peer])
                guard let key = found.first, let row = try store.findLane(key, .hash, lane),
                    row.dataKey != nil
                else { throw KeyStoreError.noPreSharedKey(peer: peer) }
                try store.read(key, row, 0..<Self.hashKeyBytes, into: room)
            }
        }
        return bytes
    }

    /// Pad bytes left in `lane`, in whole pads of ``KeyLayout/padBytes``.
    public func padBytesLeft(lane: Int, peer: String? = nil) throws(KeyStoreError) -> Int {
        try Self.check(lane)
        return try transaction { store in
            let pad = KeyLayout.padBytes
            return try segments(store, lane: lane, peer: peer).reduce(0) {
                $0 + ($1.lane.byteCount - $1.lane.pointer) / pad * pad
            }
        }
    }

    /// Burns `count` bytes of the lane that this end sends in, then hands them out.
    ///
    /// They come in one piece from the oldest segment that has it.
    public func takePad(
        lane: Int, count: Int, peer: String? = nil
    ) throws(KeyStoreError) -> KeyGrant {
        try Self.check(lane)
        try Self.check(count: count)
        var bytes = SecretBytes(count: count)
        let range = try bytes.withUnsafeMutableBytes { room throws(KeyStoreError) in
            try transaction { store in
                let segments = try segments(store, lane: lane, peer: peer)
                let found = segments.first { $0.lane.byteCount - $0.lane.pointer >= count }
                guard let (key, row) = found else {
                    let left = segments.map { $0.lane.byteCount - $0.lane.pointer }.max() ?? 0
                    throw KeyStoreError.stock(
                        peer: peer ?? identity.defaultPeer, lane: lane, asked: count, left: left)
                }
                try Self.checkSends(key, lane)
                return try Self.take(store, key, row, count, into: room, "send pad")
            }
        }
        return KeyGrant(range: range, bytes: bytes)
    }

    /// Burns the pad that a message of the other end names, and all before it, then hands it out.
    ///
    /// A forged message burns too; where that matters, ``acceptPad(_:peer:check:)`` does not.
    public func acceptPad(
        _ range: KeyRange, peer: String? = nil
    ) throws(KeyStoreError) -> SecretBytes {
        let bytes = try readPad(range, peer: peer)
        try burnPad(range)
        return bytes
    }

    /// Lets `check` see the pad that a message of the other end names, and burns it if the message
    /// is genuine.
    ///
    /// A message that is not changes nothing, so that garbage cannot use up the stock; a genuine
    /// one is accepted once, and none with a pad before it after that. `check` may say nothing of
    /// the pad to anyone but whether the tag was right.
    ///
    /// - Returns: What `check` said; after `true` the burning is on the disk.
    public func acceptPad(
        _ range: KeyRange, peer: String? = nil, check: (borrowing SecretBytes) -> Bool
    ) throws(KeyStoreError) -> Bool {
        let bytes = try readPad(range, peer: peer)
        guard check(bytes) else { return false }
        try burnPad(range)
        return true
    }

    /// Refuses to begin what could run out of pads halfway.
    ///
    /// - Parameter bytesPerLane: What one full pass burns at most, in each lane.
    public func requireStock(
        bytesPerLane: Int, peer: String? = nil
    ) throws(KeyStoreError) {
        _ = try hashKey(lane: 0, peer: peer)
        for lane in 0...1 {
            let left = try padBytesLeft(lane: lane, peer: peer)
            guard left >= bytesPerLane else {
                throw .stock(
                    peer: peer ?? identity.defaultPeer, lane: lane, asked: bytesPerLane, left: left)
            }
        }
    }

    /// Bytes that a new key should add to each lane so that both reach `target`, in whole pads.
    ///
    /// The two ends may count differently while messages are under way: one end works this out and
    /// tells the other, and both give that number to ``add(_:bytes:state:)``.
    public func padBytesWanted(target: Int, peer: String? = nil) throws(KeyStoreError) -> Int {
        let least = min(
            try padBytesLeft(lane: 0, peer: peer), try padBytesLeft(lane: 1, peer: peer))
        let pad = KeyLayout.padBytes
        return (max(0, target - least) + pad - 1) / pad * pad
    }

    // MARK: Parts

    /// Segments that may be sent from, the oldest first.
    private func segments(
        _ store: StoreTransaction, lane: Int, peer: String?
    ) throws -> [(key: StoreTransaction.Key, lane: StoreTransaction.Lane)] {
        try store.keys(
            where: """
                peer = ? AND state IN ('available', 'exhausted', 'destroyed') AND number IN (
                    SELECT key FROM lanes WHERE pool = 'pad' AND lane = ? AND data_key IS NOT NULL)
                """, [peer ?? identity.defaultPeer, lane]
        ).compactMap { key in try store.findLane(key, .pad, lane).map { (key, $0) } }
    }

    /// The pad that another end's message names; nothing is burnt.
    private func readPad(_ range: KeyRange, peer: String?) throws(KeyStoreError) -> SecretBytes {
        try Self.check(range.lane)
        try Self.check(count: range.count)
        // Before memory is set aside for a number from outside.
        try transaction { store in
            let (key, _) = try Self.receivingPad(store, range)
            guard key.peer == peer ?? identity.defaultPeer else {
                throw KeyStoreError.unknownKey(range.id)
            }
        }
        var bytes = SecretBytes(count: range.count)
        try bytes.withUnsafeMutableBytes { room throws(KeyStoreError) in
            try transaction { store in
                let (key, lane) = try Self.receivingPad(store, range)
                try store.read(
                    key, lane, range.offset..<(range.offset + range.count), into: room)
            }
        }
        return bytes
    }

    private func burnPad(_ range: KeyRange) throws(KeyStoreError) {
        try transaction { store in
            let (key, lane) = try Self.receivingPad(store, range)
            try store.burn(key, lane, lane.pointer..<(range.offset + range.count))
            try store.audit(
                "accept pad", key.id, pool: .pad, lane: range.lane, first: range.offset,
                count: range.count)
        }
    }

    private static func receivingPad(
        _ store: StoreTransaction, _ range: KeyRange
    ) throws -> (StoreTransaction.Key, StoreTransaction.Lane) {
        let key = try store.key(range.id)
        guard key.state != .pending, key.state != .abandoned else {
            throw KeyStoreError.state(
                key.id, is: key.state, needed: "committed or available to accept a message")
        }
        try checkReceives(key, range.lane)
        guard let lane = try store.findLane(key, .pad, range.lane) else {
            throw KeyStoreError.outside(range, length: 0)
        }
        guard let end = range.end, end <= lane.byteCount else {
            throw KeyStoreError.outside(range, length: lane.byteCount)
        }
        guard range.offset >= lane.pointer, lane.dataKey != nil else {
            guard key.state != .destroyed else {
                throw KeyStoreError.state(
                    key.id, is: .destroyed, needed: "its pads, which are destroyed too")
            }
            throw KeyStoreError.burnt(range)
        }
        return (key, lane)
    }

    /// Burns the next `count` bytes of a lane, whose bytes land in `room`.
    static func take(
        _ store: StoreTransaction, _ key: StoreTransaction.Key, _ lane: StoreTransaction.Lane,
        _ count: Int, into room: UnsafeMutableRawBufferPointer, _ action: String
    ) throws -> KeyRange {
        let bytes = lane.pointer..<(lane.pointer + count)
        try store.read(key, lane, bytes, into: room)
        try store.burn(key, lane, bytes)
        try store.audit(
            action, key.id, pool: lane.pool, lane: lane.lane, first: bytes.lowerBound, count: count)
        return KeyRange(id: key.id, lane: lane.lane, offset: bytes.lowerBound, count: count)
    }

    static func check(_ lane: Int) throws(KeyStoreError) {
        guard lane == 0 || lane == 1 else {
            throw .parameter(name: "lane", value: "\(lane)", allowed: "0 or 1")
        }
    }

    static func check(count: Int) throws(KeyStoreError) {
        // No key is longer; a number from outside must not ask for all memory.
        let most = 1 << 30
        guard (1...most).contains(count) else {
            throw .parameter(name: "number of bytes", value: "\(count)", allowed: "1 to \(most)")
        }
    }

    static func checkSends(_ key: StoreTransaction.Key, _ lane: Int) throws(KeyStoreError) {
        guard lane == key.sendLane else {
            throw .parameter(
                name: "lane to send in", value: "\(lane)",
                allowed: "\(key.sendLane) at this end; the other end sends in \(lane)")
        }
    }

    static func checkReceives(_ key: StoreTransaction.Key, _ lane: Int) throws(KeyStoreError) {
        guard lane != key.sendLane else {
            throw .parameter(
                name: "lane of a received message", value: "\(lane)",
                allowed: "\(1 - key.sendLane); this end sends in \(lane)")
        }
    }
}
