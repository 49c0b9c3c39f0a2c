import Foundation
import KeyStore
import Secrets
import Testing

/// Two stations come to share a key through the satellite.
@Suite struct RelayTests {
    let stores = TestStores()
    /// The satellite's store, those of stations A and B, and its keys with them.
    struct Setting {
        var sat, a, b: KeyStore
        var keyA, keyB: KeyID
    }

    private func setting(bytes: Int = 20_000) throws -> Setting {
        let setting = Setting(
            sat: try stores.create("sat"), a: try stores.create("Beijing"),
            b: try stores.create("Stellenbosch"), keyA: newKey(1).id, keyB: newKey(2).id)
        for (station, number) in [(setting.a, 1), (setting.b, 2)] as [(KeyStore, UInt64)] {
            var key = newKey(number)
            try station.add(
                key, bytes: secret(knownBytes(bytes, seed: Int(number))), state: .pending)
            key.peer = station.identity.name
            try setting.sat.add(
                key, bytes: secret(knownBytes(bytes, seed: Int(number))), state: .committed)
            try station.advance(key.id, to: .available)
            try setting.sat.advance(key.id, to: .available)
        }
        return setting
    }

    /// The example of the paper: an image encrypted at one station, carried, read at the other.
    @Test func anImageTravelsFromOneStationToTheOther() throws {
        let it = try setting()
        let announcement = try it.sat.announceRelay(
            firstKey: it.keyA, secondKey: it.keyB, byteCount: 8000)
        let published = announcement.bytes
        #expect(try it.a.acceptRelay(try RelayAnnouncement(published)) == "Stellenbosch")
        #expect(try it.b.acceptRelay(try RelayAnnouncement(published)) == "Beijing")

        let image = bitmap(side: 32)
        let message = try image.withUnsafeBytes {
            try OneTimePad.encrypt($0, key: announcement.id, store: it.a)
        }
        let read = try message.withUnsafeBytes {
            try OneTimePad.decrypt($0, store: it.b) { plain($0) }
        }
        #expect(read == image)
        let answer = try Array("seen".utf8).withUnsafeBytes {
            try OneTimePad.encrypt($0, key: announcement.id, store: it.b)
        }
        let seen = try answer.withUnsafeBytes {
            try OneTimePad.decrypt($0, store: it.a) { plain($0) }
        }
        #expect(seen == Array("seen".utf8))
    }

    /// A picture in the BMP format: header of 54 bytes, three bytes a pixel.
    private func bitmap(side: Int) -> [UInt8] {
        var pixels: [UInt8] = []
        for at in 0..<(side * side) {
            pixels += [UInt8(at % side * 7), UInt8(at / side * 7), 128]
        }
        var file = Array("BM".utf8)
        for number in [54 + pixels.count, 0, 54, 40, side, side, 24 << 16 | 1, 0, pixels.count] {
            withUnsafeBytes(of: UInt32(number).littleEndian) { file += $0 }
        }
        file += [UInt8](repeating: 0, count: 16)
        return file + pixels
    }

    @Test func theRangesAreBurntInAllThreeStores() throws {
        let it = try setting()
        let announcement = try it.sat.announceRelay(
            firstKey: it.keyA, secondKey: it.keyB, byteCount: 5000)
        try it.a.acceptRelay(announcement)
        try it.b.acceptRelay(announcement)
        for (store, key) in [
            (it.sat, it.keyA), (it.sat, it.keyB), (it.a, it.keyA), (it.b, it.keyB),
        ] {
            #expect(try store.keyBytesLeft(key, lane: 1) == 10_000 - 5032)
        }
        #expect(throws: KeyStoreError.self) { try it.a.acceptRelay(announcement) }
        // The new key is the first station's, XOR of what lane 1 of both holds is announced.
        let (laneA, laneB) = (
            knownBytes(20_000, seed: 1)[10_032...], knownBytes(20_000, seed: 2)[10_032...]
        )
        #expect(announcement.difference == zip(laneA, laneB).prefix(5000).map { $0 ^ $1 })
        let sent = try it.a.takeKey(announcement.id, lane: 0, count: 2500)
        #expect(plain(sent.bytes) == Array(laneA.prefix(2500)))
    }

    @Test func theKeySaysThatTheSatelliteKnowsIt() throws {
        let it = try setting()
        let announcement = try it.sat.announceRelay(
            firstKey: it.keyA, secondKey: it.keyB, byteCount: 100)
        try it.b.acceptRelay(announcement)
        let record = try it.b.record(announcement.id)
        #expect(record.kind == "relayed" && record.provenance?.relayedBy == "sat")
        #expect(record.peer == "Beijing" && record.sendLane == 1 && record.isSimulated)
    }

    @Test func aChangedAnnouncementBurnsNothing() throws {
        let it = try setting()
        let published = try it.sat.announceRelay(
            firstKey: it.keyA, secondKey: it.keyB, byteCount: 40
        ).bytes
        for bit in stride(from: 0, to: 8 * published.count, by: 7) {
            var changed = published
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            // The tag for the other station is not this one's to check.
            let isOthersTag = bit / 8 >= published.count - 16
            if isOthersTag { continue }
            #expect(throws: (any Error).self, "bit \(bit)") {
                try it.a.acceptRelay(try RelayAnnouncement(changed))
            }
        }
        for length in 0..<published.count {
            #expect(throws: (any Error).self) {
                try it.a.acceptRelay(try RelayAnnouncement(Array(published[..<length])))
            }
        }
        #expect(try it.a.keyBytesLeft(it.keyA, lane: 1) == 10_000)
        try it.a.acceptRelay(try RelayAnnouncement(published))
    }

    @Test func whatCannotBeRelayedBurnsNothing() throws {
        let it = try setting()
        #expect(
            failure {
                _ = try it.sat.announceRelay(
                    firstKey: it.keyA, secondKey: it.keyB, byteCount: 9969)
            } == .notEnough(it.keyA, lane: 1, asked: 10_001, left: 10_000))
        #expect(throws: KeyStoreError.self) {
            _ = try it.sat.announceRelay(firstKey: it.keyA, secondKey: it.keyA, byteCount: 10)
        }
        #expect(try it.sat.keyBytesLeft(it.keyA, lane: 1) == 10_000)
        let stranger = try stores.create("ground")
        let announcement = try it.sat.announceRelay(
            firstKey: it.keyA, secondKey: it.keyB, byteCount: 10)
        #expect(throws: RelayAnnouncement.Failure.self) { try stranger.acceptRelay(announcement) }
    }
}
