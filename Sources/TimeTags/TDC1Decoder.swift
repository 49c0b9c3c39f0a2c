import Quantities

/// Decodes the 4-byte words of the S-Fifteen TDC1, as in the public pyS15.
///
/// Bits 31 to 5 count 2 ns and wrap after 0.268 s; bit 4 marks a word without detection, which
/// keeps time; bits 3 to 0 are the inputs, channels 0 to 3, several at once possible. Words come
/// in order, so that a smaller count is always a wrap: a silence may last 0.268 s less a tick.
public struct TDC1Decoder: TagDecoder {
    /// One word with four detections, the loss before it and a wrap.
    @inlinable public static var smallestOutput: Int { 9 }
    /// One word.
    @inlinable public static var largestUnit: Int { 4 }
    /// 2 ns.
    public static var scale: TickScale { TickScale(uncheckedNumerator: 2000, denominator: 1) }
    /// Bits of the counter.
    static var bits: UInt64 { 27 }

    /// What has been seen or written so far.
    public private(set) var counters = DecodeCounters()
    private var writer = EventWriter()
    private var unwrapper = CounterUnwrapper(bits: Self.bits, disorder: 0)

    /// A decoder at the start of a stream.
    public init() {}

    /// Decodes whole units of `input`; see ``TagDecoder``.
    public mutating func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<TimeTag>
    ) -> DecodeProgress {
        var sink = TagSink(output)
        var offset = 0
        while offset &+ 4 <= input.count, sink.space >= Self.smallestOutput {
            take(
                UInt32(littleEndian: input.loadUnaligned(fromByteOffset: offset, as: UInt32.self)),
                into: &sink)
            offset &+= 4
            counters.bytes &+= 4
        }
        return DecodeProgress(bytesConsumed: offset, tagsWritten: sink.count)
    }

    /// Deals with what is left at the end; call again until all is consumed.
    public mutating func finish(
        _ leftover: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<TimeTag>
    ) -> DecodeProgress {
        let progress = decode(leftover, into: output)
        return writer.finish(
            progress, through: leftover, recordSize: 4, counters: &counters, into: output)
    }

    private mutating func take(_ word: UInt32, into sink: inout TagSink) {
        let isMark = word & 0x10 != 0
        let pattern = UInt8(truncatingIfNeeded: word & 15)
        guard isMark || pattern != 0 else {
            counters.unknownRecords &+= 1
            counters.note(.unknownRecord, ahead: 0, value: UInt64(widening: word))
            return
        }
        counters.records &+= 1
        let step = unwrapper.take(UInt64(widening: word &>> 5), mustAdvance: true)
        let time = writer.open(
            at: step, bits: 27, scale: Self.scale, counters: &counters, into: &sink)
        guard !isMark else { return }
        writer.putPattern(pattern, first: 0, at: time, counters: &counters, into: &sink)
    }
}
