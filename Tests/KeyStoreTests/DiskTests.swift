import Foundation
import KeyStore
import Secrets
import Testing

/// What lies on the disk, and what happens when it is not what it should be.
@Suite struct DiskTests {
    let stores = TestStores()

    private func withKey(_ number: UInt64 = 1) throws -> (KeyStore, KeyStore.NewKey) {
        let (store, key) = (try stores.create("ground"), newKey(number, pads: 24))
        try store.add(key, bytes: secret(knownBytes(10_000)), state: .pending)
        try store.advance(key.id, to: .available)
        return (store, key)
    }

    private func file(_ name: String) -> String { stores.directory("ground") + "/" + name }

    private func mode(_ path: String) throws -> Int {
        try #require(
            FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test func onlyTheOwnerMayReadTheFiles() throws {
        let (store, _) = try withKey()
        #expect(try mode(stores.directory("ground")) == 0o700)
        let names = try FileManager.default.contentsOfDirectory(atPath: stores.directory("ground"))
        #expect(names.contains(KeyStore.fileName) && names.contains("wrapping.key"))
        for name in names { #expect(try mode(file(name)) == 0o600, "\(name)") }
        try store.close()
    }

    @Test func noKeyByteLiesOnTheDiskInClear() throws {
        let (store, key) = try withKey()
        _ = try store.takeKey(key.id, lane: 0, count: 100)
        try store.close()
        let contents = try Data(contentsOf: URL(fileURLWithPath: file(KeyStore.fileName)))
        let bytes = knownBytes(10_000)
        for start in stride(from: 0, to: bytes.count - 8, by: 8) {
            #expect(contents.range(of: Data(bytes[start..<(start + 8)])) == nil)
        }
    }

    @Test func burntAndDestroyedBytesLeaveNoCiphertextInTheFile() throws {
        let (store, key) = try withKey()
        let path = URL(fileURLWithPath: file(KeyStore.fileName))
        let pieces = ciphertext(try Data(contentsOf: path))
        // 10,000 bytes in pieces of 16, or the test shows nothing.
        #expect(pieces.count > 550)
        func survivors() throws -> Int {
            let now = try Data(contentsOf: path)
            return pieces.count { now.range(of: $0) != nil }
        }
        #expect(try survivors() == pieces.count)
        _ = try store.takeKey(key.id, lane: 0, count: 4976)
        #expect(try survivors() < pieces.count * 6 / 10)
        try store.destroy(key.id, reason: "test", withPads: true)
        // What is left is the check of the wrapping key.
        #expect(try survivors() < 5)
    }

    /// Pieces of 16 bytes that look random: text has no byte of 128 or more, and the numbers of
    /// SQLite's own repeat bytes.
    private func ciphertext(_ data: Data) -> [Data] {
        stride(from: 0, to: data.count - 16, by: 16).map { data[$0..<($0 + 16)] }
            .filter { piece in piece.count { $0 >= 128 } >= 4 && Set(piece).count >= 13 }
    }

    @Test func aWrongWrappingKeyIsRefusedAndChangesNothing() throws {
        let (store, key) = try withKey()
        try store.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: file(KeyStore.fileName)))
        let right = try Data(contentsOf: URL(fileURLWithPath: file("wrapping.key")))
        try Data(repeating: 7, count: 32).write(to: URL(fileURLWithPath: file("wrapping.key")))
        let error = failure { _ = try stores.open("ground") }
        #expect(
            error
                == .wrongWrappingKey(
                    path: file("wrapping.key"), store: file(KeyStore.fileName)))
        #expect(try Data(contentsOf: URL(fileURLWithPath: file(KeyStore.fileName))) == before)
        try right.write(to: URL(fileURLWithPath: file("wrapping.key")))
        #expect(try stores.open("ground").keyBytesLeft(key.id, lane: 0) > 0)
    }

    @Test func aWrappingKeyThatOthersMayReadIsRefusedWithItsMode() throws {
        let (store, _) = try withKey()
        try store.close()
        chmod(file("wrapping.key"), 0o640)
        let error = failure { _ = try stores.open("ground") }
        #expect(error == .permissions(path: file("wrapping.key"), mode: "0640", owner: geteuid()))
        #expect(error?.description.contains("0640") == true)
        #expect(error?.description.contains("0600") == true)
        chmod(file("wrapping.key"), 0o400)
        _ = try stores.open("ground")
    }

    @Test(arguments: [0, 31, 33, 100])
    func aWrappingKeyOfAnotherLengthIsRefused(bytes: Int) throws {
        let (store, _) = try withKey()
        try store.close()
        try Data(repeating: 7, count: bytes).write(to: URL(fileURLWithPath: file("wrapping.key")))
        #expect(
            failure { _ = try stores.open("ground") }
                == .wrappingKeyLength(path: file("wrapping.key"), bytes: bytes))
    }

    @Test func aStoreThatOthersMayReadIsRefused() throws {
        let (store, _) = try withKey()
        try store.close()
        chmod(file(KeyStore.fileName), 0o644)
        #expect(
            failure { _ = try stores.open("ground") }
                == .permissions(path: file(KeyStore.fileName), mode: "0644", owner: geteuid()))
    }

    @Test func oneProcessAtATimeHasTheStore() throws {
        let (store, _) = try withKey()
        let error = failure { _ = try stores.open("ground") }
        #expect(
            error
                == .inUse(
                    directory: stores.directory("ground"), process: "process \(getpid())"))
        try store.close()
        withExtendedLifetime(store) {}
    }

    @Test func whereThereIsNoStoreItSaysHowToMakeOne() throws {
        let error = failure { _ = try stores.open("nowhere") }
        #expect(error == .noStore(directory: stores.directory("nowhere")))
        #expect(error?.description.contains("lodestar keys init") == true)
        let (store, _) = try withKey()
        withExtendedLifetime(store) {
            #expect(
                failure { _ = try stores.create("ground") }
                    == .exists(path: file(KeyStore.fileName)))
        }
    }

    @Test(arguments: [0, 1, 100, 4096, 5000])
    func aFileThatIsNoStoreIsRefused(bytes: Int) throws {
        let (store, _) = try withKey()
        try store.close()
        try Data(knownBytes(bytes)).write(to: URL(fileURLWithPath: file(KeyStore.fileName)))
        let error = failure { _ = try stores.open("ground") }
        #expect(error == .notAStore(path: file(KeyStore.fileName)))
    }

    @Test func aStoreOfALaterProgramIsRefused() throws {
        let (store, _) = try withKey()
        try store.close()
        var contents = try Data(contentsOf: URL(fileURLWithPath: file(KeyStore.fileName)))
        // The user version: bytes 60 to 63 of the header, big-endian.
        contents[63] = 9
        try contents.write(to: URL(fileURLWithPath: file(KeyStore.fileName)))
        #expect(
            failure { _ = try stores.open("ground") }
                == .version(path: file(KeyStore.fileName), found: 9, known: 1))
    }

    /// One byte changed anywhere: either nothing comes out, or exactly the right bytes.
    @Test(arguments: 0..<12)
    func aDamagedStoreReleasesNoWrongByte(part: Int) throws {
        let (store, key) = try withKey()
        let right = Array(knownBytes(10_000)[48..<(48 + 4976)])
        try store.close()
        let path = URL(fileURLWithPath: file(KeyStore.fileName))
        let whole = try Data(contentsOf: path)
        var refused = 0
        for step in stride(from: part * 37, to: whole.count, by: 12 * 197) {
            var damaged = whole
            damaged[step] ^= 0x41
            try damaged.write(to: path)
            do {
                let store = try stores.open("ground")
                let grant = try store.takeKey(key.id, lane: 0, count: 4976)
                #expect(plain(grant.bytes) == right, "byte \(step)")
            } catch let error as KeyStoreError {
                refused += 1
                #expect(!error.description.isEmpty)
            }
        }
        #expect(refused > 0)
    }

    /// Cut off anywhere: nothing comes out, or, where no byte of it was cut, the right bytes.
    @Test func aTornStoreReleasesNoWrongByte() throws {
        let (store, key) = try withKey()
        let right = Array(knownBytes(10_000)[48..<(48 + 4976)])
        try store.close()
        let path = URL(fileURLWithPath: file(KeyStore.fileName))
        let whole = try Data(contentsOf: path)
        var refused = 0
        for kept in stride(from: 512, to: whole.count, by: 1024) {
            try whole.prefix(kept).write(to: path)
            do {
                let grant = try stores.open("ground").takeKey(key.id, lane: 0, count: 4976)
                #expect(plain(grant.bytes) == right)
            } catch let error as KeyStoreError {
                refused += 1
                #expect(!error.description.isEmpty)
            }
        }
        #expect(refused > 30)
    }

    @Test func aFullDiskReleasesNothingAndLosesNothing() throws {
        let (store, key) = try withKey()
        try store.limitPages()
        var added = 1
        let error = failure {
            for number in 100..<1000 as Range<UInt64> {
                try store.add(
                    newKey(number), bytes: secret(knownBytes(10_000)), state: .pending)
                added += 1
            }
        }
        #expect(error == .diskFull(path: file(KeyStore.fileName)))
        #expect(try store.keys().count == added)
        try store.close()
        let opened = try stores.open("ground")
        #expect(try opened.keys().count == added)
        let grant = try opened.takeKey(key.id, lane: 0, count: 100)
        #expect(plain(grant.bytes) == Array(knownBytes(10_000)[48..<148]))
    }

    @Test func withoutPermissionToWriteItSaysSo() throws {
        guard geteuid() != 0 else {
            print("skipped: root may write anywhere")
            return
        }
        let (store, _) = try withKey()
        try store.close()
        chmod(stores.directory("ground"), 0o500)
        defer { chmod(stores.directory("ground"), 0o700) }
        #expect(throws: KeyStoreError.self) { _ = try stores.open("ground") }
    }
}
