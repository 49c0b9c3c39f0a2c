import CHardware
import Secrets

/// The Wegman-Carter tag of a one-time pad message: a polynomial over GF(2^128) under a pad.
///
/// Hash key and pad are used for this one message. Over blocks m of 16 bytes, the last padded with
/// zeros, and a last block with the number of bits: m_1 k^(L+1) + ... + m_L k^2 + bits k, modulo
/// x^128 + x^7 + x^2 + x + 1, bit i of a block the coefficient of x^i. A forger who has seen the
/// message succeeds with a chance of at most (L+1) / 2^128.
enum OneTimePadTag {
    static let keyBytes = 16
    static let padBytes = 16

    /// Writes the tag of `message` to `tag`, 16 bytes; `secret` is hash key and pad.
    static func make(
        _ message: UnsafeRawBufferPointer, secret: UnsafeRawBufferPointer,
        tag: UnsafeMutableRawBufferPointer
    ) {
        precondition(secret.count == keyBytes + padBytes && tag.count == padBytes)
        var sum = (UInt64(0), UInt64(0))
        var key = (word(secret, 0), word(secret, 8))
        let whole = message.count / 16
        absorb(UnsafeRawBufferPointer(rebasing: message[..<(16 * whole)]), key: key, sum: &sum)
        var last = [UInt8](repeating: 0, count: 16)
        for (index, byte) in message[(16 * whole)...].enumerated() { last[index] = byte }
        if message.count % 16 != 0 { last.withUnsafeBytes { absorb($0, key: key, sum: &sum) } }
        var length = (UInt64(message.count) &<< 3, UInt64(message.count) &>> 61)
        length = (length.0.littleEndian, length.1.littleEndian)
        withUnsafeBytes(of: length) { absorb($0, key: key, sum: &sum) }
        tag.storeBytes(of: (sum.0 ^ word(secret, 16)).littleEndian, as: UInt64.self)
        tag.storeBytes(
            of: (sum.1 ^ word(secret, 24)).littleEndian, toByteOffset: 8, as: UInt64.self)
        withUnsafeMutableBytes(of: &key) { wipe($0) }
        withUnsafeMutableBytes(of: &sum) { wipe($0) }
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// a = (a + block) key for each block of `blocks`, whole ones.
    private static func absorb(
        _ blocks: UnsafeRawBufferPointer, key: (UInt64, UInt64), sum: inout (UInt64, UInt64)
    ) {
        guard lodestar_has_carryless_multiply() == 1 else {
            for block in stride(from: 0, to: blocks.count, by: 16) {
                let (low, high) = (word(blocks, block), word(blocks, block + 8))
                sum = product((sum.0 ^ low, sum.1 ^ high), key)
            }
            return
        }
        let keyWords = [key.0, key.1]
        var sumWords = [sum.0, sum.1]
        lodestar_polynomial_hash(&sumWords, keyWords, blocks.baseAddress, blocks.count / 16)
        sum = (sumWords[0], sumWords[1])
    }

    static func product(
        _ a: (UInt64, UInt64), _ b: (UInt64, UInt64)
    ) -> (UInt64, UInt64) {
        let low = carrylessProduct(a.0, b.0)
        let high = carrylessProduct(a.1, b.1)
        var middle = CarrylessSum()
        middle.add(a.0, b.1)
        middle.add(a.1, b.0)
        let (w0, w3) = (low.low, high.high)
        let w1 = low.high ^ middle.value.low
        let w2 = high.low ^ middle.value.high
        // x^128 = x^7 + x^2 + x + 1: the upper words fold down, the topmost first.
        let top = carrylessProduct(w3, 0x87)
        let next = carrylessProduct(w2 ^ top.high, 0x87)
        return (w0 ^ next.low, w1 ^ top.low ^ next.high)
    }
}
