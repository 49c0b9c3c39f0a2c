import Authentication
import Secrets

/// The Wegman-Carter tag of a one-time pad message: ``PolynomialHash`` under 128 bits of pad.
///
/// Hash key and pad are used for this one message. A forger who has seen it succeeds with a chance
/// of at most (L+1) / 2^128, L the blocks of 16 bytes in the message.
enum OneTimePadTag {
    static let keyBytes = HashKey.size
    static let padBytes = HashValue.size

    /// Writes the tag of `message` to `tag`, 16 bytes; `secret` is hash key and pad.
    static func make(
        _ message: UnsafeRawBufferPointer, secret: UnsafeRawBufferPointer,
        tag: UnsafeMutableRawBufferPointer
    ) {
        precondition(secret.count == keyBytes + padBytes && tag.count == padBytes)
        do throws(AuthenticationError) {
            let key = try HashKey(copying: UnsafeRawBufferPointer(rebasing: secret[..<keyBytes]))
            try key.hash(message).put(in: tag)
        } catch {
            preconditionFailure("hash key and tag have 16 bytes")
        }
        for index in 0..<padBytes { tag[index] ^= secret[keyBytes + index] }
    }
}
