/// One record of a tag stream: a detection, or a note on the stream itself. 16 bytes.
public struct TimeTag: Equatable, Sendable, BitwiseCopyable {
    /// What a record says.
    public struct Kind: RawRepresentable, Equatable, Sendable, BitwiseCopyable {
        /// The code in the record.
        public var rawValue: UInt8
        /// The kind with code `rawValue`.
        @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// An edge on an input channel.
        public static let detection = Kind(rawValue: 0)
        /// Tags may be missing from this time on; `detail` says why, `count` how many if known.
        public static let lossBegin = Kind(rawValue: 1)
        /// The stream is whole again from this time on; `detail` and `count` as at the begin.
        public static let lossEnd = Kind(rawValue: 2)
        /// The tagger's counter wrapped here; `count` is by how many periods.
        public static let rollOver = Kind(rawValue: 3)
        /// A marker input or a foreign record kept for what it is; `detail` is its code.
        public static let marker = Kind(rawValue: 4)
    }

    /// Time on the tagger's clock since its zero, in ps.
    public var time: Int64
    /// Input channel as the tagger numbers it; 0 for records about the stream.
    public var channel: UInt8
    /// What this record says.
    public var kind: Kind
    /// Why tags were lost (``LossReason``), or a marker's code.
    public var detail: UInt16
    /// How many tags were lost, or by how many periods a counter wrapped; 0 if not known.
    public var count: UInt32

    /// A record with every field given.
    @inlinable public init(
        time: Int64, channel: UInt8, kind: Kind = .detection, detail: UInt16 = 0, count: UInt32 = 0
    ) {
        self.time = time
        self.channel = channel
        self.kind = kind
        self.detail = detail
        self.count = count
    }
}

/// Why tags are missing; the `detail` of a loss record.
public struct LossReason: RawRepresentable, Equatable, Sendable, BitwiseCopyable {
    /// The code in the record.
    public var rawValue: UInt16
    /// The reason with code `rawValue`.
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The tagger said that its own buffer ran over.
    public static let taggerOverflow = LossReason(rawValue: 1)
    /// Frames are missing by their sequence numbers.
    public static let sequenceGap = LossReason(rawValue: 2)
    /// A checksum did not match, and the frame was dropped.
    public static let checksum = LossReason(rawValue: 3)
    /// Bytes made no sense and were skipped up to the next good record.
    public static let resynchronised = LossReason(rawValue: 4)
    /// Time ran backwards by more than the disorder that the format allows.
    public static let timeReversed = LossReason(rawValue: 5)
    /// The input ended inside a record.
    public static let truncated = LossReason(rawValue: 6)
    /// The host's own buffer was full.
    public static let hostOverflow = LossReason(rawValue: 7)
    /// The tagger was gone or silent: unplugged, reset, stalled.
    public static let disconnected = LossReason(rawValue: 8)

    /// The reason in words.
    public var words: StaticString {
        switch self {
        case .taggerOverflow: "the tagger's memory was full"
        case .sequenceGap: "frames are missing"
        case .checksum: "a frame was damaged"
        case .resynchronised: "bytes made no sense"
        case .timeReversed: "time ran backwards"
        case .truncated: "the bytes end within a record"
        case .hostOverflow: "this computer was too slow"
        case .disconnected: "the tagger was gone"
        default: "unknown"
        }
    }
}
