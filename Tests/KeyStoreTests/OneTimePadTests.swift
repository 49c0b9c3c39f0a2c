import Foundation
import KeyStore
import Secrets
import Testing

/// Messages under a one-time pad.
@Suite struct OneTimePadTests {
    let stores = TestStores()

    private func pair(bytes: Int = 4000) throws -> (ground: KeyStore, sat: KeyStore, id: KeyID) {
        let (ground, sat) = (try stores.create("ground"), try stores.create("sat"))
        let key = newKey(1)
        try ground.add(key, bytes: secret(knownBytes(bytes)), state: .pending)
        try sat.add(key, bytes: secret(knownBytes(bytes)), state: .committed)
        try ground.advance(key.id, to: .available)
        try sat.advance(key.id, to: .available)
        return (ground, sat, key.id)
    }

    private func encrypt(_ text: [UInt8], _ id: KeyID, _ store: KeyStore) throws -> [UInt8] {
        try text.withUnsafeBytes { try OneTimePad.encrypt($0, key: id, store: store) }
    }

    private func decrypt(_ message: [UInt8], _ store: KeyStore) throws -> [UInt8] {
        try message.withUnsafeBytes { try OneTimePad.decrypt($0, store: store) { plain($0) } }
    }

    @Test(arguments: [0, 1, 15, 16, 17, 1000])
    func aMessageIsReadAtTheOtherEnd(length: Int) throws {
        let (ground, sat, id) = try pair()
        let text = knownBytes(length, seed: 77)
        let message = try encrypt(text, id, ground)
        #expect(message.count == 48 + length + 16)
        #expect(try decrypt(message, sat) == text)
        #expect(try ground.keyBytesLeft(id, lane: 0) == 2000 - 32 - length)
        #expect(try sat.keyBytesLeft(id, lane: 0) == 2000 - 32 - length)
        // Once only.
        #expect(throws: KeyStoreError.self) { _ = try decrypt(message, sat) }
    }

    @Test func bothEndsWriteAtOnceAndReadInAnyOrder() throws {
        let (ground, sat, id) = try pair()
        let first = try encrypt(Array("first".utf8), id, ground)
        let second = try encrypt(Array("second".utf8), id, ground)
        let answer = try encrypt(Array("answer".utf8), id, sat)
        #expect(try decrypt(second, sat) == Array("second".utf8))
        #expect(try decrypt(first, sat) == Array("first".utf8))
        #expect(try decrypt(answer, ground) == Array("answer".utf8))
    }

    /// Against the definition, bit by bit: schoolbook products, and XOR with the key's bytes.
    @Test(arguments: [0, 5, 16, 33])
    func theMessageIsWhatTheFormatSays(length: Int) throws {
        let (ground, _, id) = try pair()
        let text = knownBytes(length, seed: 3)
        let message = try encrypt(text, id, ground)
        let pad = knownBytes(4000)
        var expected = Array("LODESOTP".utf8) + [1, 1, 0, 0, 0, 0, 0, 0] + id.bytes
        expected += [UInt8](repeating: 0, count: 8)
        expected += [UInt8(length), 0, 0, 0, 0, 0, 0, 0]
        expected += zip(text, pad[32...]).map { $0 ^ $1 }
        var blocks = expected
        while blocks.count % 16 != 0 { blocks.append(0) }
        let bits = 8 * expected.count
        blocks += [UInt8(bits & 255), UInt8(bits >> 8)] + [UInt8](repeating: 0, count: 14)
        var sum = [UInt8](repeating: 0, count: 16)
        for start in stride(from: 0, to: blocks.count, by: 16) {
            for index in 0..<16 { sum[index] ^= blocks[start + index] }
            sum = product(sum, Array(pad[..<16]))
        }
        expected += zip(sum, pad[16..<32]).map { $0 ^ $1 }
        #expect(message == expected)
    }

    /// The product modulo x^128 + x^7 + x^2 + x + 1, a shift and a sum a bit.
    private func product(_ a: [UInt8], _ b: [UInt8]) -> [UInt8] {
        var result = [Bool](repeating: false, count: 255)
        for i in 0..<128 where a[i / 8] >> (i % 8) & 1 == 1 {
            for j in 0..<128 where b[j / 8] >> (j % 8) & 1 == 1 { result[i + j].toggle() }
        }
        for i in stride(from: 254, through: 128, by: -1) where result[i] {
            for power in [128, 127, 126, 121] { result[i - power].toggle() }
        }
        var bytes = [UInt8](repeating: 0, count: 16)
        for i in 0..<128 where result[i] { bytes[i / 8] |= 1 << UInt8(i % 8) }
        return bytes
    }

    @Test func anyChangeIsNoticedAndBurnsNothing() throws {
        let (ground, sat, id) = try pair()
        let message = try encrypt(Array("attack at dawn".utf8), id, ground)
        for bit in stride(from: 0, to: 8 * message.count, by: 3) {
            var changed = message
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: (any Error).self) { _ = try decrypt(changed, sat) }
        }
        for length in 0..<message.count {
            #expect(throws: (any Error).self) { _ = try decrypt(Array(message[..<length]), sat) }
        }
        #expect(throws: (any Error).self) { _ = try decrypt(message + [0], sat) }
        #expect(try sat.keyBytesLeft(id, lane: 0) == 2000)
        #expect(try decrypt(message, sat) == Array("attack at dawn".utf8))
    }

    @Test func aTextThatCannotBeKeptIsNotBurnt() throws {
        struct NoRoom: Error {}
        let (ground, sat, id) = try pair()
        let message = try encrypt(Array("text".utf8), id, ground)
        #expect(throws: NoRoom.self) {
            try message.withUnsafeBytes {
                try OneTimePad.decrypt($0, store: sat) { _ in throw NoRoom() }
            }
        }
        #expect(try decrypt(message, sat) == Array("text".utf8))
    }

    @Test func aTextLongerThanTheKeySaysHowMuchIsLeft() throws {
        let (ground, _, id) = try pair()
        #expect(
            failure { _ = try encrypt(knownBytes(1969), id, ground) }
                == .notEnough(id, lane: 0, asked: 2001, left: 2000))
        #expect(try encrypt(knownBytes(1968), id, ground).count == 48 + 1968 + 16)
    }
}
