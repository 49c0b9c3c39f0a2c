/// SHA-256 (FIPS 180-4) that lives in its own value and so never allocates.
///
/// For the steady path, where a digest object on the heap per message is one too many; gives what
/// swift-crypto's gives.
struct InlineSHA256: Sendable {
    /// Bytes of a block.
    static let blockSize = 64

    // Fractional parts of the cube roots of the first 64 primes (FIPS 180-4, section 4.2.2).
    private static let constants: InlineArray<64, UInt32> = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
        0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
        0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
        0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
        0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
        0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
        0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
        0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
        0xc671_78f2,
    ]

    private var state: SIMD8<UInt32> = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
        0x5be0_cd19,
    ]
    private var block = InlineArray<64, UInt8>(repeating: 0)
    private var filled = 0
    private var length: UInt64 = 0

    /// Takes in `bytes`.
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { update(byte) }
    }

    /// Takes in one byte.
    mutating func update(_ byte: UInt8) {
        length &+= 1
        append(byte)
    }

    /// The digest of all taken in, as eight big-endian words; the value is spent then.
    mutating func finish() -> SIMD8<UInt32> {
        let bits = length &* 8
        append(0x80)
        while filled != Self.blockSize - 8 { append(0) }
        for byte in 0..<8 { append(UInt8(truncatingIfNeeded: bits &>> UInt64(56 - 8 * byte))) }
        return state
    }

    private mutating func append(_ byte: UInt8) {
        block[filled] = byte
        filled += 1
        if filled == Self.blockSize {
            compress()
            filled = 0
        }
    }

    private mutating func compress() {
        var words = InlineArray<16, UInt32>(repeating: 0)
        for index in 0..<16 {
            words[index] =
                UInt32(block[4 * index]) &<< 24 | UInt32(block[4 * index + 1]) &<< 16
                | UInt32(block[4 * index + 2]) &<< 8 | UInt32(block[4 * index + 3])
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for round in 0..<64 {
            if round >= 16 { Self.extend(&words, at: round) }
            let choice = (e & f) ^ (~e & g)
            let majority = (a & b) ^ (a & c) ^ (b & c)
            let first =
                h &+ (Self.turn(e, 6) ^ Self.turn(e, 11) ^ Self.turn(e, 25)) &+ choice
                &+ Self.constants[round] &+ words[round & 15]
            let second = (Self.turn(a, 2) ^ Self.turn(a, 13) ^ Self.turn(a, 22)) &+ majority
            (h, g, f, e) = (g, f, e, d &+ first)
            (d, c, b, a) = (c, b, a, first &+ second)
        }
        state &+= SIMD8(a, b, c, d, e, f, g, h)
    }

    /// The message schedule, kept for the last 16 rounds only.
    private static func extend(_ words: inout InlineArray<16, UInt32>, at round: Int) {
        let early = words[(round + 1) & 15]
        let late = words[(round + 14) & 15]
        let s0 = turn(early, 7) ^ turn(early, 18) ^ early &>> 3
        let s1 = turn(late, 17) ^ turn(late, 19) ^ late &>> 10
        words[round & 15] = words[round & 15] &+ s0 &+ words[(round + 9) & 15] &+ s1
    }

    private static func turn(_ word: UInt32, _ by: UInt32) -> UInt32 {
        word &>> by | word &<< (32 &- by)
    }
}

extension InlineSHA256 {
    /// HMAC (RFC 2104) of `counter`, little-endian, under a key of 32 bytes.
    static func authenticationCode(
        of counter: UInt64, key: UnsafeRawBufferPointer
    ) -> SIMD8<UInt32> {
        var inner = InlineSHA256()
        var outer = InlineSHA256()
        for index in 0..<blockSize {
            let byte = index < key.count ? key[index] : 0
            inner.update(byte ^ 0x36)
            outer.update(byte ^ 0x5C)
        }
        for byte in 0..<8 {
            inner.update(UInt8(truncatingIfNeeded: counter &>> UInt64(8 * byte)))
        }
        let first = inner.finish()
        for index in 0..<8 {
            for byte in 0..<4 {
                outer.update(UInt8(truncatingIfNeeded: first[index] &>> UInt32(24 - 8 * byte)))
            }
        }
        return outer.finish()
    }
}
