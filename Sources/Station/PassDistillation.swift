import BoardFile
import Distillation
import FiniteKey
import Foundation
import KeyStore
import Monitors
import Secrets
import Sifting

/// Distillation while a pass runs: sifted epochs in, keys into the station's store.
final class PassDistillation {
    /// Both ends' parameters.
    let parameters: DistillationParameters
    /// The station's keys.
    let store: KeyStore
    /// Stream time, ps; set by the caller before epochs are collected.
    var now: Int64 = 0
    /// What the windows came to so far, in order.
    private(set) var results: [WindowResult] = []
    /// Host time of both ends.
    let time = ComputingTime()
    /// Of each window of ``results``, host time from its last epoch to its end, s.
    private(set) var computing: [Double] = []
    /// Host time when each window was complete.
    private var completions: [Duration] = []
    /// Why the store last refused, and digests of keys.
    let notes: StoreVault.Notes
    private var ground: GroundDistiller<StoreVault>

    /// Refuses to begin without authentication key for `windows` windows.
    init(parameters: DistillationParameters, store: KeyStore, windows: Int) throws {
        try Self.requireStock(of: store, windows: windows)
        self.parameters = parameters
        self.store = store
        let vault = StoreVault(store)
        notes = vault.notes
        do throws(VaultFault) {
            ground = try GroundDistiller(parameters: parameters, vault: vault)
        } catch { throw vault.notes.fault ?? .noPreSharedKey(peer: store.identity.defaultPeer) }
    }

    /// Refuses a store that has not enough authentication key for `windows` windows.
    static func requireStock(of store: KeyStore, windows: Int) throws {
        try store.requireStock(
            bytesPerLane: windows * DistillationParameters.padBytesPerWindow
                + DistillationParameters.padBytesPerReunion)
    }

    /// What hashes the messages of sifting for authentication.
    func witness() throws -> PartWitness { try StoreVault(store).witness() }

    func take(
        _ epoch: EpochResult, _ clicks: UnsafeBufferPointer<SiftedClick>,
        hashes: UnsafeBufferPointer<PartHashes>
    ) {
        time.measure { ground.take(epoch, clicks, hashes: hashes, now: now) }
        collect()
    }

    func receive(_ message: UnsafeRawBufferPointer, now: Int64) {
        time.measure { ground.receive(message, now: now) }
        collect()
    }

    func poll(now: Int64, into message: UnsafeMutableRawBufferPointer) -> Int {
        let count = time.measure { ground.poll(now: now, into: message) }
        collect()
        return count
    }

    /// Ends key making because of what the monitors saw in `epoch`: no key of its window, nor of one
    /// in which that may have begun.
    func stop(at epoch: UInt32, now: Int64) {
        let reach = UInt32(SecurityMonitors.darkWindow) - 1
        ground.stop(from: epoch > reach ? epoch - reach : 0, now: now)
        collect()
    }

    /// Says that no epoch follows.
    func finish(now: Int64) {
        ground.finish(now: now)
        collect()
    }

    /// Says that the link is gone.
    func giveUp(now: Int64) {
        ground.giveUp(now: now)
        collect()
    }

    /// The first key that was made.
    var firstKey: KeyID? {
        results.first { $0.outcome == .key }.flatMap { $0.key.map { KeyID($0) } }
    }

    /// Bits of the keys made so far.
    var keyBits: Int64 {
        results.reduce(0) { $0 + ($1.outcome == .key ? 8 * Int64($1.keyBytes) : 0) }
    }

    var isIdle: Bool { ground.isIdle }
    var counters: DistillationCounters { ground.counters }
    /// Bytes of authentication key burnt to settle keys that earlier passes left open.
    var reunionPadBytes: Int { ground.reunionPadBytes }

    private func collect() {
        while completions.count < ground.completeWindows { completions.append(time.total) }
        while let result = ground.nextResult() {
            computing.append((time.total - completions[results.count]).seconds)
            results.append(result)
        }
    }
}

extension KeyVault {
    /// What hashes the messages of sifting under the first hash key.
    func witness() throws(VaultFault) -> PartWitness { PartWitness(key: try partKey()) }
}

/// The two stores of a simulated pass: the station's and the satellite's, or, below a source of
/// entangled pairs, those of the station that corrects and of the one it corrects to.
struct PassStores {
    let station: KeyStore
    let satellite: KeyStore

    /// What the two ends are called, in the store and as directories.
    struct Names {
        var station = "station"
        var satellite = "satellite"
        /// The command that the audit log names.
        var actor = "lodestar run"
    }

    /// Bytes of the key that both ends of a simulation are given before their first pass: 64 kbit.
    private static let preSharedBytes = 8_192

    /// Opens the stores in `directory`, or makes them and installs a pre-shared key.
    init(directory: String, names: Names = Names()) throws {
        station = try Self.open(directory, names, role: .station)
        satellite = try Self.open(directory, names, role: .satellite)
        guard try station.keys().isEmpty, try satellite.keys().isEmpty else { return }
        var bytes = SecretBytes(count: Self.preSharedBytes)
        var generator = SystemRandomNumberGenerator()
        bytes.withUnsafeMutableBytes { bytes in
            for index in 0..<bytes.count { bytes[index] = generator.next() }
        }
        let id = KeyID.random()
        try station.installPreSharedKey(id: id, bytes: bytes, isSimulated: true)
        try satellite.installPreSharedKey(id: id, bytes: bytes, isSimulated: true)
    }

    private static func open(
        _ parent: String, _ names: Names, role: StoreRole
    ) throws -> KeyStore {
        let (own, other) =
            role == .station ? (names.station, names.satellite) : (names.satellite, names.station)
        let directory = parent + "/" + own
        let path = directory + "/" + KeyStore.fileName
        if FileManager.default.fileExists(atPath: path) {
            return try KeyStore(opening: directory, actor: names.actor)
        }
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw PassError.file(
                path: directory, problem: "cannot be made: \(error.localizedDescription)")
        }
        return try KeyStore.create(
            directory: directory,
            identity: KeyStore.Identity(
                role: role, name: own, defaultPeer: other, isSimulated: true),
            actor: names.actor)
    }
}
