import Quantities

/// Turns a tagger's bytes into time tags, with fixed memory and any split of the bytes.
///
/// For users: hand in the bytes that you have; the decoder takes whole units off the front and says
/// how many bytes that was. Keep the rest, add what comes next behind it, and call again. The tags
/// are the same for every way of splitting the bytes. At the end of the input call
/// ``finish(_:into:)`` with what is left.
///
/// For implementers: state has a fixed size; a fault in the input becomes a loss record and a
/// count, never a trap; every call makes progress if it has ``largestUnit`` bytes of input and
/// ``smallestOutput`` free places.
public protocol TagDecoder: Sendable {
    /// Free places in the output without which a call may do nothing.
    static var smallestOutput: Int { get }

    /// Most bytes that a call may leave untouched for want of more.
    static var largestUnit: Int { get }

    /// What has been seen so far.
    var counters: DecodeCounters { get }

    /// Decodes as many whole units of `input` as there are and fit into `output`.
    mutating func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<TimeTag>
    ) -> DecodeProgress

    /// Decodes what is left when no more bytes will come; a cut unit becomes a loss record.
    ///
    /// Call again with the rest until all bytes are consumed.
    mutating func finish(
        _ leftover: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<TimeTag>
    ) -> DecodeProgress
}

/// How far one call of a decoder came.
public struct DecodeProgress: Equatable, Sendable, BitwiseCopyable {
    /// Bytes taken off the front of the input.
    public var bytesConsumed: Int
    /// Tags written to the front of the output.
    public var tagsWritten: Int

    /// A progress of so many bytes and tags.
    @inlinable public init(bytesConsumed: Int, tagsWritten: Int) {
        self.bytesConsumed = bytesConsumed
        self.tagsWritten = tagsWritten
    }
}

/// What is wrong with the bytes of a tag stream.
public enum DecodeFault: UInt8, Equatable, Sendable, BitwiseCopyable {
    /// The bytes do not begin as this format does.
    case wrongKind = 1
    /// The header is damaged, or lacks an entry that decoding needs.
    case badHeader = 2
    /// The header names a record type that is not a T2 type; `value` is its code.
    case unsupportedRecordType = 3
    /// The header's time unit is not between 1 fs and 1 ms.
    case badResolution = 4
    /// A checksum did not match.
    case checksum = 5
    /// Bytes made no sense and were skipped up to the next good record.
    case resynchronised = 6
    /// Frames are missing; `value` is the sequence number that was found.
    case sequenceGap = 7
    /// A record has a meaning that the format does not define; `value` is the record.
    case unknownRecord = 8
    /// Time ran backwards by more than the format's disorder.
    case timeReversed = 9
    /// The input ended inside a record.
    case truncated = 10
    /// The tagger says that it lost tags.
    case taggerOverflow = 11
    /// The records make sense only with their bytes the other way round.
    case wrongByteOrder = 12

    /// Whether nothing after this fault can be decoded.
    @inlinable public var isFatal: Bool { rawValue <= DecodeFault.badResolution.rawValue }

    /// Whether the bytes themselves are wrong, and do not only tell of tags lost before them.
    @inlinable public var isDamage: Bool { self != .sequenceGap && self != .taggerOverflow }
}

/// Where and what the first fault of a tag stream is.
public struct FaultRecord: Equatable, Sendable, BitwiseCopyable {
    /// What is wrong.
    public var fault: DecodeFault
    /// Offset of the faulty unit from the first byte of the input.
    public var offset: Int64
    /// The offending value, as the fault describes it; 0 if it has none.
    public var value: UInt64

    /// A record with every field given.
    @inlinable public init(fault: DecodeFault, offset: Int64, value: UInt64) {
        self.fault = fault
        self.offset = offset
        self.value = value
    }
}

/// What a decoder has seen since it began.
public struct DecodeCounters: Equatable, Sendable, BitwiseCopyable {
    /// Bytes taken off the input.
    public var bytes: Int64 = 0
    /// Records understood, of every kind.
    public var records: Int64 = 0
    /// Detections among them.
    public var detections: Int64 = 0
    /// Places where tags may be missing: pairs of loss records written.
    public var losses: Int64 = 0
    /// Tags lost as far as their number is known.
    public var tagsLost: Int64 = 0
    /// Roll-over records written.
    public var rollOvers: Int64 = 0
    /// Records with a meaning that the format does not define; they yield no tag.
    public var unknownRecords: Int64 = 0
    /// Bytes that made no sense and were skipped.
    public var skippedBytes: Int64 = 0
    /// The first damage in the input, or if there is none the first loss, if any.
    public var firstFault: FaultRecord?
    /// The fault after which nothing could be decoded, if any; the decoder then consumes nothing.
    public var fatalFault: FaultRecord?

    /// Nothing seen yet.
    @inlinable public init() {}

    /// Notes a fault `ahead` bytes after what has been consumed.
    mutating func note(_ fault: DecodeFault, ahead: Int, value: UInt64 = 0) {
        let record = FaultRecord(
            fault: fault, offset: bytes &+ Int64(widening: ahead), value: value)
        let isFirst = firstFault == nil || (firstFault?.fault.isDamage == false && fault.isDamage)
        if isFirst { firstFault = record }
        if fault.isFatal, fatalFault == nil { fatalFault = record }
    }
}
