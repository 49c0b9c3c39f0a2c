/// Decodes the 8-byte USB messages of the Nox tagger ("RWN 11"), as in the public cqptoolkit.
///
/// A tick is 1 / (130 MHz x 4096), rounded half up to 1 ps. Channels count from 0. Configuration
/// messages become markers with detail 0x25.
public struct NoxDecoder: TagDecoder {
    /// One message.
    @inlinable public static var smallestOutput: Int { 8 }
    /// One message.
    @inlinable public static var largestUnit: Int { 8 }
    /// Code of a detection message.
    static var detection: UInt8 { 0x24 }
    /// Code of a configuration message.
    static var configuration: UInt8 { 0x25 }
    /// 10^12 / (130 x 10^6 x 4096) ps, reduced.
    static var scale: TickScale { TickScale(uncheckedNumerator: 3125, denominator: 1664) }

    /// What has been seen or written so far.
    public private(set) var counters = DecodeCounters()
    private var writer = EventWriter()
    private var unwrapper = CounterUnwrapper(bits: 48, disorder: EventWriter.disorder / 2)

    /// A decoder at the start of a stream.
    public init() {}

    /// Decodes whole units of `input`; see ``TagDecoder``.
    public mutating func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<TimeTag>
    ) -> DecodeProgress {
        var sink = TagSink(output)
        var offset = 0
        while offset &+ 8 <= input.count, sink.space >= Self.smallestOutput {
            let isKnown = input[offset] == Self.detection || input[offset] == Self.configuration
            if isKnown {
                take(UnsafeRawBufferPointer(rebasing: input[offset...]), into: &sink)
            } else {
                counters.note(.resynchronised, ahead: 0)
                counters.skippedBytes &+= 1
                writer.noteDamage(.resynchronised)
            }
            offset &+= isKnown ? 8 : 1
            counters.bytes &+= isKnown ? 8 : 1
        }
        return DecodeProgress(bytesConsumed: offset, tagsWritten: sink.count)
    }

    /// Deals with what is left at the end; call again until all is consumed.
    public mutating func finish(
        _ leftover: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<TimeTag>
    ) -> DecodeProgress {
        let progress = decode(leftover, into: output)
        return writer.finish(
            progress, through: leftover, recordSize: 8, counters: &counters, into: output)
    }

    private mutating func take(_ message: UnsafeRawBufferPointer, into sink: inout TagSink) {
        let bits = UInt64(bigEndian: message.loadUnaligned(as: UInt64.self))
        guard message[0] == Self.detection else {
            counters.records &+= 1
            sink.put(
                TimeTag(
                    time: writer.lastTime, channel: 0, kind: .marker,
                    detail: UInt16(Self.configuration)))
            return
        }
        let number = UInt8(truncatingIfNeeded: (bits &>> 12) & 15)
        guard number > 0 else {
            counters.unknownRecords &+= 1
            counters.note(.unknownRecord, ahead: 0, value: bits)
            return
        }
        counters.records &+= 1
        // Bytes 1 to 5 without the low half of the last are the coarse count.
        let coarse = (bits &>> 20) & 0xF_FFFF_FFFF
        let step = unwrapper.take(coarse &<< 12 | bits & 0xFFF)
        let time = writer.open(
            at: step, bits: 48, scale: Self.scale, counters: &counters, into: &sink)
        sink.put(TimeTag(time: time, channel: number &- 1))
        counters.detections &+= 1
    }
}
