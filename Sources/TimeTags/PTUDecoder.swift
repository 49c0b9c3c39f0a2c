import Quantities

/// Decodes PicoQuant PTU files in T2 mode, header included, of every record type in
/// ``PTURecordType``.
///
/// Photons keep the file's channel number, 0 to 63; the sync input is channel
/// ``PTUChannel/sync``; markers are records of kind `marker` with the marker bits, 1 to 15, in
/// `detail`; each overflow record is a `rollOver` with the number of periods in `count`.
/// Time is the record's tick count times the header's global resolution, rounded half up to 1 ps.
public struct PTUDecoder: TagDecoder {
    /// One record makes one tag.
    @inlinable public static var smallestOutput: Int { 2 }
    /// One header entry.
    @inlinable public static var largestUnit: Int { 48 }

    /// What has been seen or written so far.
    public private(set) var counters = DecodeCounters()
    /// The record type, once the header has been read.
    public private(set) var recordType: PTURecordType?
    /// Length of a tick, once the header has been read.
    public private(set) var scale = TickScale.picosecond
    /// The number of records that the header promises; 0 if it was not known when written.
    public private(set) var promisedRecords: Int64 = 0
    private var header = PTUHeaderScanner()
    private var base: Int64 = 0
    private var lastTime: Int64 = 0
    private var hasToldCut = false

    /// A decoder at the start of a file.
    public init() {}

    /// A decoder of bare records, as they come from the device, without a header.
    public init(recordType: PTURecordType, scale: TickScale) {
        self.recordType = recordType
        self.scale = scale
    }

    /// Decodes whole units of `input`; see ``TagDecoder``.
    public mutating func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<TimeTag>
    ) -> DecodeProgress {
        var offset = 0
        while recordType == nil, counters.fatalFault == nil {
            let taken = takeHeader(UnsafeRawBufferPointer(rebasing: input[offset...]))
            guard taken > 0 else { break }
            offset &+= taken
        }
        guard let recordType else { return DecodeProgress(bytesConsumed: offset, tagsWritten: 0) }
        var sink = TagSink(output)
        let limit = promisedRecords > 0 ? promisedRecords &- counters.records : Int64.max
        if limit <= 0 {
            skipSurplus(input.count &- offset)
            return DecodeProgress(bytesConsumed: input.count, tagsWritten: 0)
        }
        let bytes = min(
            limit < 1 &<< 28 ? 4 &* Int(truncatingIfNeeded: limit) : Int.max,
            input.count &- offset)
        let rest = UnsafeRawBufferPointer(rebasing: input[offset..<(offset &+ bytes)])
        let taken =
            recordType == .picoHarp300
            ? takePicoHarp(rest, into: &sink) : takeHydraHarp(rest, recordType, into: &sink)
        counters.bytes &+= Int64(widening: taken)
        counters.records &+= Int64(widening: taken / 4)
        return DecodeProgress(bytesConsumed: offset &+ taken, tagsWritten: sink.count)
    }

    /// Deals with what is left at the end; call again until all is consumed.
    public mutating func finish(
        _ leftover: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<TimeTag>
    ) -> DecodeProgress {
        var progress = decode(leftover, into: output)
        let left = leftover.count &- progress.bytesConsumed
        guard counters.fatalFault == nil else { return progress }
        guard recordType != nil else {
            counters.note(counters.bytes == 0 ? .wrongKind : .badHeader, ahead: 0)
            return progress
        }
        let isShort = promisedRecords > counters.records && left < 4 && !hasToldCut
        if isShort || (left > 0 && left < 4), output.count &- progress.tagsWritten >= 2 {
            hasToldCut = true
            var sink = TagSink(output)
            sink.count = progress.tagsWritten
            counters.note(
                .truncated, ahead: 0, value: UInt64(bitPattern: promisedRecords))
            sink.putLoss(from: lastTime, to: lastTime, reason: .truncated)
            counters.losses &+= 1
            counters.skippedBytes &+= Int64(widening: left)
            counters.bytes &+= Int64(widening: left)
            progress = DecodeProgress(bytesConsumed: leftover.count, tagsWritten: sink.count)
        }
        return progress
    }

    /// Drops bytes behind the records that the header promises.
    private mutating func skipSurplus(_ count: Int) {
        guard count > 0 else { return }
        counters.note(.resynchronised, ahead: 0)
        counters.skippedBytes &+= Int64(widening: count)
        counters.bytes &+= Int64(widening: count)
    }

    /// Takes one piece of the header; 0 if more bytes are needed or the header is wrong.
    private mutating func takeHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let taken = header.take(bytes) else {
            counters.note(counters.bytes == 0 ? .wrongKind : .badHeader, ahead: 0)
            return 0
        }
        counters.bytes &+= Int64(widening: taken)
        if header.isDone { closeHeader() }
        return taken
    }

    private mutating func closeHeader() {
        guard let code = header.recordTypeCode, let resolution = header.resolution else {
            counters.note(.badHeader, ahead: 0)
            return
        }
        let word = UInt32(truncatingIfNeeded: code)
        guard code == Int64(widening: word), let type = PTURecordType(rawValue: word) else {
            counters.note(.unsupportedRecordType, ahead: 0, value: UInt64(bitPattern: code))
            return
        }
        guard let scale = TickScale(seconds: resolution) else {
            counters.note(.badResolution, ahead: 0, value: resolution.bitPattern)
            return
        }
        self.scale = scale
        promisedRecords = header.recordCount ?? 0
        recordType = type
    }

    /// Decodes records of all types but PicoHarp 300's; returns the bytes taken.
    private mutating func takeHydraHarp(
        _ bytes: UnsafeRawBufferPointer, _ type: PTURecordType, into sink: inout TagSink
    ) -> Int {
        guard let source = bytes.baseAddress, let start = sink.tags.baseAddress else { return 0 }
        let count = min(bytes.count / 4, sink.space)
        let target = UnsafeMutableRawPointer(start)
        let scale = scale
        var detections: Int64 = 0
        var index = 0
        var written = 0
        while index < count {
            // Photons come in runs between overflows: this inner loop is the hot path.
            let base = base
            while index < count {
                let record = UInt32(
                    littleEndian: source.loadUnaligned(fromByteOffset: 4 &* index, as: UInt32.self))
                guard Int32(bitPattern: record) >= 0 else { break }
                let ticks = base &+ Int64(widening: record & 0x01FF_FFFF)
                let time =
                    scale.denominator == 1
                    ? ticks &* scale.numerator : scale.picosecondsRoundedHalfUp(ticks)
                target.storeBytes(
                    of: SIMD2<UInt64>(UInt64(bitPattern: time), UInt64(widening: record &>> 25)),
                    toByteOffset: 16 &* written, as: SIMD2<UInt64>.self)
                index &+= 1
                written &+= 1
                detections &+= 1
            }
            guard index < count else { break }
            let record = UInt32(
                littleEndian: source.loadUnaligned(fromByteOffset: 4 &* index, as: UInt32.self))
            sink.count = written
            takeSpecial(record, type, ahead: 4 &* index, into: &sink)
            written = sink.count
            index &+= 1
        }
        sink.count = written
        if written > 0 { lastTime = start[written &- 1].time }
        counters.detections &+= detections
        return 4 &* index
    }

    /// Decodes a record of the HydraHarp family whose special bit is set.
    private mutating func takeSpecial(
        _ record: UInt32, _ type: PTURecordType, ahead: Int, into sink: inout TagSink
    ) {
        let channel = (record &>> 25) & 63
        let ticks = Int64(widening: record & 0x01FF_FFFF)
        switch channel {
        case 63:
            let periods = type == .hydraHarp1 ? 1 : max(ticks, 1)
            takeOverflow(record, periods: periods, period: type.period, ahead: ahead, into: &sink)
        case 0:
            let time = scale.picosecondsRoundedHalfUp(base &+ ticks)
            sink.put(TimeTag(time: time, channel: PTUChannel.sync))
            counters.detections &+= 1
        case 1...15:
            let time = scale.picosecondsRoundedHalfUp(base &+ ticks)
            sink.put(
                TimeTag(
                    time: time, channel: 0, kind: .marker,
                    detail: UInt16(truncatingIfNeeded: channel)))
        default:
            counters.unknownRecords &+= 1
            counters.note(.unknownRecord, ahead: ahead, value: UInt64(widening: record))
        }
    }

    /// Moves the time base on and writes the roll-over.
    private mutating func takeOverflow(
        _ record: UInt32, periods: Int64, period: Int64, ahead: Int, into sink: inout TagSink
    ) {
        // Both factors lie below 2^28; the bound keeps every later time within 64 bits.
        let step = periods &* period
        guard step <= scale.mostTicks &- (1 &<< 28) &- base else {
            counters.unknownRecords &+= 1
            counters.note(.unknownRecord, ahead: ahead, value: UInt64(widening: record))
            return
        }
        base &+= step
        counters.rollOvers &+= 1
        sink.put(
            TimeTag(
                time: scale.picosecondsRoundedHalfUp(base), channel: 0, kind: .rollOver,
                count: UInt32(truncatingIfNeeded: periods)))
    }

    /// Decodes PicoHarp 300 records; returns the bytes taken.
    private mutating func takePicoHarp(
        _ bytes: UnsafeRawBufferPointer, into sink: inout TagSink
    ) -> Int {
        let count = min(bytes.count / 4, sink.space)
        for index in 0..<count {
            let record = UInt32(
                littleEndian: bytes.loadUnaligned(fromByteOffset: 4 &* index, as: UInt32.self))
            let ticks = base &+ Int64(widening: record & 0x0FFF_FFFF)
            let channel = UInt8(record &>> 28)
            let marker = UInt16(record & 15)
            if channel < 15 {
                let time = scale.picosecondsRoundedHalfUp(ticks)
                sink.put(TimeTag(time: time, channel: channel))
                counters.detections &+= 1
            } else if marker == 0 {
                takeOverflow(
                    record, periods: 1, period: PTURecordType.picoHarp300.period,
                    ahead: 4 &* index, into: &sink)
            } else {
                let time = scale.picosecondsRoundedHalfUp(ticks)
                sink.put(TimeTag(time: time, channel: 0, kind: .marker, detail: marker))
            }
        }
        if sink.count > 0 { lastTime = sink.tags[sink.count &- 1].time }
        return 4 &* count
    }
}
