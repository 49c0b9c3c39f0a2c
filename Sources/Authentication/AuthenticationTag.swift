import Quantities
public import Secrets

/// What proves that a message comes from who shares the keys: its hash under a pad, 96 bits.
///
/// The first 96 coefficients of ``PolynomialHash`` under a secret, recycled key, XOR 96 bits of
/// pad that no other tag has ever had (Wegman and Carter, J. Comput. Syst. Sci. 22, 265, 1981).
/// Who does not know the keys makes another message, or another tag, pass with a chance of at most
/// (L+1) / 2^96 an attempt, L the blocks of the longer message, whatever tags he saw before: they
/// are uniform and independent of the hash key. For q attempts under one hash key it is q times
/// that. The message has to say what it is (see ``TranscriptHash``), or it can be played back.
public struct AuthenticationTag: Sendable, BitwiseCopyable {
    /// Bytes of a tag, and of pad that it burns.
    public static let size = 12

    private let low: UInt64
    // 32 bits of it are used.
    private let high: UInt64

    /// Tags a hash value.
    ///
    /// - Parameters:
    ///   - value: The hash of the message under the secret key.
    ///   - pad: ``size`` bytes, burnt: at either end never used before, nor after.
    public init(of value: HashValue, pad: UnsafeRawBufferPointer) throws(AuthenticationError) {
        guard pad.count == Self.size else { throw .padBytes(given: pad.count) }
        let padHigh = UInt32(littleEndian: pad.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        low = value.low ^ loadWord(pad, at: 0)
        high = (value.high ^ UInt64(widening: padHigh)) & 0xFFFF_FFFF
    }

    /// Tags a hash value with a pad kept as a secret.
    public init(of value: HashValue, pad: borrowing SecretBytes) throws(AuthenticationError) {
        self = try pad.withUnsafeBytes { pad throws(AuthenticationError) in
            try AuthenticationTag(of: value, pad: pad)
        }
    }

    /// The tag that a message carries in these bytes.
    public init(_ bytes: UnsafeRawBufferPointer) throws(AuthenticationError) {
        guard bytes.count == Self.size else {
            throw .tagBytes(given: bytes.count, needed: Self.size)
        }
        low = loadWord(bytes, at: 0)
        high = UInt64(
            widening: UInt32(
                littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
    }

    /// Writes the tag to ``size`` bytes.
    public func put(in bytes: UnsafeMutableRawBufferPointer) throws(AuthenticationError) {
        guard bytes.count == Self.size else {
            throw .tagBytes(given: bytes.count, needed: Self.size)
        }
        storeWord(low, in: bytes, at: 0)
        let rest = UInt32(truncatingIfNeeded: high)
        bytes.baseAddress?.storeBytes(of: rest.littleEndian, toByteOffset: 8, as: UInt32.self)
    }

    /// Whether this tag, as received, is the one expected; the time does not depend on either.
    ///
    /// Without it nothing of the message is to be believed.
    public func isEqual(to expected: AuthenticationTag) -> Bool {
        (low ^ expected.low) | (high ^ expected.high) == 0
    }

    /// The chance that one attempt to forge a tag succeeds: (blocks + 1) / 2^96, at most 1.
    ///
    /// - Parameter blocks: L: blocks of 16 bytes of the longest message taken.
    public static func forgeryBound(blocks: UInt64) -> Double {
        min(1, (Double(nearest: blocks) + 1) * 0x1p-96)
    }
}
