/// Why the satellite will not answer an announcement.
public enum RefusalReason: UInt8, Equatable, Sendable, BitwiseCopyable {
    /// Another announcement for this part came first; that one stands.
    case contradiction = 1
    /// The digest does not fit the content: the two ends' passes differ in a parameter.
    case digest = 2
    /// The satellite has no memory left for this pass.
    case full = 3
    /// The pass was closed already.
    case closed = 4
    /// The announcement is well framed but its content makes no sense.
    case content = 5
}

/// The payload of a refusal: digest of the announcement (16 bytes), reason (1).
public struct RefusalPayload: Equatable, Sendable, BitwiseCopyable {
    /// Bytes of the payload.
    public static let size = 17
    /// Digest of the announcement refused.
    public var digest: ShortDigest
    /// Why.
    public var reason: RefusalReason

    /// A refusal with every field given.
    public init(digest: ShortDigest, reason: RefusalReason) {
        self.digest = digest
        self.reason = reason
    }

    /// Reads a payload.
    public init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
        guard payload.count == Self.size else {
            throw .payloadLength(stated: Self.size, present: payload.count)
        }
        guard let reason = RefusalReason(rawValue: payload[16]) else { throw .code(payload[16]) }
        self.init(digest: ShortDigest(payload), reason: reason)
    }

    /// Writes the payload.
    ///
    /// - Returns: Bytes written.
    public func put(in payload: UnsafeMutableRawBufferPointer) throws(WireError) -> Int {
        guard payload.count >= Self.size else {
            throw .room(needed: Self.size, given: payload.count)
        }
        digest.put(in: payload)
        payload[16] = reason.rawValue
        return Self.size
    }
}

/// The payload of a close: what the ground takes for agreed at the end of the pass.
///
/// Layout, little-endian: epochs (4 bytes), digest of the transcript (32), detections n by basis
/// and intensity (6 x 4), test-basis errors m by intensity (3 x 4), then one bit per epoch, the
/// first in bit 7 of the first byte: 1 if both ends keep it. The first epoch is 0.
public struct ClosePayload: Equatable, Sendable, BitwiseCopyable {
    /// Bytes before the bits.
    public static let headSize = 72
    /// Epochs per pass: 65,536 of 200 ms are 3.6 h, and fit into one message.
    public static let largestEpochCount: UInt32 = 65_536

    /// Epochs announced.
    public var epochCount: UInt32
    /// SHA-256 of the transcript of the epochs kept.
    public var transcript: TranscriptValue
    /// Detections and test errors over the epochs kept.
    public var counts: SiftCounts

    /// A close with every field given.
    public init(epochCount: UInt32, transcript: TranscriptValue, counts: SiftCounts) {
        self.epochCount = epochCount
        self.transcript = transcript
        self.counts = counts
    }

    /// Bytes of the whole payload.
    public var size: Int { Self.headSize + Int(epochCount + 7) / 8 }

    /// Reads a payload; its bits follow ``headSize``.
    public init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
        guard payload.count >= Self.headSize else { throw .payloadEnds(count: payload.count) }
        let epochs: UInt32 = payload.get(at: 0)
        guard epochs <= Self.largestEpochCount else {
            let stated = min(epochs, UInt32(Int32.max))
            throw .count(stated: Int(stated), present: payload.count)
        }
        self.init(
            epochCount: epochs, transcript: TranscriptValue(payload, at: 4),
            counts: SiftCounts(payload, at: 36))
        guard payload.count == size else {
            throw .payloadLength(stated: size, present: payload.count)
        }
    }

    /// Writes all but the bits, which it sets to 0.
    ///
    /// - Returns: Bytes of the payload.
    public func put(in payload: UnsafeMutableRawBufferPointer) throws(WireError) -> Int {
        guard payload.count >= size else { throw .room(needed: size, given: payload.count) }
        payload.put(epochCount, at: 0)
        transcript.put(in: payload, at: 4)
        counts.put(in: payload, at: 36)
        for index in Self.headSize..<size { payload[index] = 0 }
        return size
    }

    /// Whether the bit of `epoch` is set; `epoch` is below the payload's count.
    public static func keeps(_ epoch: UInt32, in payload: UnsafeRawBufferPointer) -> Bool {
        payload[headSize + Int(epoch / 8)] &>> (7 - UInt8(epoch % 8)) & 1 == 1
    }

    /// Sets the bit of `epoch`.
    public static func keep(_ epoch: UInt32, in payload: UnsafeMutableRawBufferPointer) {
        payload[headSize + Int(epoch / 8)] |= 1 &<< (7 - UInt8(epoch % 8))
    }
}

/// The payload of the answer to a close: status (1 byte), the satellite's transcript (32) and
/// counts (36).
public struct CloseReplyPayload: Equatable, Sendable, BitwiseCopyable {
    /// Whether the ends agree.
    public enum Status: UInt8, Equatable, Sendable, BitwiseCopyable {
        /// Both hold the same epochs and the same transcript.
        case agreed = 0
        /// The satellite lacks an epoch that the ground keeps.
        case epochMissing = 1
        /// The digests of the transcripts differ.
        case transcriptDiffers = 2
        /// Another close came first; that one stands.
        case contradiction = 3
    }

    /// Bytes of the payload.
    public static let size = 69
    /// Whether the ends agree.
    public var status: Status
    /// SHA-256 of the transcript as the satellite holds it.
    public var transcript: TranscriptValue
    /// Detections by basis and intensity as the satellite counts them; its m are the ground's.
    public var counts: SiftCounts

    /// An answer with every field given.
    public init(status: Status, transcript: TranscriptValue, counts: SiftCounts) {
        self.status = status
        self.transcript = transcript
        self.counts = counts
    }

    /// Reads a payload.
    public init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
        guard payload.count == Self.size else {
            throw .payloadLength(stated: Self.size, present: payload.count)
        }
        guard let status = Status(rawValue: payload[0]) else { throw .code(payload[0]) }
        self.init(
            status: status, transcript: TranscriptValue(payload, at: 1),
            counts: SiftCounts(payload, at: 33))
    }

    /// Writes the payload.
    ///
    /// - Returns: Bytes written.
    public func put(in payload: UnsafeMutableRawBufferPointer) throws(WireError) -> Int {
        guard payload.count >= Self.size else {
            throw .room(needed: Self.size, given: payload.count)
        }
        payload[0] = status.rawValue
        transcript.put(in: payload, at: 1)
        counts.put(in: payload, at: 33)
        return Self.size
    }
}

/// A whole SHA-256, 32 bytes.
public struct TranscriptValue: Equatable, Sendable, BitwiseCopyable {
    /// Bytes of the digest.
    public static let size = 32
    /// First 16 bytes.
    public var first: ShortDigest
    /// Last 16 bytes.
    public var second: ShortDigest

    /// The digest with these halves.
    public init(first: ShortDigest, second: ShortDigest) {
        self.first = first
        self.second = second
    }

    /// The digest at `offset`.
    public init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
        first = ShortDigest(bytes, at: offset)
        second = ShortDigest(bytes, at: offset + 16)
    }

    /// Writes the digest at `offset`.
    public func put(in bytes: UnsafeMutableRawBufferPointer, at offset: Int = 0) {
        first.put(in: bytes, at: offset)
        second.put(in: bytes, at: offset + 16)
    }
}

/// Sifted detections n by basis and intensity, and test-basis errors m by intensity.
public struct SiftCounts: Equatable, Sendable, BitwiseCopyable {
    /// Bytes on the wire.
    public static let size = 36
    /// n of basis b and intensity k at 3 b + k; b 0 rectilinear, k 0 signal, 1 decoy, 2 vacuum.
    public var detections: InlineArray<6, UInt32> = InlineArray(repeating: 0)
    /// m of the test basis by intensity.
    public var testErrors: InlineArray<3, UInt32> = InlineArray(repeating: 0)

    /// All 0.
    public init() {}

    /// The counts at `offset`.
    public init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
        for index in 0..<6 { detections[index] = bytes.get(at: offset + 4 * index) }
        for index in 0..<3 { testErrors[index] = bytes.get(at: offset + 24 + 4 * index) }
    }

    /// Writes the counts at `offset`.
    public func put(in bytes: UnsafeMutableRawBufferPointer, at offset: Int = 0) {
        for index in 0..<6 { bytes.put(detections[index], at: offset + 4 * index) }
        for index in 0..<3 { bytes.put(testErrors[index], at: offset + 24 + 4 * index) }
    }

    /// Sifted detections of `basis` (0 or 1) and `intensity` (0 to 2).
    public func detections(basis: UInt8, intensity: UInt8) -> UInt32 {
        detections[Int(basis) * 3 + Int(intensity)]
    }

    /// Counts one kept click; wraps at 2^32, 12 h at 100 kHz.
    public mutating func add(basis: UInt8, intensity: UInt8) {
        detections[Int(basis) * 3 + Int(intensity)] &+= 1
    }

    /// Adds `other`.
    public mutating func add(_ other: SiftCounts) {
        for index in 0..<6 { detections[index] &+= other.detections[index] }
        for index in 0..<3 { testErrors[index] &+= other.testErrors[index] }
    }

    /// All sifted detections of `basis`.
    public func total(basis: UInt8) -> UInt32 {
        detections(basis: basis, intensity: 0) &+ detections(basis: basis, intensity: 1)
            &+ detections(basis: basis, intensity: 2)
    }

    /// Whether every count is the same.
    public static func == (a: SiftCounts, b: SiftCounts) -> Bool {
        for index in 0..<6 where a.detections[index] != b.detections[index] { return false }
        for index in 0..<3 where a.testErrors[index] != b.testErrors[index] { return false }
        return true
    }
}
