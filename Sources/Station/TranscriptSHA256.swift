import Crypto
public import Sifting
public import Wire

/// SHA-256 behind the core's digest protocol, without a digest object on the heap.
public struct TranscriptSHA256: TranscriptDigest {
    private var hash = InlineSHA256()

    /// A digest of nothing yet.
    public init() {}

    /// Takes in `bytes`.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) { hash.update(bytes) }

    /// The digest of all taken in.
    public mutating func finish() -> TranscriptValue {
        let words = hash.finish()
        // Digest bytes are big-endian words; a half is eight of those bytes, read little-endian.
        func half(_ at: Int) -> UInt64 {
            UInt64(words[at].byteSwapped) | UInt64(words[at + 1].byteSwapped) &<< 32
        }
        return TranscriptValue(
            first: ShortDigest(low: half(0), high: half(2)),
            second: ShortDigest(low: half(4), high: half(6)))
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
    var text: String { hash.finalize().digits }
}

extension SHA256.Digest {
    /// Sixty-four hexadecimal digits.
    var digits: String {
        map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
