import Distillation
import Foundation
import KeyStore
import Secrets
import Station

/// A fault put in on purpose, which the judge has to notice.
enum Fault: String {
    case none
    /// A pad is handed out before it is burnt.
    case useFirst = "use-first"
    /// The ground calls a key available before the satellite has signed that it holds it.
    case early
    /// Keys left open are never settled.
    case noReunion = "no-reunion"
}

/// The vault of an end, which says what was done once the store has returned and not before.
struct ReportingVault: KeyVault {
    let store: KeyStore
    let vault: StoreVault
    let fault: Fault
    let say: (String) -> Void

    init(_ store: KeyStore, fault: Fault, say: @escaping (String) -> Void) {
        self.store = store
        self.fault = fault
        self.say = say
        vault = StoreVault(store)
    }

    private var end: String { store.identity.name }

    func random(_ bytes: UnsafeMutableRawBufferPointer) throws(VaultFault) {
        try vault.random(bytes)
    }

    func hashKeys(into keys: UnsafeMutableRawBufferPointer) throws(VaultFault) {
        try vault.hashKeys(into: keys)
    }

    func takePad(into pad: UnsafeMutableRawBufferPointer) throws(VaultFault) -> PadReference {
        if fault == .useFirst, let next = nextPad(count: pad.count) {
            sayTaken(next, pad.count)
            usleep(2000)
        }
        let reference = try vault.takePad(into: pad)
        if fault != .useFirst { sayTaken(reference, pad.count) }
        return reference
    }

    /// Where the next pad will come from.
    private func nextPad(count: Int) -> PadReference? {
        let lane = store.identity.role.sendLane
        for key in (try? store.keys()) ?? [] where !key.state.isUnsettled {
            for part in key.lanes
            where part.pool == "pad" && part.lane == lane && part.left >= count {
                return PadReference(
                    segment: KeyIdentifier(low: key.id.first, high: key.id.second),
                    lane: UInt8(lane), offset: UInt64(part.bytes - part.left))
            }
        }
        return nil
    }

    func acceptPad(
        _ reference: PadReference, count: Int, isGenuine: (UnsafeRawBufferPointer) -> Bool
    ) throws(VaultFault) -> Bool {
        let isAccepted = try vault.acceptPad(reference, count: count, isGenuine: isGenuine)
        if isAccepted { sayTaken(reference, count) }
        return isAccepted
    }

    func keep(
        _ key: borrowing SecretBytes, as state: KeyAgreement, record: DistilledKey
    ) throws(VaultFault) {
        try vault.keep(key, as: state, record: record)
        sayState(record.identifier)
        guard fault == .early, state == .pending else { return }
        try vault.advance(record.identifier, to: .available)
        sayState(record.identifier)
    }

    func advance(_ key: KeyIdentifier, to state: KeyAgreement) throws(VaultFault) {
        try vault.advance(key, to: state)
        sayState(key)
    }

    func unsettled(limit: Int) throws(VaultFault) -> [KeyIdentifier] {
        fault == .noReunion ? [] : try vault.unsettled(limit: limit)
    }

    func standing(of key: KeyIdentifier) throws(VaultFault) -> KeyStanding {
        try vault.standing(of: key)
    }

    func settle(_ key: KeyIdentifier, peer: KeyStanding) throws(VaultFault) {
        try vault.settle(key, peer: peer)
        sayState(key)
    }

    private func sayTaken(_ pad: PadReference, _ count: Int) {
        let id = KeyID(first: pad.segment.low, second: pad.segment.high)
        say("took \(end) pad \(id) \(pad.lane) \(pad.offset) \(count)")
    }

    private func sayState(_ key: KeyIdentifier) {
        let id = KeyID(first: key.low, second: key.high)
        if let state = try? store.state(of: id) { say("state \(end) \(id) \(state)") }
    }
}
