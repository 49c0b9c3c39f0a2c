import Foundation
import KeyStore
import Secrets
import Testing

/// Replacing the wrapping key, whole and cut short.
@Suite struct RewrapTests {
    let stores = TestStores()

    private func file(_ name: String) -> String { stores.directory("ground") + "/" + name }
    private func read(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: file(name)))
    }
    private func write(_ data: Data, _ name: String) throws {
        #expect(
            FileManager.default.createFile(
                atPath: file(name), contents: data, attributes: [.posixPermissions: 0o600]))
    }

    /// A store, its wrapping key before and after, its file before and after.
    private func rewrapped() throws -> (keys: [Data], files: [Data], id: KeyID) {
        let (store, key) = (try stores.create("ground"), newKey(1, pads: 24))
        try store.add(key, bytes: secret(knownBytes(1000)), state: .pending)
        try store.advance(key.id, to: .available)
        try store.installPreSharedKey(
            id: KeyID(first: 5, second: 5), bytes: secret(knownBytes(300)), isSimulated: true)
        let before = (try read("wrapping.key"), try read(KeyStore.fileName))
        try store.rewrap()
        // The same store goes on under the new key.
        _ = try store.takeKey(key.id, lane: 0, count: 100)
        try store.close()
        let after = (try read("wrapping.key"), try read(KeyStore.fileName))
        return ([before.0, after.0], [before.1, after.1], key.id)
    }

    @Test func theOldKeyOpensNothingAfterwards() throws {
        let made = try rewrapped()
        #expect(made.keys[0] != made.keys[1])
        #expect(!FileManager.default.fileExists(atPath: file("wrapping.key.new")))
        let store = try stores.open("ground")
        let grant = try store.takeKey(made.id, lane: 0, count: 50)
        #expect(plain(grant.bytes) == Array(knownBytes(1000)[148..<198]))
        #expect(plain(try store.hashKey(lane: 1)) == Array(knownBytes(300)[16..<32]))
        try store.close()
        try write(made.keys[0], "wrapping.key")
        #expect(throws: KeyStoreError.self) { _ = try stores.open("ground") }
    }

    /// The states of the disk that a rewrapping cut short can leave: file of the store (before or
    /// after), the two key files.
    @Test(arguments: [
        (0, 0, 1), (1, 0, 1), (1, -1, 1), (1, -2, 1), (0, 0, -2), (0, 0, -1), (1, 1, -1),
    ])
    func cutShortAnywhereItStillOpens(store: Int, key: Int, replacement: Int) throws {
        let made = try rewrapped()
        try write(made.files[store], KeyStore.fileName)
        // -1: no such file. -2: overwritten with zeros, or half written.
        for (name, which) in [("wrapping.key", key), ("wrapping.key.new", replacement)] {
            try? FileManager.default.removeItem(atPath: file(name))
            if which >= 0 { try write(made.keys[which], name) }
            if which == -2 { try write(Data(count: name == "wrapping.key" ? 32 : 11), name) }
        }
        for _ in 0..<2 {
            let opened = try stores.open("ground")
            #expect(try opened.keyBytesLeft(made.id, lane: 1) == 476)
            #expect(plain(try opened.hashKey(lane: 0)) == Array(knownBytes(300)[..<16]))
            try opened.close()
            #expect(!FileManager.default.fileExists(atPath: file("wrapping.key.new")))
        }
    }
}
