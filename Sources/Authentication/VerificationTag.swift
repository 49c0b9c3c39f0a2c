import Quantities

/// What shows that two keys are the same after reconciliation: 64 bits of their hash.
///
/// The first 64 coefficients of ``PolynomialHash`` under a key sent in clear, which is drawn
/// uniformly once neither key can change any more. Two keys that differ have the same tag with a
/// chance of at most (L+1) / 2^64, L the blocks of the longer: 4.2e-16 for 1 Mbit. Sent in clear it
/// discloses its 64 bits, all of which count as leak; after a failure the next has a new hash key.
/// That it came from the other end is for an ``AuthenticationTag`` to show.
public struct VerificationTag: Sendable, BitwiseCopyable {
    /// Bytes of a tag.
    public static let size = 8
    /// Bits that it discloses.
    public static let disclosedBits = 64

    /// The 64 coefficients, lowest bit first.
    public let rawValue: UInt64

    /// The tag with this number.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The tag of a hash value.
    public init(of value: HashValue) { rawValue = value.low }

    /// The tag that a message carries in these bytes.
    public init(_ bytes: UnsafeRawBufferPointer) throws(AuthenticationError) {
        guard bytes.count == Self.size else {
            throw .tagBytes(given: bytes.count, needed: Self.size)
        }
        rawValue = loadWord(bytes, at: 0)
    }

    /// Writes the tag to ``size`` bytes.
    public func put(in bytes: UnsafeMutableRawBufferPointer) throws(AuthenticationError) {
        guard bytes.count == Self.size else {
            throw .tagBytes(given: bytes.count, needed: Self.size)
        }
        storeWord(rawValue, in: bytes, at: 0)
    }

    /// Whether both are the same, in a time that does not depend on them.
    public func isEqual(to other: VerificationTag) -> Bool { rawValue ^ other.rawValue == 0 }

    /// The chance that unlike keys pass: (blocks + 1) / 2^64, at most 1.
    ///
    /// - Parameter blocks: L: blocks of 16 bytes of the longer key.
    public static func collisionBound(blocks: UInt64) -> Double {
        min(1, (Double(nearest: blocks) + 1) * 0x1p-64)
    }
}
