import Crypto
public import Sifting
public import Wire

/// SHA-256 of swift-crypto behind the core's digest protocol.
public struct TranscriptSHA256: TranscriptDigest {
    private var hash = SHA256()

    /// A digest of nothing yet.
    public init() {}

    /// Takes in `bytes`.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        hash.update(bufferPointer: bytes)
    }

    /// The digest of all taken in.
    public mutating func finish() -> TranscriptValue {
        hash.finalize().withUnsafeBytes { bytes in
            func word(_ at: Int) -> UInt64 {
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            }
            return TranscriptValue(
                first: ShortDigest(low: word(0), high: word(8)),
                second: ShortDigest(low: word(16), high: word(24)))
        }
    }
}

/// The digest over everything that was sifted, so that a replay can show that it is the same.
///
/// Per kept click, in order: slot (8 bytes, little-endian), basis, bit, intensity (1 byte each).
struct SiftedDigest {
    private var hash = SHA256()

    mutating func add(_ clicks: UnsafeBufferPointer<SiftedClick>) {
        withUnsafeTemporaryAllocation(byteCount: 11 * clicks.count, alignment: 8) { bytes in
            for (index, click) in clicks.enumerated() {
                let at = 11 * index
                bytes.storeBytes(of: click.slot.littleEndian, toByteOffset: at, as: Int64.self)
                bytes[at + 8] = click.basis
                bytes[at + 9] = click.bit
                bytes[at + 10] = click.intensity
            }
            hash.update(bufferPointer: UnsafeRawBufferPointer(bytes))
        }
    }

    /// Sixty-four hexadecimal digits.
    var text: String {
        hash.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
