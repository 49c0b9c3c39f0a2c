import Authentication
import Distillation
import Gating
import KeyStore
import Quantities
import Secrets
import Sifting
import Wire

/// The store of an end, made with the pre-shared key of all these tests if it is not there.
struct EndStore {
    let store: KeyStore
    let fault: Fault
    let say: (String) -> Void

    init(
        folder: String, role: StoreRole, fault: Fault, say: @escaping (String) -> Void
    ) throws {
        let (name, peer) = role == .station ? ("ground", "sat") : ("sat", "ground")
        store = try Self.open(folder + "/" + name, role, name, peer)
        self.fault = fault
        self.say = say
        // Not secret; cut short between the two ends, making them goes on where it stopped.
        let id = KeyID(first: 1, second: 2)
        guard try store.state(of: id) == nil else { return }
        var generator = Scrambled(state: 3)
        var bytes = SecretBytes(count: 32 + 2 * 600)
        bytes.withUnsafeMutableBytes { room in
            for index in room.indices { room[index] = UInt8(truncatingIfNeeded: generator.next()) }
        }
        try store.installPreSharedKey(id: id, bytes: bytes, isSimulated: true)
    }

    private static func open(
        _ directory: String, _ role: StoreRole, _ name: String, _ peer: String
    ) throws(KeyStoreError) -> KeyStore {
        do throws(KeyStoreError) {
            return try KeyStore(opening: directory, actor: "worker")
        } catch .noStore {
            return try KeyStore.create(
                directory: directory,
                identity: KeyStore.Identity(
                    role: role, name: name, defaultPeer: peer, isSimulated: true), actor: "worker")
        }
    }

    var vault: ReportingVault { ReportingVault(store, fault: fault, say: say) }

    /// Says in what state each key is, and what is left of it as a digest.
    func report() throws {
        for key in try store.keys() where key.kind == "pass" {
            let digest = try store.digest(of: key.id)
            say("open \(store.identity.name) \(key.id) \(key.state) \(digest)")
        }
    }

    /// Says how many keys it is not sure of.
    func sayUnsettled() throws {
        say("unsettled \(store.identity.name) \(try store.unsettled().count)")
    }
}

/// The ground during one session: clicks that were made up go in, messages come out.
final class GroundEnd {
    private var sifter: GroundSifter<ShortestDigest>
    private var distiller: GroundDistiller<ReportingVault>
    private let memory: Memory
    private let message = Memory(MessageHeader.largestMessage)
    private let room = Memory(
        2 * Plan.clicksPerEpoch * MemoryLayout<SiftedClick>.stride)
    private var taken: UInt32 = 0
    private(set) var outcomes: [WindowOutcome] = []

    init(_ end: EndStore, plan: Plan, now: Int64) throws {
        let capacity = GroundCapacity(clicks: 32_768, epochs: 16, parts: 64)
        memory = Memory(capacity.byteCount)
        let vault = end.vault
        sifter = GroundSifter(
            parameters: plan.sifting, capacity: capacity,
            witness: PartWitness(key: try vault.partKey()), storage: memory.bytes)
        distiller = try GroundDistiller(parameters: plan.distillation, vault: vault)
        plan.eachClick { sifter.add($0, now: now) }
        sifter.advance(toSlot: Int64(Plan.epochs) * Int64(Plan.slotsPerEpoch), now: now)
        sifter.finish(now: now)
    }

    /// Whether the window has ended.
    var isOver: Bool { !outcomes.isEmpty }

    func receive(_ bytes: [UInt8], now: Int64) {
        bytes.withUnsafeBytes { bytes in
            if MessageHeader.kind(bytes) == .distillationAnswer {
                distiller.receive(bytes, now: now)
            } else {
                sifter.receive(bytes)
            }
        }
        collect(now: now)
    }

    /// The messages that are due.
    func messages(now: Int64) -> [[UInt8]] {
        var due: [[UInt8]] = []
        while case let count = sifter.poll(now: now, into: message.bytes), count > 0 {
            due.append(message.copy(count))
        }
        collect(now: now)
        let count = distiller.poll(now: now, into: message.bytes)
        if count > 0 { due.append(message.copy(count)) }
        collect(now: now)
        return due
    }

    /// The link is gone.
    func giveUp(now: Int64) {
        distiller.giveUp(now: now)
        collect(now: now)
    }

    private func collect(now: Int64) {
        let clicks = UnsafeMutableBufferPointer(
            start: room.bytes.bindMemory(to: SiftedClick.self).baseAddress,
            count: 2 * Plan.clicksPerEpoch)
        while true {
            var hashes: [PartHashes] = []
            sifter.eachPartOfNextEpoch { hashes.append($0) }
            guard let epoch = sifter.nextEpoch(into: clicks) else { break }
            hashes.withUnsafeBufferPointer {
                distiller.take(
                    epoch, UnsafeBufferPointer(rebasing: clicks[..<epoch.sifted]), hashes: $0,
                    now: now)
            }
            taken += 1
            if taken == Plan.epochs { distiller.finish(now: now) }
        }
        while let result = distiller.nextResult() { outcomes.append(result.outcome) }
    }
}

/// The satellite during one session: messages in, answers out.
final class SatelliteEnd {
    private var sifter: SatelliteSifter<ShortestDigest, CountedStates>
    private var distiller: SatelliteDistiller<ReportingVault>
    private let memory: Memory
    private let answer = Memory(MessageHeader.largestMessage)

    init(_ end: EndStore, plan: Plan) throws {
        let capacity = SatelliteCapacity(parts: 64, keyBits: 65_536)
        memory = Memory(capacity.byteCount)
        let vault = end.vault
        sifter = SatelliteSifter(
            parameters: plan.sifting, source: CountedStates(), capacity: capacity,
            witness: PartWitness(key: try vault.partKey()), storage: memory.bytes)
        distiller = try SatelliteDistiller(parameters: plan.distillation, vault: vault)
    }

    /// The answer to a message; empty if there is none.
    func receive(_ bytes: [UInt8]) -> [UInt8] {
        let count = bytes.withUnsafeBytes { bytes in
            MessageHeader.kind(bytes) == .distillationRequest
                ? distiller.receive(bytes, sifter: sifter, answer: answer.bytes)
                : sifter.receive(bytes, answer: answer.bytes)
        }
        return answer.copy(count)
    }
}
