import Foundation
import GRDB
public import Secrets

extension KeyStore {
    /// A key that a pass has just made.
    public struct NewKey: Sendable {
        /// Its name at both ends.
        public var id: KeyID
        /// The other end that holds it; `nil` for the store's default.
        public var peer: String?
        /// Where it comes from.
        public var provenance: Provenance
        /// Whether it was simulated; it has to be what the store is.
        public var isSimulated: Bool
        /// Bytes for authentication in each lane; both ends give the same number (``KeyLayout``).
        public var padBytesPerLane: Int

        /// A key called `id`.
        public init(
            id: KeyID, peer: String? = nil, provenance: Provenance, isSimulated: Bool,
            padBytesPerLane: Int
        ) {
            self.id = id
            self.peer = peer
            self.provenance = provenance
            self.isSimulated = isSimulated
            self.padBytesPerLane = padBytesPerLane
        }
    }

    /// Enters a key that a pass made, shared out as ``KeyLayout`` says.
    ///
    /// - Parameters:
    ///   - bytes: The whole key, 1 byte or more; the caller's copy is the caller's to wipe.
    ///   - state: `pending` where the other end is not known to have it, `committed` where it has
    ///     proved that it made the same one.
    public func add(
        _ new: NewKey, bytes: borrowing SecretBytes, state: KeyState
    ) throws(KeyStoreError) {
        guard state.isUnsettled else {
            throw .parameter(
                name: "state of a new key", value: state.rawValue, allowed: "pending or committed")
        }
        let provenance = try Self.text(new.provenance)
        try bytes.withUnsafeBytes { bytes throws(KeyStoreError) in
            try insert(
                Entry(
                    id: new.id, kind: "pass", peer: new.peer ?? identity.defaultPeer,
                    sendLane: identity.role.sendLane, isSimulated: new.isSimulated, state: state,
                    provenance: provenance, padBytesPerLane: new.padBytesPerLane),
                bytes: bytes)
        }
    }

    /// What is entered as a key.
    struct Entry {
        var id: KeyID
        var kind: String
        var peer: String
        var sendLane: Int
        var isSimulated: Bool
        var state: KeyState
        var provenance: String
        var padBytesPerLane: Int
    }

    func insert(_ entry: Entry, bytes: UnsafeRawBufferPointer) throws(KeyStoreError) {
        try check(isSimulated: entry.isSimulated, what: "key \(entry.id)")
        guard !bytes.isEmpty else {
            throw .parameter(
                name: "length of key \(entry.id)", value: "0", allowed: "1 byte or more")
        }
        guard entry.padBytesPerLane >= 0 else {
            throw .parameter(
                name: "pad bytes per lane", value: "\(entry.padBytesPerLane)", allowed: "0 or more")
        }
        try transaction { store in try Self.insert(store, entry, bytes) }
    }

    static func insert(
        _ store: StoreTransaction, _ entry: Entry, _ bytes: UnsafeRawBufferPointer
    ) throws {
        let layout = KeyLayout(byteCount: bytes.count, padBytesPerLane: entry.padBytesPerLane)
        let key = try store.insertKey(
            entry.id, kind: entry.kind, peer: entry.peer, sendLane: entry.sendLane,
            isSimulated: entry.isSimulated, state: entry.state, byteCount: bytes.count,
            provenance: entry.provenance)
        var at = 0
        for (pool, counts) in [
            (StoreTransaction.Pool.pad, [layout.padBytesPerLane, layout.padBytesPerLane]),
            (.key, [layout.keyBytes(lane: 0), layout.keyBytes(lane: 1)]),
        ] {
            for (lane, count) in counts.enumerated() {
                let part = UnsafeRawBufferPointer(rebasing: bytes[at..<(at + count)])
                try store.insertLane(key, pool, lane, part)
                at += count
            }
        }
        try store.audit(entry.state.rawValue, entry.id, count: bytes.count, note: entry.kind)
    }

    /// Moves a key to a later state; asking for the state that it has changes nothing.
    ///
    /// - Parameter state: `committed` or `available`: what an authenticated message of the other
    ///   end has shown. The other states come of use, ``abandon(_:reason:)`` and
    ///   ``destroy(_:reason:withPads:)``.
    public func advance(_ id: KeyID, to state: KeyState) throws(KeyStoreError) {
        guard state == .committed || state == .available else {
            throw .parameter(
                name: "next state", value: state.rawValue, allowed: "committed or available")
        }
        try transaction { store in
            let key = try store.key(id)
            // Used up since it became available is not a step back.
            let isPast =
                key.state == state || state == .available && key.state == .exhausted
                || state == .committed && (key.state == .available || key.state == .exhausted)
            if !isPast { try store.setState(key, state) }
        }
    }

    /// Gives up a key that is `pending`, and destroys its bytes.
    ///
    /// A `committed` key may be available at the other end already: only what the other end says
    /// can end it (``settle(_:peerState:)``), or an operator's ``destroy(_:reason:withPads:)``.
    public func abandon(_ id: KeyID, reason: String) throws(KeyStoreError) {
        try transaction { store in
            let key = try store.key(id)
            if key.state == .abandoned { return }
            guard key.state == .pending else {
                throw KeyStoreError.state(
                    id, is: key.state, needed: "pending; the other end may be using it")
            }
            try Self.abandon(key, store, reason)
        }
    }

    private static func abandon(
        _ key: StoreTransaction.Key, _ store: StoreTransaction, _ reason: String
    ) throws {
        try store.setState(key, .abandoned, note: reason)
        for lane in try store.lanes(key) { try store.destroy(lane) }
    }

    /// The state of a key; `nil` if this store never had it.
    public func state(of id: KeyID) throws(KeyStoreError) -> KeyState? {
        try transaction { try $0.findKey(id)?.state }
    }

    /// The keys of `peer` that are pending or committed, the oldest first.
    public func unsettled(
        peer: String? = nil
    ) throws(KeyStoreError) -> [(id: KeyID, state: KeyState)] {
        try transaction { store in
            try store.keys(
                where: "peer = ? AND state IN ('pending', 'committed')",
                [peer ?? identity.defaultPeer]
            ).map { ($0.id, $0.state) }
        }
    }

    /// Brings a key to where it belongs, once an authenticated message says what the other end has.
    ///
    /// A key becomes available only where the other end durably holds it, and is abandoned only
    /// where the other end does not hold it or cannot have used it.
    ///
    /// - Parameter peerState: The other end's state; `nil` if it never had the key.
    @discardableResult
    public func settle(
        _ id: KeyID, peerState: KeyState?
    ) throws(KeyStoreError) -> Settlement {
        try transaction { store in
            let key = try store.key(id)
            let result = Self.settlement(of: key.state, peerState: peerState)
            switch result {
            case .available: try store.setState(key, .available, note: "settled")
            case .abandoned:
                try Self.abandon(key, store, "the other end: \(peerState?.rawValue ?? "unknown")")
            case .contradiction:
                try store.audit(
                    "contradiction", id, note: "the other end: \(peerState?.rawValue ?? "unknown")")
            case .waits, .unchanged: break
            }
            return result
        }
    }

    static func settlement(of state: KeyState, peerState: KeyState?) -> Settlement {
        let peerHolds =
            peerState == .committed || peerState == .available || peerState == .exhausted
        switch state {
        // Two pending ends: neither has verified the other, and neither can have used it.
        case .pending: return peerHolds ? .available : .abandoned
        case .committed:
            if peerHolds { return .available }
            // It was told nothing yet; when it hears of this end it becomes available first.
            return peerState == .pending ? .waits : .abandoned
        case .available, .exhausted:
            return peerState == nil || peerState == .abandoned ? .contradiction : .unchanged
        case .abandoned, .destroyed: return .unchanged
        }
    }

    /// Destroys what is left of a key, in any state; the identifier stays taken.
    ///
    /// - Parameter withPads: Whether the authentication segment that came with the key goes too.
    ///   The other end has to stop using it as well, or its messages will be refused.
    public func destroy(
        _ id: KeyID, reason: String, withPads: Bool = false
    ) throws(KeyStoreError) {
        try transaction { store in
            let key = try store.key(id)
            guard key.state != .destroyed || withPads else { return }
            let spares = key.state.isUnsettled || key.kind == "preshared" ? false : !withPads
            for lane in try store.lanes(key) where !(spares && lane.pool == .pad) {
                try store.destroy(lane)
            }
            if key.state != .destroyed, key.state != .abandoned {
                try store.setState(key, .destroyed, note: reason)
            } else {
                try store.audit("destroyed", id, note: reason)
            }
        }
    }

    /// Refuses a simulated key in a real store, and the reverse.
    func check(isSimulated: Bool, what: String) throws(KeyStoreError) {
        guard isSimulated == identity.isSimulated else {
            throw .simulation(what: what, isSimulated: isSimulated)
        }
    }

    static func text(_ provenance: Provenance) throws(KeyStoreError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(provenance) else {
            throw .parameter(
                name: "provenance", value: "not a number somewhere", allowed: "finite numbers")
        }
        return String(decoding: data, as: UTF8.self)
    }
}
