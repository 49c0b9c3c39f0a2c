import Quantities

/// Decodes quTAG binary recordings: 10-byte records of a 64-bit time in ps and a 16-bit channel.
///
/// A 40-byte header is skipped if the first records make sense only behind it.
public struct QuTAGDecoder: TagDecoder {
    /// One record.
    @inlinable public static var smallestOutput: Int { 8 }
    /// The header and four records, from which its presence is found.
    @inlinable public static var largestUnit: Int { 80 }
    /// Bytes of a record.
    static var recordSize: Int { 10 }
    /// Bytes of the header, found from a public recording: times rise from there on.
    static var headerSize: Int { 40 }

    /// What has been seen or written so far.
    public private(set) var counters = DecodeCounters()
    private var hasBegun: Bool
    private var writer = EventWriter()
    private var hasRecord = false

    /// A decoder at the start of a file, or with `isBare` of records without a header.
    public init(isBare: Bool = false) { hasBegun = isBare }

    /// Decodes whole units of `input`; see ``TagDecoder``.
    public mutating func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<TimeTag>
    ) -> DecodeProgress {
        run(input, into: output, isLast: false)
    }

    /// Deals with what is left at the end; call again until all is consumed.
    public mutating func finish(
        _ leftover: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<TimeTag>
    ) -> DecodeProgress {
        let progress = run(leftover, into: output, isLast: true)
        return writer.finish(
            progress, through: leftover, recordSize: Self.recordSize, counters: &counters,
            into: output)
    }

    private mutating func run(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<TimeTag>,
        isLast: Bool
    ) -> DecodeProgress {
        var sink = TagSink(output)
        var offset = 0
        if !hasBegun {
            guard isLast || input.count >= Self.largestUnit else {
                return DecodeProgress(bytesConsumed: 0, tagsWritten: 0)
            }
            hasBegun = true
            if !Self.looksLikeRecords(input, from: 0) {
                if Self.hasHeader(input) {
                    offset = Self.headerSize
                    counters.bytes &+= Int64(widening: offset)
                } else if Self.looksReversed(input) {
                    counters.note(.wrongByteOrder, ahead: 0)
                }
            }
        }
        while offset &+ Self.recordSize <= input.count, sink.space >= Self.smallestOutput {
            let time = UInt64(
                littleEndian: input.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let channel = UInt16(
                littleEndian: input.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt16.self))
            take(time: time, channel: channel, into: &sink)
            offset &+= Self.recordSize
            counters.bytes &+= Int64(widening: Self.recordSize)
        }
        return DecodeProgress(bytesConsumed: offset, tagsWritten: sink.count)
    }

    /// Whether records begin behind a header, and not just behind one damaged record.
    private static func hasHeader(_ input: UnsafeRawBufferPointer) -> Bool {
        guard input.count >= headerSize, looksLikeRecords(input, from: headerSize) else {
            return false
        }
        // A header has no three records with times that rise, each above the one before.
        return !looksLikeRecords(input, from: recordSize, count: 3, disorder: -1)
    }

    /// Whether `input`, the front of a recording, has the most significant bytes first.
    public static func looksReversed(_ input: UnsafeRawBufferPointer) -> Bool {
        input.count >= 4 &* recordSize
            && (looksLikeRecords(input, from: 0, disorder: -1, isReversed: true)
                || (input.count >= largestUnit
                    && looksLikeRecords(input, from: headerSize, disorder: -1, isReversed: true)))
    }

    /// Whether up to `count` records from `start` have small channels and rising times.
    ///
    /// - Parameters:
    ///   - disorder: How far a time may lie before the last, ps; -1: each lies after it.
    ///   - isReversed: Whether to take the most significant byte first.
    static func looksLikeRecords(
        _ input: UnsafeRawBufferPointer, from start: Int, count: Int = 4,
        disorder: Int64 = EventWriter.disorder, isReversed: Bool = false
    ) -> Bool {
        var offset = start
        var last: Int64?
        for _ in 0..<count where offset &+ recordSize <= input.count {
            var time = Int64(
                littleEndian: input.loadUnaligned(fromByteOffset: offset, as: Int64.self))
            var channel = UInt16(
                littleEndian: input.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt16.self))
            if isReversed {
                time = time.byteSwapped
                channel = channel.byteSwapped
            }
            guard channel < 256, time >= 0 else { return false }
            if let last, last &- time > disorder { return false }
            last = time
            offset &+= recordSize
        }
        return true
    }

    private mutating func take(time: UInt64, channel: UInt16, into sink: inout TagSink) {
        guard channel < 256, time &>> 63 == 0 else {
            counters.unknownRecords &+= 1
            counters.note(
                .unknownRecord, ahead: 0, value: channel < 256 ? time : UInt64(widening: channel))
            return
        }
        counters.records &+= 1
        let ticks = Int64(bitPattern: time)
        let isReversed = hasRecord && writer.lastTime &- ticks > EventWriter.disorder
        hasRecord = true
        writer.open(
            at: ticks, isReversed: isReversed, wraps: 0, wrapTime: 0, ahead: 0,
            counters: &counters, into: &sink)
        sink.put(TimeTag(time: ticks, channel: UInt8(truncatingIfNeeded: channel)))
        counters.detections &+= 1
    }
}
