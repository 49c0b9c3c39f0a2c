import Authentication
import Quantities
import Sifting
import Wire

/// A block that did not decode, told in clear, piece by piece.
enum Disclosure {
    /// Bits in one answer.
    static let largestBits = 8 * 16_000
}

/// The seed of privacy amplification, sent piece by piece.
enum SeedTransfer {
    /// Bytes in one request.
    static let largestBytes = 16_000

    /// Bytes of the seed for a Toeplitz matrix from `bits` to `keyBytes`.
    static func byteCount(bits: Int, keyBytes: Int) -> Int { (bits + 8 * keyBytes - 1 + 7) / 8 }
}

extension WindowLedger {
    /// Notes that one end confirms the key called `name`, and gives the value to sign.
    mutating func confirm(
        _ name: KeyIdentifier, _ direction: MessageDirection, sequence: UInt32, session: UInt32,
        key: borrowing HashKey
    ) -> HashValue {
        withUnsafeTemporaryAllocation(byteCount: KeyIdentifier.size, alignment: 8) { bytes in
            bytes.put(name.low, at: 0)
            bytes.put(name.high, at: 8)
            note(
                .confirmation, direction, sequence: sequence, UnsafeRawBufferPointer(bytes),
                session: session, key: key)
        }
        return value(key: key)
    }

    /// Notes what was said about a part of an epoch that both ends keep.
    mutating func note(
        _ hashes: PartHashes, ofEpoch epoch: UInt32, session: UInt32, key: borrowing HashKey
    ) {
        withUnsafeTemporaryAllocation(byteCount: PartHashes.size, alignment: 8) { bytes in
            hashes.put(in: bytes)
            note(
                .epochPart, .up, sequence: epoch, UnsafeRawBufferPointer(bytes),
                session: session, key: key)
        }
    }
}
