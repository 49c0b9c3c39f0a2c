import Crypto
package import Distillation
package import KeyStore
package import Secrets

/// The key store as distillation sees it.
package struct StoreVault: KeyVault {
    /// What is told to whoever reads the report.
    final class Notes {
        /// Why the store last refused.
        var fault: KeyStoreError?
        /// Digests of the keys that were kept, never shown: two ends of a simulation are compared
        /// by them.
        var fingerprints: [KeyID: SHA256.Digest] = [:]
    }

    let store: KeyStore
    let notes = Notes()

    package init(_ store: KeyStore) { self.store = store }

    private func guarded<Result: ~Copyable>(
        _ body: () throws(KeyStoreError) -> Result
    ) throws(VaultFault) -> Result {
        do throws(KeyStoreError) { return try body() } catch {
            notes.fault = error
            throw error.vaultFault
        }
    }

    package func random(_ bytes: UnsafeMutableRawBufferPointer) throws(VaultFault) {
        var generator = SystemRandomNumberGenerator()
        for index in 0..<bytes.count { bytes[index] = generator.next() }
    }

    package func hashKeys(into keys: UnsafeMutableRawBufferPointer) throws(VaultFault) {
        for lane in 0...1 {
            let key = try guarded { () throws(KeyStoreError) in try store.hashKey(lane: lane) }
            let room = UnsafeMutableRawBufferPointer(
                rebasing: keys[lane * key.count..<(lane + 1) * key.count])
            key.withUnsafeBytes { room.copyMemory(from: $0) }
        }
    }

    package func takePad(
        into pad: UnsafeMutableRawBufferPointer
    ) throws(VaultFault) -> PadReference {
        let grant = try guarded { () throws(KeyStoreError) in
            try store.takePad(lane: store.identity.role.sendLane, count: pad.count)
        }
        grant.bytes.withUnsafeBytes { pad.copyMemory(from: $0) }
        return PadReference(
            segment: KeyIdentifier(grant.range.id), lane: UInt8(grant.range.lane),
            offset: UInt64(grant.range.offset))
    }

    package func acceptPad(
        _ reference: PadReference, count: Int, isGenuine: (UnsafeRawBufferPointer) -> Bool
    ) throws(VaultFault) -> Bool {
        guard let offset = Int(exactly: reference.offset) else { throw .padUnknown }
        let range = KeyRange(
            id: KeyID(reference.segment), lane: Int(reference.lane), offset: offset, count: count)
        return try guarded { () throws(KeyStoreError) in
            try store.acceptPad(range) { pad in pad.withUnsafeBytes { isGenuine($0) } }
        }
    }

    package func keep(
        _ key: borrowing SecretBytes, as agreement: KeyAgreement, record: DistilledKey
    ) throws(VaultFault) {
        let id = KeyID(record.identifier)
        let new = KeyStore.NewKey(
            id: id, provenance: Provenance(record), isSimulated: store.identity.isSimulated,
            padBytesPerLane: record.padBytesPerLane)
        notes.fingerprints[id] = key.withUnsafeBytes { SHA256.hash(data: $0) }
        try guarded { () throws(KeyStoreError) in
            try store.add(
                new, bytes: key, state: agreement == .committed ? .committed : .pending)
        }
    }

    package func advance(_ key: KeyIdentifier, to agreement: KeyAgreement) throws(VaultFault) {
        try guarded { () throws(KeyStoreError) in
            try store.advance(
                KeyID(key), to: agreement == .available ? .available : .committed)
        }
    }

    package func unsettled(limit: Int) throws(VaultFault) -> [KeyIdentifier] {
        try guarded { () throws(KeyStoreError) in
            try store.unsettled().prefix(limit).map { KeyIdentifier($0.id) }
        }
    }

    package func standing(of key: KeyIdentifier) throws(VaultFault) -> KeyStanding {
        let state = try guarded { () throws(KeyStoreError) in try store.state(of: KeyID(key)) }
        return KeyStanding(state)
    }

    package func settle(_ key: KeyIdentifier, peer: KeyStanding) throws(VaultFault) {
        try guarded { () throws(KeyStoreError) in
            let id = KeyID(key)
            guard try store.state(of: id) != nil else { return }
            try store.settle(id, peerState: KeyState(peer))
        }
    }
}

extension KeyStanding {
    fileprivate init(_ state: KeyState?) {
        self =
            switch state {
            case nil: .unknown
            case .pending: .pending
            case .committed: .committed
            case .available: .available
            case .exhausted: .exhausted
            case .abandoned: .abandoned
            case .destroyed: .destroyed
            }
    }
}

extension KeyState {
    /// `nil` if the other end never had it.
    fileprivate init?(_ standing: KeyStanding) {
        switch standing {
        case .unknown: return nil
        case .pending: self = .pending
        case .committed: self = .committed
        case .available: self = .available
        case .exhausted: self = .exhausted
        case .abandoned: self = .abandoned
        case .destroyed: self = .destroyed
        }
    }
}

extension KeyID {
    init(_ name: KeyIdentifier) { self.init(first: name.low, second: name.high) }
}

extension KeyIdentifier {
    init(_ id: KeyID) { self.init(low: id.first, high: id.second) }
}

extension KeyStoreError {
    /// What distillation makes of it.
    fileprivate var vaultFault: VaultFault {
        switch self {
        case .stock: .stockEmpty
        case .unknownKey, .burnt, .outside: .padUnknown
        case .state, .keyExists: .keyState
        default: .storage
        }
    }
}

extension ProofParameters {
    /// Names of method, tail and clamp, as `lodestar keylength` takes them.
    var name: String { "\(method) \(tail) \(clamp)" }
}

extension Provenance {
    fileprivate init(_ key: DistilledKey) {
        self.init(
            session: UInt64(key.session), window: Int(key.window), method: key.proof.name,
            epsilonSecrecy: key.proof.secrecy, epsilonCorrectness: key.proof.correctness,
            secretBits: 8 * key.byteCount, siftedBits: key.siftedBits,
            reconciliationEfficiency: key.efficiency ?? 0,
            leaks: [
                "reconciliation": key.disclosedBits, "verification": ProofParameters.tagBits,
            ])
    }
}
