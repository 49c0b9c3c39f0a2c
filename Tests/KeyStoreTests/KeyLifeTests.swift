import Foundation
import KeyStore
import Secrets
import Testing

/// A key's way from pending to destroyed.
@Suite struct KeyLifeTests {
    let stores = TestStores()

    @Test func bothEndsReadTheSameBytesByTheSameNames() throws {
        let (ground, sat) = (try stores.create("ground"), try stores.create("sat"))
        let key = newKey(1, pads: 120)
        try ground.add(key, bytes: secret(knownBytes(1001)), state: .pending)
        try sat.add(key, bytes: secret(knownBytes(1001)), state: .committed)
        try ground.advance(key.id, to: .available)
        try sat.advance(key.id, to: .available)

        // 120 pad bytes in each lane; of the 761 left the odd one is in lane 0.
        #expect(try ground.padBytesLeft(lane: 0) == 120)
        #expect(try sat.padBytesLeft(lane: 1) == 120)
        #expect(try ground.keyBytesLeft(key.id, lane: 0) == 381)
        #expect(try ground.keyBytesLeft(key.id, lane: 1) == 380)

        let sent = try ground.takeKey(key.id, lane: 0, count: 100)
        #expect(plain(sent.bytes) == Array(knownBytes(1001)[240..<340]))
        let read = try sat.useReceived(sent.range) { plain($0) }
        #expect(read == plain(sent.bytes))
        let back = try sat.takeKey(key.id, lane: 1, count: 380)
        #expect(plain(back.bytes) == Array(knownBytes(1001)[621...]))

        let pad = try sat.takePad(lane: 1, count: 12)
        #expect(plain(pad.bytes) == Array(knownBytes(1001)[120..<132]))
        #expect(plain(try ground.acceptPad(pad.range)) == plain(pad.bytes))
    }

    @Test func noRangeIsHandedOutTwiceEvenAfterOpeningAgain() throws {
        let key = newKey(2)
        var seen: [Range<Int>] = []
        do {
            let ground = try stores.create("ground")
            try ground.add(key, bytes: secret(knownBytes(20_000)), state: .pending)
            try ground.advance(key.id, to: .available)
        }
        for count in [1, 4095, 5, 3000, 2000] {
            let ground = try stores.open("ground")
            let grant = try ground.takeKey(key.id, lane: 0, count: count)
            let range = grant.range.offset..<(grant.range.offset + count)
            #expect(plain(grant.bytes) == Array(knownBytes(20_000)[range]))
            #expect(seen.allSatisfy { !$0.overlaps(range) })
            seen.append(range)
        }
        let ground = try stores.open("ground")
        #expect(try ground.keyBytesLeft(key.id, lane: 0) == 10_000 - 9101)
        #expect(
            failure { _ = try ground.takeKey(key.id, lane: 0, count: 900) }
                == .notEnough(key.id, lane: 0, asked: 900, left: 899))
    }

    @Test func onlyAnAvailableKeyIsUsed() throws {
        let (ground, key) = (try stores.create("ground"), newKey(3, pads: 24))
        try ground.add(key, bytes: secret(knownBytes(500)), state: .pending)
        #expect(throws: KeyStoreError.state(key.id, is: .pending, needed: "available")) {
            _ = try ground.takeKey(key.id, lane: 0, count: 1)
        }
        #expect(try ground.padBytesLeft(lane: 0) == 0)
        #expect(throws: KeyStoreError.self) { _ = try ground.takePad(lane: 0, count: 12) }
        try ground.advance(key.id, to: .committed)
        #expect(throws: KeyStoreError.self) { _ = try ground.takeKey(key.id, lane: 0, count: 1) }
        try ground.advance(key.id, to: .available)
        _ = try ground.takeKey(key.id, lane: 0, count: 1)
        #expect(try ground.padBytesLeft(lane: 0) == 24)
    }

    @Test func anEndSendsOnlyInItsOwnLane() throws {
        let (sat, key) = (try stores.create("sat"), newKey(4, pads: 24))
        try sat.add(key, bytes: secret(knownBytes(500)), state: .committed)
        try sat.advance(key.id, to: .available)
        #expect(throws: KeyStoreError.self) { _ = try sat.takeKey(key.id, lane: 0, count: 1) }
        #expect(throws: KeyStoreError.self) { _ = try sat.takePad(lane: 0, count: 12) }
        #expect(throws: KeyStoreError.self) {
            try sat.useReceived(KeyRange(id: key.id, lane: 1, offset: 0, count: 1)) { _ in }
        }
    }

    @Test func statesOnlyMoveForward() throws {
        let (ground, key) = (try stores.create("ground"), newKey(5))
        try ground.add(key, bytes: secret(knownBytes(10)), state: .pending)
        try ground.advance(key.id, to: .available)
        // What is already so is no fault: the same message may arrive twice.
        try ground.advance(key.id, to: .committed)
        #expect(try ground.state(of: key.id) == .available)
        #expect(throws: KeyStoreError.self) { try ground.abandon(key.id, reason: "too late") }
        _ = try ground.takeKey(key.id, lane: 0, count: 5)
        try ground.useReceived(KeyRange(id: key.id, lane: 1, offset: 0, count: 5)) { _ in }
        #expect(try ground.state(of: key.id) == .exhausted)
        try ground.advance(key.id, to: .available)
        #expect(try ground.state(of: key.id) == .exhausted)
        try ground.destroy(key.id, reason: "done")
        #expect(throws: KeyStoreError.self) { try ground.advance(key.id, to: .available) }
        #expect(throws: KeyStoreError.keyExists(key.id)) {
            try ground.add(key, bytes: secret(knownBytes(10)), state: .pending)
        }
    }

    @Test func messagesAreReadInAnyOrderAndEachOnce() throws {
        let (ground, key) = (try stores.create("ground"), newKey(6))
        try ground.add(key, bytes: secret(knownBytes(20_000)), state: .pending)
        try ground.advance(key.id, to: .available)
        func read(_ offset: Int, _ count: Int) throws -> [UInt8] {
            try ground.useReceived(
                KeyRange(id: key.id, lane: 1, offset: offset, count: count)
            ) { plain($0) }
        }
        let lane = Array(knownBytes(20_000)[10_000...])
        #expect(try read(5000, 1000) == Array(lane[5000..<6000]))
        #expect(try read(0, 10) == Array(lane[0..<10]))
        #expect(try read(10, 4990) == Array(lane[10..<5000]))
        for (offset, count) in [(5000, 1000), (4999, 2), (5999, 2), (0, 10_000), (5500, 1)] {
            #expect(
                throws: KeyStoreError.burnt(
                    KeyRange(id: key.id, lane: 1, offset: offset, count: count))
            ) { _ = try read(offset, count) }
        }
        #expect(try read(6000, 4000) == Array(lane[6000...]))
        #expect(try ground.keyBytesLeft(key.id, lane: 1) == 0)
    }

    @Test func garbageBurnsNothing() throws {
        struct Forged: Error {}
        let (ground, key) = (try stores.create("ground"), newKey(7, pads: 120))
        try ground.add(key, bytes: secret(knownBytes(1000)), state: .pending)
        try ground.advance(key.id, to: .available)
        let far = KeyRange(id: key.id, lane: 1, offset: 300, count: 80)
        #expect(throws: Forged.self) { try ground.useReceived(far) { _ in throw Forged() } }
        #expect(try ground.keyBytesLeft(key.id, lane: 1) == 380)
        let pad = KeyRange(id: key.id, lane: 1, offset: 108, count: 12)
        #expect(try !ground.acceptPad(pad) { _ in false })
        #expect(try ground.padBytesLeft(lane: 1) == 120)
        #expect(try ground.acceptPad(pad) { _ in true })
        #expect(throws: KeyStoreError.burnt(pad)) { _ = try ground.acceptPad(pad) { _ in true } }
        let earlier = KeyRange(id: key.id, lane: 1, offset: 0, count: 12)
        #expect(throws: KeyStoreError.burnt(earlier)) { _ = try ground.acceptPad(earlier) }
    }

    @Test(arguments: [
        KeyRange(id: KeyID(first: 8, second: 7), lane: 1, offset: 0, count: 501),
        KeyRange(id: KeyID(first: 8, second: 7), lane: 1, offset: 500, count: 1),
        KeyRange(id: KeyID(first: 8, second: 7), lane: 1, offset: -1, count: 2),
        KeyRange(id: KeyID(first: 8, second: 7), lane: 1, offset: Int.max, count: Int.max),
        KeyRange(id: KeyID(first: 8, second: 7), lane: 1, offset: 0, count: 1 << 30),
        KeyRange(id: KeyID(first: 8, second: 7), lane: 1, offset: 0, count: 0),
        KeyRange(id: KeyID(first: 8, second: 7), lane: 2, offset: 0, count: 1),
        KeyRange(id: KeyID(first: 9, second: 7), lane: 1, offset: 0, count: 1),
    ])
    func aRangeOutsideTheKeyIsRefused(range: KeyRange) throws {
        let (ground, key) = (try stores.create("ground"), newKey(8))
        try ground.add(key, bytes: secret(knownBytes(1000)), state: .pending)
        try ground.advance(key.id, to: .available)
        #expect(throws: KeyStoreError.self) { try ground.useReceived(range) { _ in } }
        #expect(throws: KeyStoreError.self) { _ = try ground.acceptPad(range) }
        #expect(try ground.keyBytesLeft(key.id, lane: 1) == 500)
    }

    @Test func aGenuineMessageSettlesACommittedKey() throws {
        struct Forged: Error {}
        let (sat, key) = (try stores.create("sat"), newKey(10))
        try sat.add(key, bytes: secret(knownBytes(100)), state: .committed)
        let range = KeyRange(id: key.id, lane: 0, offset: 0, count: 10)
        #expect(throws: Forged.self) { try sat.useReceived(range) { _ in throw Forged() } }
        #expect(try sat.state(of: key.id) == .committed)
        try sat.useReceived(range) { _ in }
        #expect(try sat.state(of: key.id) == .available)
    }
}
