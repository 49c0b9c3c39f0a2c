import Quantities

/// Decodes the 6-byte big-endian records of the FX2-based timetag-fpga design.
///
/// Strobe records make one detection per channel bit, channels 0 to 3; delta records become
/// markers with the state of the four delta inputs in `detail`.
public struct FX2Decoder: TagDecoder {
    /// One record.
    @inlinable public static var smallestOutput: Int { 16 }
    /// One record.
    @inlinable public static var largestUnit: Int { 6 }
    /// The public design's clock of 128 MHz.
    public static var standardScale: TickScale {
        TickScale(uncheckedNumerator: 15_625, denominator: 2)
    }

    /// What has been seen or written so far.
    public private(set) var counters = DecodeCounters()
    /// Length of a tick.
    public let scale: TickScale
    private var writer = EventWriter()
    private var unwrapper: CounterUnwrapper

    /// A decoder at the start of a stream of a device whose tick is `scale`.
    public init(scale: TickScale = Self.standardScale) {
        self.scale = scale
        unwrapper = CounterUnwrapper(
            bits: 36, disorder: scale.ticksRoundedHalfUp(EventWriter.disorder))
    }

    /// Decodes whole units of `input`; see ``TagDecoder``.
    public mutating func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<TimeTag>
    ) -> DecodeProgress {
        var sink = TagSink(output)
        var offset = 0
        while offset &+ 6 <= input.count, sink.space >= Self.smallestOutput {
            let high = UInt32(
                bigEndian: input.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            let low = UInt16(
                bigEndian: input.loadUnaligned(fromByteOffset: offset &+ 4, as: UInt16.self))
            take(UInt64(widening: high) &<< 16 | UInt64(widening: low), into: &sink)
            offset &+= 6
            counters.bytes &+= 6
        }
        return DecodeProgress(bytesConsumed: offset, tagsWritten: sink.count)
    }

    /// Deals with what is left at the end; call again until all is consumed.
    public mutating func finish(
        _ leftover: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<TimeTag>
    ) -> DecodeProgress {
        let progress = decode(leftover, into: output)
        return writer.finish(
            progress, through: leftover, recordSize: 6, counters: &counters, into: output)
    }

    private mutating func take(_ record: UInt64, into sink: inout TagSink) {
        // Bits 40 to 44 are always 0; anything else means that the stream has slipped.
        guard record & 0x1F00_0000_0000 == 0 else {
            counters.unknownRecords &+= 1
            counters.note(.unknownRecord, ahead: 0, value: record)
            writer.noteDamage(.resynchronised)
            return
        }
        counters.records &+= 1
        let hasWrapped = record & (1 &<< 46) != 0
        let step = unwrapper.take(record & 0xF_FFFF_FFFF, mustAdvance: hasWrapped)
        let time = writer.open(
            at: step, bits: 36, scale: scale, isLossy: record & (1 &<< 47) != 0,
            counters: &counters, into: &sink)
        let pattern = UInt8(truncatingIfNeeded: (record &>> 36) & 15)
        if record & (1 &<< 45) != 0 {
            sink.put(TimeTag(time: time, channel: 0, kind: .marker, detail: UInt16(pattern)))
        } else {
            writer.putPattern(pattern, first: 0, at: time, counters: &counters, into: &sink)
        }
    }
}
