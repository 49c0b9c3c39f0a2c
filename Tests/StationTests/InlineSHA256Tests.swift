import Crypto
import Testing

@testable import Station

/// The digest that does not allocate, against swift-crypto's.
struct InlineSHA256Tests {
    private func bytes(_ words: SIMD8<UInt32>) -> [UInt8] {
        (0..<32).map { UInt8(truncatingIfNeeded: words[$0 / 4] >> UInt32(24 - 8 * ($0 % 4))) }
    }

    @Test func messagesOfEveryLengthAboutABlockHashAsElsewhere() {
        for count in 0...200 {
            let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + count) }
            var hash = InlineSHA256()
            message.withUnsafeBytes { hash.update($0) }
            #expect(bytes(hash.finish()) == Array(SHA256.hash(data: message)))
        }
    }

    @Test func theTranscriptValueIsTheDigestInOrder() {
        var digest = TranscriptSHA256()
        Array("abc".utf8).withUnsafeBytes { digest.update($0) }
        let value = digest.finish()
        // FIPS 180-2, appendix B.1: ba7816bf 8f01cfea ...
        #expect(value.first.low == 0xEACF_018F_BF16_78BA)
    }

    @Test func squashBitsAreTheBitsOfHMACInCounterMode() {
        let key = SymmetricKey(data: [UInt8](0..<32))
        var random = SquashBits(seed: key)
        for counter in UInt64(0)..<3 {
            let message = withUnsafeBytes(of: counter.littleEndian) { Array($0) }
            let code = HMAC<SHA256>.authenticationCode(for: message, using: key)
            for byte in code {
                for bit in 0..<8 { #expect(random.nextBit() == byte >> UInt8(bit) & 1) }
            }
        }
    }
}
