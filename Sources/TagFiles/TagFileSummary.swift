public import TimeTags

/// What a recording holds: the result of reading it through once.
public struct TagFileSummary: Sendable {
    /// The recording's format.
    public var format: TagFormat
    /// Size of the file; 0 if it has none, as a pipe.
    public var bytes: Int64
    /// What the decoder counted.
    public var counters = DecodeCounters()
    /// Length of the format's tick.
    public var tick = TickScale.picosecond
    /// Detections per channel number, 256 entries.
    public var detections = [Int64](repeating: 0, count: 256)
    /// Records of kind `marker`.
    public var markers: Int64 = 0
    /// Times of the first and the last detection, ps.
    public var span: (first: Int64, last: Int64)?
    /// Detections earlier than one before them.
    public var outOfOrder: Int64 = 0
    /// The largest such step back, ps.
    public var largestStepBack: Int64 = 0
    /// Time within loss records, ps.
    public var timeLost: Int64 = 0
    /// The first damage, as an error to show.
    public var damage: TagFileError?

    private var latest = Int64.min
    private var lossStart = Int64(0)

    /// Nothing read yet.
    public init(format: TagFormat, bytes: Int64) {
        self.format = format
        self.bytes = bytes
    }

    /// Time from the first to the last detection, ps.
    public var duration: Int64 {
        guard let span else { return 0 }
        let (length, overflow) = span.last.subtractingReportingOverflow(span.first)
        return overflow ? .max : length
    }

    /// Adds a batch of tags, in the order of the recording.
    public mutating func add(_ batch: UnsafeBufferPointer<TimeTag>) {
        for tag in batch {
            switch tag.kind {
            case .detection: addDetection(tag)
            case .marker: markers += 1
            case .lossBegin: lossStart = tag.time
            case .lossEnd: timeLost &+= max(0, tag.time &- lossStart)
            default: break
            }
        }
    }

    private mutating func addDetection(_ tag: TimeTag) {
        detections[Int(tag.channel)] += 1
        span = (span?.first ?? tag.time, tag.time)
        if tag.time < latest {
            outOfOrder += 1
            largestStepBack = max(largestStepBack, latest &- tag.time)
        } else {
            latest = tag.time
        }
    }
}
