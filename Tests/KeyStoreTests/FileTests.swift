import Foundation
import KeyStore
import Secrets
import Testing

/// Pre-shared keys and exported keys as files.
@Suite struct FileTests {
    let stores = TestStores()

    private func file(_ name: String) -> String { stores.folder + "/" + name }

    @Test func aPreSharedKeyTravelsInAFile() throws {
        let id = try PreSharedKeyFile.create(file("psk"), byteCount: 300, isSimulated: true)
        let contents = try PreSharedKeyFile.read(file("psk"))
        #expect(contents.id == id && contents.isSimulated && contents.bytes.count == 300)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: file("psk")))
        #expect(bytes.count == 332 && Array(bytes[32...]) == plain(contents.bytes))
        let (ground, sat) = (try stores.create("ground"), try stores.create("sat"))
        for store in [ground, sat] {
            try store.installPreSharedKey(id: id, bytes: contents.bytes, isSimulated: true)
        }
        let pad = try ground.takePad(lane: 0, count: 12)
        #expect(plain(try sat.acceptPad(pad.range)) == plain(pad.bytes))
        #expect(throws: KeyStoreError.exists(path: file("psk"))) {
            _ = try PreSharedKeyFile.create(file("psk"), byteCount: 300, isSimulated: true)
        }
    }

    @Test func aPreSharedKeyThatIsNoneOrOpenToOthersIsRefused() throws {
        _ = try PreSharedKeyFile.create(file("psk"), byteCount: 300, isSimulated: true)
        let whole = try Data(contentsOf: URL(fileURLWithPath: file("psk")))
        for length in [0, 8, 31, 32, 60] {
            try whole.prefix(length).write(to: URL(fileURLWithPath: file("psk")))
            #expect(throws: KeyStoreError.self) { _ = try PreSharedKeyFile.read(file("psk")) }
        }
        var other = whole
        other[0] = 0
        try other.write(to: URL(fileURLWithPath: file("psk")))
        #expect(throws: KeyStoreError.self) { _ = try PreSharedKeyFile.read(file("psk")) }
        try whole.write(to: URL(fileURLWithPath: file("psk")))
        chmod(file("psk"), 0o604)
        #expect(
            throws: KeyStoreError.permissions(path: file("psk"), mode: "0604", owner: geteuid())
        ) { _ = try PreSharedKeyFile.read(file("psk")) }
    }

    @Test(arguments: 1...8)
    func anExportedKeyIsJSONThatSaysWhetherItIsSimulated(bytes: Int) throws {
        let (store, key) = (try stores.create("ground"), newKey(1))
        try store.add(key, bytes: secret(knownBytes(100)), state: .pending)
        try store.advance(key.id, to: .available)
        let grant = try store.takeKey(key.id, lane: 0, count: bytes)
        let record = try store.record(key.id)
        let text = try KeyFile.text(
            grant.bytes, range: grant.range, record: record, isRaw: false)
        let read = try #require(
            JSONSerialization.jsonObject(with: Data(plain(text))) as? [String: Any])
        #expect(read["key_id"] as? String == key.id.description)
        #expect(read["simulated"] as? Bool == true)
        #expect(
            Data(base64Encoded: read["key"] as? String ?? "") == Data(knownBytes(100)[..<bytes]))
        #expect(throws: KeyStoreError.self) {
            _ = try KeyFile.text(grant.bytes, range: grant.range, record: record, isRaw: true)
        }
    }

    @Test func aFileIsThereOnlyWhenItIsReleased() throws {
        var held = try HeldFile(path: file("out"))
        try knownBytes(100).withUnsafeBytes { try held.hold($0) }
        #expect(!FileManager.default.fileExists(atPath: file("out")))
        try held.release()
        #expect(Array(try Data(contentsOf: URL(fileURLWithPath: file("out")))) == knownBytes(100))
        #expect(throws: KeyStoreError.exists(path: file("out"))) {
            _ = try HeldFile(path: file("out"))
        }
        do {
            var dropped = try HeldFile(path: file("other"))
            try knownBytes(100).withUnsafeBytes { try dropped.hold($0) }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: stores.folder) == ["out"])
    }
}
