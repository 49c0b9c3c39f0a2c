import KeyStore
import Secrets
import Testing

/// The stock of authentication key.
@Suite struct StockTests {
    let stores = TestStores()
    let installed = KeyID(first: 1, second: 1)

    private func pair(_ bytes: Int = 32 + 240) throws -> (ground: KeyStore, sat: KeyStore) {
        let (ground, sat) = (try stores.create("ground"), try stores.create("sat"))
        for store in [ground, sat] {
            try store.installPreSharedKey(
                id: installed, bytes: secret(knownBytes(bytes)), isSimulated: true)
        }
        return (ground, sat)
    }

    @Test func aPreSharedKeyGivesHashKeysAndPads() throws {
        let (ground, sat) = try pair()
        #expect(plain(try ground.hashKey(lane: 0)) == Array(knownBytes(272)[..<16]))
        #expect(plain(try sat.hashKey(lane: 1)) == Array(knownBytes(272)[16..<32]))
        let pad = try ground.takePad(lane: 0, count: 12)
        #expect(pad.range == KeyRange(id: installed, lane: 0, offset: 0, count: 12))
        #expect(plain(pad.bytes) == Array(knownBytes(272)[32..<44]))
        #expect(plain(try sat.acceptPad(pad.range)) == plain(pad.bytes))
        let answer = try sat.takePad(lane: 1, count: 12)
        #expect(plain(answer.bytes) == Array(knownBytes(272)[152..<164]))
    }

    @Test func theStockIsSpentOldestFirstAndThenRefuses() throws {
        let (ground, _) = try pair(32 + 48)
        let key = newKey(2, pads: 24)
        try ground.add(key, bytes: secret(knownBytes(100)), state: .pending)
        try ground.advance(key.id, to: .available)
        let names = try (0..<4).map { _ in try ground.takePad(lane: 0, count: 12).range.id }
        #expect(names == [installed, installed, key.id, key.id])
        #expect(
            failure { _ = try ground.takePad(lane: 0, count: 12) }
                == .stock(peer: "sat", lane: 0, asked: 12, left: 0))
        // The hash keys outlive the pads that they came with.
        #expect(try ground.hashKey(lane: 0).count == 16)
    }

    @Test func aPassIsNotStartedWithTooLittle() throws {
        let bare = try stores.create("third")
        #expect(
            failure { try bare.requireStock(bytesPerLane: 12) } == .noPreSharedKey(peer: "sat"))
        let (ground, _) = try pair()
        try ground.requireStock(bytesPerLane: 120)
        let low = failure { try ground.requireStock(bytesPerLane: 132) }
        #expect(low == .stock(peer: "sat", lane: 0, asked: 132, left: 120))
        #expect(low?.description.contains("lodestar keys install") == true)
    }

    @Test func replenishingAsksForWholePads() throws {
        let (ground, _) = try pair()
        #expect(try ground.padBytesWanted(target: 120) == 0)
        #expect(try ground.padBytesWanted(target: 121) == 12)
        _ = try ground.takePad(lane: 0, count: 12)
        #expect(try ground.padBytesWanted(target: 240) == 132)
    }

    @Test func aShortKeyGivesWhatItHas() {
        let layout = KeyLayout(byteCount: 50, padBytesPerLane: 240)
        #expect(layout.padBytesPerLane == 24)
        #expect(layout.keyBytes(lane: 0) == 1 && layout.keyBytes(lane: 1) == 1)
        #expect(KeyLayout(byteCount: 3, padBytesPerLane: 12).keyBytes(lane: 0) == 2)
    }

    @Test func aLaterPreSharedKeyAddsPadsAndReplacesHashKeysOnlyOnOrder() throws {
        let (ground, _) = try pair()
        try ground.installPreSharedKey(
            id: KeyID(first: 2, second: 1), bytes: secret(knownBytes(272, seed: 5)),
            isSimulated: true)
        #expect(plain(try ground.hashKey(lane: 0)) == Array(knownBytes(272)[..<16]))
        #expect(try ground.padBytesLeft(lane: 0) == 240)
        try ground.installPreSharedKey(
            id: KeyID(first: 3, second: 1), bytes: secret(knownBytes(272, seed: 9)),
            isSimulated: true, replacingHashKeys: true)
        #expect(plain(try ground.hashKey(lane: 0)) == Array(knownBytes(272, seed: 9)[..<16]))
    }

    @Test func aSegmentServesOnlyThePeerItIsSharedWith() throws {
        let (ground, _) = try pair()
        #expect(try ground.padBytesLeft(lane: 0, peer: "other") == 0)
        let range = KeyRange(id: installed, lane: 1, offset: 0, count: 12)
        #expect(throws: KeyStoreError.unknownKey(installed)) {
            _ = try ground.acceptPad(range, peer: "other")
        }
    }

    @Test func padsOfADestroyedKeyGoOnlyOnOrder() throws {
        let (ground, _) = try pair(32 + 24)
        let key = newKey(2, pads: 24)
        try ground.add(key, bytes: secret(knownBytes(100)), state: .pending)
        try ground.advance(key.id, to: .available)
        try ground.destroy(key.id, reason: "test")
        #expect(try ground.record(key.id).bytesLeft == 0)
        #expect(try ground.padBytesLeft(lane: 0) == 36)
        try ground.destroy(key.id, reason: "test", withPads: true)
        #expect(try ground.padBytesLeft(lane: 0) == 12)
    }
}
