import Secrets

/// Two ends come to share a key through a node that both share keys with, and that knows it.
extension KeyStore {
    /// At the node: burns a range of two keys and makes the announcement of their XOR.
    ///
    /// - Parameters:
    ///   - firstKey: Key shared with one end, with `byteCount` + ``OneTimePad/overhead`` bytes left
    ///     in the lane that the node sends in; these bytes become the new key.
    ///   - secondKey: Key shared with another end, as much left.
    public func announceRelay(
        firstKey: KeyID, secondKey: KeyID, byteCount: Int
    ) throws(KeyStoreError) -> RelayAnnouncement {
        try Self.check(count: byteCount)
        let (first, second) = (try record(firstKey), try record(secondKey))
        guard first.peer != second.peer else {
            throw .parameter(
                name: "the second key's other end", value: second.peer,
                allowed: "another than the first key's")
        }
        for name in [identity.name, first.peer, second.peer] where name.utf8.count > 255 {
            throw .parameter(name: "a name", value: name, allowed: "up to 255 bytes")
        }
        let count = byteCount + OneTimePad.overhead
        // Before anything is burnt.
        for key in [first, second] {
            let left = try keyBytesLeft(key.id, lane: key.sendLane)
            guard left >= count else {
                throw .notEnough(key.id, lane: key.sendLane, asked: count, left: left)
            }
            guard key.state == .available else {
                throw .state(key.id, is: key.state, needed: "available")
            }
        }
        let one = try takeKey(firstKey, lane: first.sendLane, count: count)
        let other = try takeKey(secondKey, lane: second.sendLane, count: count)
        return Self.announcement(
            RelayAnnouncement(
                id: KeyID.random(), first: one.range, second: other.range, relay: identity.name,
                firstName: first.peer, secondName: second.peer,
                isSimulated: first.isSimulated || second.isSimulated), one.bytes, other.bytes)
    }

    private static func announcement(
        _ empty: RelayAnnouncement, _ one: borrowing SecretBytes, _ other: borrowing SecretBytes
    ) -> RelayAnnouncement {
        var announcement = empty
        one.withUnsafeBytes { one in
            other.withUnsafeBytes { other in
                announcement.difference = (OneTimePad.overhead..<one.count).map {
                    one[$0] ^ other[$0]
                }
            }
        }
        announcement.tags = tag(announcement, one) + tag(announcement, other)
        return announcement
    }

    private static func tag(
        _ announcement: RelayAnnouncement, _ secret: borrowing SecretBytes
    ) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: RelayAnnouncement.tagBytes)
        tag.withUnsafeMutableBytes { tag in
            announcement.body.withUnsafeBytes { body in
                secret.withUnsafeBytes { secret in
                    OneTimePadTag.make(
                        body,
                        secret: UnsafeRawBufferPointer(rebasing: secret[..<OneTimePad.overhead]),
                        tag: tag)
                }
            }
        }
        return tag
    }

    /// At either end: checks an announcement, and in one transaction burns the range it names and
    /// enters the new key, available for the other end.
    ///
    /// The other end can enter it whenever it gets the announcement: its range waits for it. If
    /// that never comes, messages under the key are not read, and no more is lost.
    /// - Returns: The other end, with whom the key is shared now.
    @discardableResult
    public func acceptRelay(_ announcement: RelayAnnouncement) throws -> String {
        let mine = [announcement.first, announcement.second].map(\.id)
        let isFirst = try state(of: mine[0]) != nil
        guard try isFirst || state(of: mine[1]) != nil else {
            throw RelayAnnouncement.Failure.notForThisStore(first: mine[0], second: mine[1])
        }
        try check(isSimulated: announcement.isSimulated, what: "the announced key")
        let range = isFirst ? announcement.first : announcement.second
        guard try record(range.id).peer == announcement.relay else {
            throw RelayAnnouncement.Failure.forged
        }
        let entry = try entry(announcement, isFirst: isFirst)
        _ = try useReceived(range) { secret in
            try Self.newKey(announcement, secret, isFirst: isFirst)
        } alongside: { store, key in
            try key.withUnsafeBytes { try Self.insert(store, entry, $0) }
        }
        return entry.peer
    }

    private func entry(
        _ announcement: RelayAnnouncement, isFirst: Bool
    ) throws(KeyStoreError) -> Entry {
        let provenance = Provenance(
            method: "relay", secretBits: 8 * announcement.byteCount,
            relayedBy: announcement.relay,
            relayedKeys: ["\(announcement.first.id)", "\(announcement.second.id)"])
        return Entry(
            id: announcement.id, kind: "relayed",
            peer: isFirst ? announcement.secondName : announcement.firstName,
            sendLane: isFirst ? 0 : 1, isSimulated: announcement.isSimulated, state: .available,
            provenance: try Self.text(provenance), padBytesPerLane: 0)
    }

    private static func newKey(
        _ announcement: RelayAnnouncement, _ secret: borrowing SecretBytes, isFirst: Bool
    ) throws(RelayAnnouncement.Failure) -> SecretBytes {
        let expected = tag(announcement, secret)
        let size = RelayAnnouncement.tagBytes
        let found = isFirst ? announcement.tags.prefix(size) : announcement.tags.suffix(size)
        let isGenuine = expected.withUnsafeBytes { expected in
            found.withUnsafeBytes { isEqualInConstantTime(expected, $0) }
        }
        guard isGenuine else { throw .forged }
        var key = SecretBytes(count: announcement.byteCount)
        key.withUnsafeMutableBytes { key in
            secret.withUnsafeBytes { secret in
                for index in key.indices {
                    let mask = isFirst ? 0 : announcement.difference[index]
                    key[index] = secret[OneTimePad.overhead + index] ^ mask
                }
            }
        }
        return key
    }
}
