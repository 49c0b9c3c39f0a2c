/// A value of ``PolynomialHash``, 128 bits.
///
/// Under a secret key it is as secret as the key: who knows the message too can solve for the key.
/// It goes under a pad (``AuthenticationTag``) and nowhere else. It has no description.
public struct HashValue: Sendable, BitwiseCopyable {
    /// Bytes of a value.
    public static let size = 16

    /// Coefficients of x^0 up to x^63, lowest bit first.
    public var low: UInt64
    /// Coefficients of x^64 up to x^127.
    public var high: UInt64

    /// The value with these coefficients.
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// The value that ``put(in:)`` wrote.
    public init(_ bytes: UnsafeRawBufferPointer) throws(AuthenticationError) {
        guard bytes.count == Self.size else {
            throw .tagBytes(given: bytes.count, needed: Self.size)
        }
        low = loadWord(bytes, at: 0)
        high = loadWord(bytes, at: 8)
    }

    /// Writes the value to ``size`` bytes, lowest coefficient first.
    public func put(in bytes: UnsafeMutableRawBufferPointer) throws(AuthenticationError) {
        guard bytes.count == Self.size else {
            throw .tagBytes(given: bytes.count, needed: Self.size)
        }
        storeWord(low, in: bytes, at: 0)
        storeWord(high, in: bytes, at: 8)
    }

    /// Whether both are the same, in a time that does not depend on them.
    public func isEqual(to other: HashValue) -> Bool {
        (low ^ other.low) | (high ^ other.high) == 0
    }
}

/// The little-endian word at `offset`, which lies inside with all its bytes.
@inline(__always)
func loadWord(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
}

/// Writes `word` little-endian at `offset`, where it has room.
@inline(__always)
func storeWord(_ word: UInt64, in bytes: UnsafeMutableRawBufferPointer, at offset: Int) {
    precondition(offset >= 0 && offset + 8 <= bytes.count)
    // Not the buffer's own `storeBytes`, which is taken for an allocation on 32-bit machines.
    bytes.baseAddress?.storeBytes(
        of: word.littleEndian, toByteOffset: offset, as: UInt64.self)
}
