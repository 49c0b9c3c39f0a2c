import Authentication
import Secrets
import Testing

@Suite struct TagTests {
    private let value = HashValue(low: 0x0706_0504_0302_0100, high: 0x0F0E_0D0C_0B0A_0908)

    private func tag(pad: [UInt8]) throws -> AuthenticationTag {
        try pad.withUnsafeBytes { try AuthenticationTag(of: value, pad: $0) }
    }

    private func bytes(_ tag: AuthenticationTag) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0xEE, count: AuthenticationTag.size)
        try bytes.withUnsafeMutableBytes { try tag.put(in: $0) }
        return bytes
    }

    @Test func aTagIsTheFirstTwelveBytesOfTheValueUnderThePad() throws {
        let pad = pseudorandomBytes(1, count: 12)
        let tagged = try bytes(tag(pad: pad))
        #expect(tagged == zip(0..<12, pad).map { UInt8($0) ^ $1 })
        let bare = try bytes(tag(pad: [UInt8](repeating: 0, count: 12)))
        #expect(bare == [UInt8](0..<12))
        var secret = SecretBytes(count: 12)
        secret.withUnsafeMutableBytes { $0.copyBytes(from: pad) }
        let same = try bytes(AuthenticationTag(of: value, pad: secret))
        #expect(same == tagged)
    }

    @Test func aTagReadBackIsEqualAndOneWithAnyBitFlippedIsNot() throws {
        let expected = try tag(pad: pseudorandomBytes(2, count: 12))
        let sent = try bytes(expected)
        let received = try sent.withUnsafeBytes { try AuthenticationTag($0) }
        #expect(received.isEqual(to: expected))
        for index in 0..<96 {
            var damaged = sent
            damaged[index / 8] ^= 1 << UInt8(index % 8)
            let other = try damaged.withUnsafeBytes { try AuthenticationTag($0) }
            #expect(!other.isEqual(to: expected), "bit \(index)")
        }
    }

    @Test func whatLiesBeyondTheTagsBitsOfTheValueDoesNotCount() throws {
        let pad = [UInt8](repeating: 7, count: 12)
        let other = HashValue(low: value.low, high: value.high ^ 0xFFFF_FFFF_0000_0000)
        let first = try tag(pad: pad)
        let second = try pad.withUnsafeBytes { try AuthenticationTag(of: other, pad: $0) }
        #expect(first.isEqual(to: second))
    }

    @Test(arguments: [0, 11, 13, 16]) func padsAndTagsOfAnotherLengthAreRefused(_ count: Int) {
        let bytes = [UInt8](repeating: 1, count: count)
        #expect(throws: AuthenticationError.padBytes(given: count)) { _ = try tag(pad: bytes) }
        #expect(throws: AuthenticationError.tagBytes(given: count, needed: 12)) {
            _ = try bytes.withUnsafeBytes { try AuthenticationTag($0) }
        }
        #expect(throws: AuthenticationError.tagBytes(given: count, needed: 8)) {
            _ = try bytes.withUnsafeBytes { try VerificationTag($0) }
        }
    }

    @Test func theVerificationTagIsTheFirstEightBytes() throws {
        let tag = VerificationTag(of: value)
        var bytes = [UInt8](repeating: 0xEE, count: VerificationTag.size)
        try bytes.withUnsafeMutableBytes { try tag.put(in: $0) }
        #expect(bytes == [UInt8](0..<8))
        let back = try bytes.withUnsafeBytes { try VerificationTag($0) }
        #expect(back.isEqual(to: tag))
        #expect(!back.isEqual(to: VerificationTag(rawValue: tag.rawValue ^ 1 << 63)))
    }

    @Test func theBoundsAreThoseOfTheDefinition() {
        // 1 Mbit is 7,813 blocks.
        let megabit = VerificationTag.collisionBound(blocks: 7_813)
        #expect(megabit > 4.2e-16 && megabit < 4.3e-16)
        #expect(AuthenticationTag.forgeryBound(blocks: 7) * 0x1p96 == 8)
        #expect(VerificationTag.collisionBound(blocks: .max) == 1)
    }

    @Test func aValueIsReadBackAsItWasWritten() throws {
        var bytes = [UInt8](repeating: 0xEE, count: HashValue.size)
        try bytes.withUnsafeMutableBytes { try value.put(in: $0) }
        #expect(bytes == [UInt8](0..<16))
        let back = try bytes.withUnsafeBytes { try HashValue($0) }
        #expect(back.isEqual(to: value))
    }
}
