import Quantities

/// Decodes the 2048-byte frames of the USTC ground time-to-digital converter (Micius type).
///
/// Time is the 6.25 ns count minus the fine code, which is scaled by the range of codes that the
/// channel has shown, up to 512; both rounded half up to 1 ps. Channels are 0 to 15.
public struct USTCDecoder: TagDecoder {
    /// One frame's events, each with a wrap and a reversal at worst, and one loss.
    @inlinable public static var smallestOutput: Int { 254 * 4 + 8 }
    /// One frame.
    @inlinable public static var largestUnit: Int { 2048 }
    /// One coarse tick, ps.
    static var coarse: Int64 { 6250 }
    /// Offset of the checksum; everything from byte 4 up to here is checked.
    static var checkOffset: Int { 2040 }

    /// What has been seen or written so far.
    public private(set) var counters = DecodeCounters()
    /// Largest fine code per channel: given, or seen so far.
    public private(set) var largestFineCode: InlineArray<16, UInt16>
    private var writer = EventWriter()
    private var unwrapper = CounterUnwrapper(bits: 28, disorder: EventWriter.disorder / 6250)

    /// A decoder at the start of a stream.
    ///
    /// - Parameter largestFineCode: Largest fine code per channel from a calibration, below 512;
    ///   0 where it is not known, to be found from the events themselves.
    public init(largestFineCode: InlineArray<16, UInt16> = InlineArray(repeating: 0)) {
        self.largestFineCode = largestFineCode
    }

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
        var progress = run(leftover, into: output, isLast: true)
        guard progress.bytesConsumed == leftover.count else { return progress }
        var sink = TagSink(output)
        sink.count = progress.tagsWritten
        _ = writer.close(cut: 0, counters: &counters, into: &sink)
        progress.tagsWritten = sink.count
        return progress
    }

    private mutating func run(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<TimeTag>,
        isLast: Bool
    ) -> DecodeProgress {
        var sink = TagSink(output)
        var offset = 0
        while offset < input.count, sink.space >= Self.smallestOutput {
            let rest = UnsafeRawBufferPointer(rebasing: input[offset...])
            let isHead = Self.beginsWithHead(rest)
            if isHead, rest.count < Self.largestUnit {
                if !isLast { break }
                offset &+= drop(1, because: .truncated)
            } else if !isHead {
                offset &+= drop(1, because: .resynchronised)
            } else if !Self.endsWithTail(rest) {
                offset &+= drop(4, because: .resynchronised)
            } else if !Self.isChecked(rest) {
                offset &+= drop(Self.largestUnit, because: .checksum)
            } else {
                takeFrame(rest, into: &sink)
                offset &+= Self.largestUnit
                counters.bytes &+= Int64(widening: Self.largestUnit)
            }
        }
        return DecodeProgress(bytesConsumed: offset, tagsWritten: sink.count)
    }

    /// Whether up to four bytes of the head, as many as there are, match.
    static func beginsWithHead(_ bytes: UnsafeRawBufferPointer) -> Bool {
        for index in 0..<min(4, bytes.count) where bytes[index] != 0xA5 { return false }
        return true
    }

    private static func endsWithTail(_ frame: UnsafeRawBufferPointer) -> Bool {
        for index in 2042..<2048 where frame[index] != 0x47 { return false }
        return true
    }

    private static func isChecked(_ frame: UnsafeRawBufferPointer) -> Bool {
        let sent = UInt16(
            littleEndian: frame.loadUnaligned(fromByteOffset: checkOffset, as: UInt16.self))
        return sent == checksum(UnsafeRawBufferPointer(rebasing: frame[4..<checkOffset]))
    }

    /// CRC-16, polynomial 0x8005, most significant bit first, from 0, over byte-swapped pairs.
    public static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt16 {
        var sum: UInt16 = 0
        var offset = 0
        while offset &+ 2 <= bytes.count {
            sum ^= UInt16(
                littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
            for _ in 0..<16 {
                sum = sum & 0x8000 != 0 ? (sum &<< 1) ^ 0x8005 : sum &<< 1
            }
            offset &+= 2
        }
        return sum
    }

    private mutating func drop(_ size: Int, because fault: DecodeFault) -> Int {
        counters.note(fault, ahead: 0)
        writer.noteDamage(fault == .checksum ? .checksum : .resynchronised)
        counters.skippedBytes &+= Int64(widening: size)
        counters.bytes &+= Int64(widening: size)
        return size
    }

    private mutating func takeFrame(_ frame: UnsafeRawBufferPointer, into sink: inout TagSink) {
        var offset = 8
        while offset < Self.checkOffset {
            take(UnsafeRawBufferPointer(rebasing: frame[offset...]), ahead: offset, into: &sink)
            offset &+= 8
        }
    }

    private mutating func take(
        _ event: UnsafeRawBufferPointer, ahead: Int, into sink: inout TagSink
    ) {
        let count =
            UInt64(widening: event[4]) | UInt64(widening: event[5]) &<< 8
            | UInt64(widening: event[2]) &<< 16 | UInt64(widening: event[3] & 0x0F) &<< 24
        let fine = UInt16(event[3] & 0x10) &<< 4 | UInt16(event[7])
        let channel = event[6] & 0x0F
        let largest = max(largestFineCode[Int(channel)], fine)
        largestFineCode[Int(channel)] = largest
        let step = unwrapper.take(count)
        let range = Int64(widening: UInt32(largest) &+ 1)
        let early = (Int64(widening: UInt32(fine)) &* Self.coarse &+ range / 2) / range
        let time = step.ticks &* Self.coarse &- early
        let periodStart = step.ticks & ~((1 &<< 28) &- 1)
        writer.open(
            at: time, isReversed: step.isReversed, wraps: step.periods,
            wrapTime: periodStart &* Self.coarse, ahead: ahead, counters: &counters, into: &sink)
        sink.put(TimeTag(time: time, channel: channel))
        counters.records &+= 1
        counters.detections &+= 1
    }
}
