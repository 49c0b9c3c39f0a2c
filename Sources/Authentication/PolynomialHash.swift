import Quantities

#if !hasFeature(Embedded) && canImport(CHardware)
    import CHardware
#endif

/// A running hash of a byte string: a polynomial over GF(2^128) with the key for its variable.
///
/// Over GF(2)[x] / (x^128 + x^7 + x^2 + x + 1): the bytes m, padded with zeros to L blocks of
/// 16 bytes, and a last block with their number of bits (little-endian, 128 bits) are the
/// coefficients; H(m) = m_1 k^(L+1) + ... + m_L k^2 + bits k. Bit i of a block is bit i mod 8 of
/// byte i / 8 and the coefficient of x^i.
///
/// The block of bits makes different strings different polynomials, also where one is the other
/// and zeros. There is no constant term, so that H(m) + H(m') = d has at most L+1 solutions k
/// for any m and m' that differ and any d, L the blocks of the longer: over a uniform k that is a
/// chance of at most (L+1) / 2^128, and (L+1) / 2^t where only t bits are compared. The hash is
/// almost XOR-universal (Krawczyk, CRYPTO '94; for strings of unlike length Bibak, Kapron and
/// Srinivasan, EPJ Quantum Technol. 9, 8, 2022).
///
/// The same bits by carry-less multiplication instructions and without. The running value is as
/// secret as the key; ``close(key:)`` leaves zeros.
public struct PolynomialHash: ~Copyable, Sendable {
    private var sum = FieldElement()
    // What has come of a block that is not full yet.
    private var pending = FieldElement()
    private let usesInstructions: Bool

    /// Bytes appended since the start.
    public private(set) var byteCount: UInt64 = 0

    /// The hash of no bytes.
    ///
    /// - Parameter portably: Whether to do without special instructions; the bits are the same.
    public init(portably: Bool = false) {
        #if !hasFeature(Embedded) && canImport(CHardware)
            usesInstructions = !portably && lodestar_has_carryless_multiply() == 1
        #else
            usesInstructions = false
        #endif
    }

    /// L: blocks of 16 bytes appended so far, the last perhaps not full.
    public var blockCount: UInt64 { byteCount &>> 4 &+ (byteCount & 15 == 0 ? 0 : 1) }

    /// Appends `bytes`, any number; how a string is cut into calls makes no difference.
    ///
    /// - Parameter key: The same for every call until the hash is closed.
    public mutating func append(_ bytes: UnsafeRawBufferPointer, key: borrowing HashKey) {
        key.withUnsafeBytes { key in append(bytes, keyBytes: key) }
    }

    /// Ends the string.
    ///
    /// - Parameter key: The same as for ``append(_:key:)``.
    /// - Returns: H of all bytes appended; the hash is that of no bytes again.
    public mutating func close(key: borrowing HashKey) -> HashValue {
        let value = value(key: key)
        sum = FieldElement()
        pending = FieldElement()
        byteCount = 0
        return value
    }

    /// H of the bytes appended so far, after which more may be appended.
    public borrowing func value(key: borrowing HashKey) -> HashValue {
        var sum = sum
        let (pending, byteCount) = (pending, byteCount)
        key.withUnsafeBytes { key in
            if byteCount & 15 != 0 { sum.absorb(low: pending.low, high: pending.high, key: key) }
            // Bits, of which byteCount has three zeros less.
            sum.absorb(low: byteCount &<< 3, high: byteCount &>> 61, key: key)
        }
        return HashValue(low: sum.low, high: sum.high)
    }

    private mutating func append(
        _ bytes: UnsafeRawBufferPointer, keyBytes: UnsafeRawBufferPointer
    ) {
        var offset = 0
        while offset < bytes.count, byteCount & 15 != 0 {
            push(bytes[offset], key: keyBytes)
            offset += 1
        }
        let end = offset + (bytes.count - offset) / 16 * 16
        if end > offset {
            sum.absorb(
                UnsafeRawBufferPointer(rebasing: bytes[offset..<end]), key: keyBytes,
                usesInstructions: usesInstructions)
            byteCount &+= UInt64(widening: end - offset)
            offset = end
        }
        while offset < bytes.count {
            push(bytes[offset], key: keyBytes)
            offset += 1
        }
    }

    private mutating func push(_ byte: UInt8, key: UnsafeRawBufferPointer) {
        let shift = (byteCount & 7) &<< 3
        if byteCount & 8 == 0 {
            pending.low |= UInt64(widening: byte) &<< shift
        } else {
            pending.high |= UInt64(widening: byte) &<< shift
        }
        byteCount &+= 1
        guard byteCount & 15 == 0 else { return }
        sum.absorb(low: pending.low, high: pending.high, key: key)
        pending = FieldElement()
    }
}
