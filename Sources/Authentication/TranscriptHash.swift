import Quantities

/// A running hash of all that two ends said to one another, in order.
///
/// Both ends that saw the same records in the same order have the same value; any other kind,
/// direction, window, sequence number, session, content or order makes another string, and so
/// another value but for the chance of ``PolynomialHash``. Every record begins at a block of
/// 16 bytes and takes, little-endian: kind (1 byte), direction (1), form (1: 0 content, 1 digest),
/// zero (1), window (4), sequence (8), session (8), bytes of content (8); then the content, filled
/// up with zeros to whole blocks. Reading from the front, the length says where the next record
/// begins, so that no two lists of records are the same string.
///
/// In two levels, long messages are hashed each for itself as they come, in any order and with
/// key 1, and their values put into the transcript with key 2 (``append(_:digest:ofBytes:key:)``).
/// Two transcripts that differ in the content of a message of up to L1 blocks, with T blocks of
/// transcript, have the same t bits of value with a chance of at most
/// (L1+1) / 2^128 + (T+1) / 2^t: either the differing message's values meet under key 1, or two
/// different transcripts meet under key 2 (Wegman and Carter, J. Comput. Syst. Sci. 22, 265, 1981,
/// section 3: composing universal classes adds their epsilons). The two keys are independent. The
/// values of both levels stay as secret as their keys.
public struct TranscriptHash: ~Copyable, Sendable {
    private var hash: PolynomialHash

    /// Records appended since the start.
    public private(set) var recordCount: UInt64 = 0

    /// The hash of no records.
    ///
    /// - Parameter portably: Whether to do without special instructions; the bits are the same.
    public init(portably: Bool = false) { hash = PolynomialHash(portably: portably) }

    /// T: blocks of 16 bytes so far.
    public var blockCount: UInt64 { hash.blockCount }

    /// Appends a record with its content, any bytes, perhaps none.
    ///
    /// - Parameter key: The same for every call until the hash is closed.
    public mutating func append(
        _ record: TranscriptRecord, _ content: UnsafeRawBufferPointer, key: borrowing HashKey
    ) {
        appendHead(record, form: 0, byteCount: UInt64(widening: content.count), key: key)
        hash.append(content, key: key)
        let excess = content.count & 15
        if excess > 0 { appendZeros(16 - excess, key: key) }
        recordCount &+= 1
    }

    /// Appends a record whose content was hashed for itself, under another key.
    ///
    /// - Parameters:
    ///   - digest: The value of its content under key 1.
    ///   - byteCount: Bytes of that content.
    ///   - key: Key 2, the same for every call until the hash is closed.
    public mutating func append(
        _ record: TranscriptRecord, digest: HashValue, ofBytes byteCount: UInt64,
        key: borrowing HashKey
    ) {
        appendHead(record, form: 1, byteCount: byteCount, key: key)
        appendWords(digest.low, digest.high, key: key)
        recordCount &+= 1
    }

    /// The value of the records so far, after which more may be appended.
    public borrowing func value(key: borrowing HashKey) -> HashValue { hash.value(key: key) }

    /// Ends the transcript.
    ///
    /// - Returns: The value of all records; the hash is that of no records again.
    public mutating func close(key: borrowing HashKey) -> HashValue {
        recordCount = 0
        return hash.close(key: key)
    }

    private mutating func appendHead(
        _ record: TranscriptRecord, form: UInt8, byteCount: UInt64, key: borrowing HashKey
    ) {
        let kinds =
            UInt64(widening: record.kind) | UInt64(widening: record.direction) &<< 8
            | UInt64(widening: form) &<< 16
        appendWords(kinds | UInt64(widening: record.window) &<< 32, record.sequence, key: key)
        appendWords(record.session, byteCount, key: key)
    }

    private mutating func appendZeros(_ count: Int, key: borrowing HashKey) {
        var zeros: (UInt64, UInt64) = (0, 0)
        withUnsafeBytes(of: &zeros) { zeros in
            hash.append(UnsafeRawBufferPointer(rebasing: zeros[..<count]), key: key)
        }
    }

    private mutating func appendWords(_ low: UInt64, _ high: UInt64, key: borrowing HashKey) {
        var words = (low.littleEndian, high.littleEndian)
        withUnsafeBytes(of: &words) { words in hash.append(words, key: key) }
    }
}
