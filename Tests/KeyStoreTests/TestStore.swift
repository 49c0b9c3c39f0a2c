import Foundation
import KeyStore
import Secrets
import Testing

/// A pair of simulated stores in a folder of their own, which goes away with it.
final class TestStores {
    static let peerOf = ["ground": "sat", "sat": "ground"]

    let folder: String

    init() {
        folder = NSTemporaryDirectory() + "lodestar-keys-" + UUID().uuidString
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func directory(_ name: String) -> String { folder + "/" + name }

    func create(
        _ name: String, isSimulated: Bool = true, clock: @escaping KeyStore.Clock = { 1_000 }
    ) throws -> KeyStore {
        try KeyStore.create(
            directory: directory(name),
            identity: KeyStore.Identity(
                role: name == "sat" ? .satellite : .station, name: name,
                defaultPeer: Self.peerOf[name] ?? "sat", isSimulated: isSimulated),
            actor: "test", clock: clock)
    }

    func open(_ name: String) throws -> KeyStore {
        try KeyStore(opening: directory(name), actor: "test", clock: { 2_000 })
    }
}

/// Bytes that a test knows: byte i is i times 31 plus `seed`, modulo 251.
func knownBytes(_ count: Int, seed: Int = 1) -> [UInt8] {
    (0..<count).map { UInt8(($0 &* 31 &+ seed) % 251) }
}

func secret(_ bytes: [UInt8]) -> SecretBytes {
    var secret = SecretBytes(count: bytes.count)
    secret.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
    return secret
}

func plain(_ secret: borrowing SecretBytes) -> [UInt8] { secret.withUnsafeBytes { Array($0) } }

/// A key of `bytes` under a name that both ends get from its number.
func newKey(_ number: UInt64, pads: Int = 0) -> KeyStore.NewKey {
    KeyStore.NewKey(
        id: KeyID(first: number, second: 7),
        provenance: Provenance(method: "lim2014", secretBits: 8 * 1000, leaks: ["syndrome": 12]),
        isSimulated: true, padBytesPerLane: pads)
}

/// The error that `body` throws, or `nil`.
func failure(_ body: () throws -> Void) -> KeyStoreError? {
    do { try body() } catch let error as KeyStoreError { return error } catch { return nil }
    return nil
}
