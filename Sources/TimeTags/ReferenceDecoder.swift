import Quantities
#if !hasFeature(Embedded) && canImport(CHardware)
    import CHardware
#endif

/// Decodes Lodestar's reference tagger format: checked frames of 8-byte words.
///
/// After damage it looks for the next whole frame byte by byte; what may be missing between the
/// last good frame and that one is a pair of loss records.
public struct ReferenceDecoder: TagDecoder {
    /// A full frame, and up to three pairs of loss records before it.
    @inlinable public static var smallestOutput: Int { ReferenceFormat.mostWords + 6 }
    /// One frame.
    @inlinable public static var largestUnit: Int { ReferenceFormat.largestFrame }

    /// What has been seen or written so far.
    public private(set) var counters = DecodeCounters()
    private var expected: UInt32 = 0
    private var lastTime: Int64 = 0
    private var started = false
    private var sawDamage = false
    private var sawBadChecksum = false
    private let hasInstructions: Bool

    /// A decoder at the start of a stream, which may begin in the middle of a recording.
    ///
    /// - Parameter isPortable: Whether to unpack tags without the processor's vector instructions.
    ///   The tags are the same.
    public init(isPortable: Bool = false) {
        hasInstructions = !isPortable && Self.processorHasInstructions
    }

    /// Decodes whole units of `input`; see ``TagDecoder``.
    #if !DEBUG
        @_noLocks @_noAllocation
    #endif
    public mutating func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<TimeTag>
    ) -> DecodeProgress {
        run(input, into: output, isLast: false)
    }

    /// Deals with what is left at the end; call again until all is consumed.
    #if !DEBUG
        @_noLocks @_noAllocation
    #endif
    public mutating func finish(
        _ leftover: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<TimeTag>
    ) -> DecodeProgress {
        var progress = run(leftover, into: output, isLast: true)
        let isDone = progress.bytesConsumed == leftover.count
        if isDone, sawDamage, output.count &- progress.tagsWritten >= 2 {
            var sink = TagSink(output)
            sink.count = progress.tagsWritten
            sink.putLoss(from: lastTime, to: lastTime, reason: .truncated)
            progress.tagsWritten = sink.count
            counters.losses &+= 1
            sawDamage = false
            sawBadChecksum = false
        }
        return progress
    }

    private mutating func run(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<TimeTag>,
        isLast: Bool
    ) -> DecodeProgress {
        var sink = TagSink(output)
        var offset = 0
        // Each turn takes a frame or skips at least one byte.
        scan: while offset < input.count, sink.space >= Self.smallestOutput {
            let rest = UnsafeRawBufferPointer(rebasing: input[offset...])
            switch Self.look(at: rest) {
            case .frame(let words):
                offset &+= take(rest, words: words, into: &sink)
            case .incomplete:
                if !isLast { break scan }
                offset &+= skip(rest, because: .truncated)
            case .badChecksum:
                sawBadChecksum = true
                offset &+= skip(rest, because: .checksum)
            case .noFrame:
                offset &+= skip(rest, because: .resynchronised)
            }
        }
        return DecodeProgress(bytesConsumed: offset, tagsWritten: sink.count)
    }

    private enum Look {
        case frame(words: Int)
        case incomplete
        case badChecksum
        case noFrame
    }

    /// Says what the front of `bytes` is; not empty.
    private static func look(at bytes: UnsafeRawBufferPointer) -> Look {
        if bytes.count < ReferenceFormat.headerSize {
            return beginsLikeFrame(bytes) ? .incomplete : .noFrame
        }
        let magic = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
        let words = Int(
            UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 6, as: UInt16.self)))
        guard magic == ReferenceFormat.magic, bytes[4] == ReferenceFormat.version,
            words <= ReferenceFormat.mostWords
        else { return .noFrame }
        let size = ReferenceFormat.headerSize &+ 8 &* words &+ ReferenceFormat.trailerSize
        guard bytes.count >= size else { return .incomplete }
        let sent = UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: size &- 4, as: UInt32.self))
        let found = CRC32C.of(UnsafeRawBufferPointer(rebasing: bytes[..<(size &- 4)]))
        return sent == found ? .frame(words: words) : .badChecksum
    }

    /// Whether fewer than a header's bytes could still become a frame.
    private static func beginsLikeFrame(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var expected = ReferenceFormat.magic
        for index in 0..<min(bytes.count, 4) {
            guard bytes[index] == UInt8(truncatingIfNeeded: expected) else { return false }
            expected &>>= 8
        }
        return bytes.count <= 4 || bytes[4] == ReferenceFormat.version
    }

    /// Skips to the next byte that may begin a frame.
    private mutating func skip(
        _ bytes: UnsafeRawBufferPointer, because fault: DecodeFault
    ) -> Int {
        counters.note(fault, ahead: 0)
        sawDamage = true
        let first = UInt8(truncatingIfNeeded: ReferenceFormat.magic)
        var skipped = 1
        while skipped < bytes.count, bytes[skipped] != first { skipped &+= 1 }
        counters.skippedBytes &+= Int64(widening: skipped)
        counters.bytes &+= Int64(widening: skipped)
        return skipped
    }

    /// Decodes one checked frame at the front of `bytes` and returns its size.
    private mutating func take(
        _ bytes: UnsafeRawBufferPointer, words: Int, into sink: inout TagSink
    ) -> Int {
        let base = Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 16, as: Int64.self))
        noteLosses(bytes, base: base, into: &sink)
        let size = ReferenceFormat.headerSize &+ 8 &* words &+ ReferenceFormat.trailerSize
        let before = sink.count
        lastTime = base
        if words > 0 {
            let payload = UnsafeRawBufferPointer(
                rebasing: bytes[ReferenceFormat.headerSize..<(size &- ReferenceFormat.trailerSize)])
            if !takeDetections(payload, base: base, into: &sink) {
                takeWords(payload, base: base, into: &sink)
            }
            if sink.count > before { lastTime = sink.tags[sink.count &- 1].time }
        }
        counters.bytes &+= Int64(widening: size)
        return size
    }

    /// Writes loss records for what the header and the bytes before it say.
    private mutating func noteLosses(
        _ header: UnsafeRawBufferPointer, base: Int64, into sink: inout TagSink
    ) {
        let sequence = UInt32(
            littleEndian: header.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        let from = started ? lastTime : base
        let isGap = started && sequence != expected
        if isGap { counters.note(.sequenceGap, ahead: 0, value: UInt64(widening: sequence)) }
        if sawDamage || isGap {
            let reason: LossReason =
                sawBadChecksum ? .checksum : sawDamage ? .resynchronised : .sequenceGap
            sink.putLoss(from: from, to: base, reason: reason)
            counters.losses &+= 1
        }
        if header[5] & ReferenceFormat.lossFlag != 0 {
            counters.note(.taggerOverflow, ahead: 0)
            let lost = UInt32(
                littleEndian: header.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
            let begin = Int64(
                littleEndian: header.loadUnaligned(fromByteOffset: 24, as: Int64.self))
            sink.putLoss(from: begin, to: base, reason: .taggerOverflow, count: lost)
            counters.losses &+= 1
            counters.tagsLost &+= Int64(widening: lost)
        }
        if base < from, from &- base > ReferenceFormat.disorder {
            counters.note(.timeReversed, ahead: 0)
            sink.putLoss(from: from, to: base, reason: .timeReversed)
            counters.losses &+= 1
        }
        expected = sequence &+ 1
        started = true
        sawDamage = false
        sawBadChecksum = false
    }

    /// Decodes a payload of detections only; `false`, with nothing counted, if it is not one.
    private mutating func takeDetections(
        _ words: UnsafeRawBufferPointer, base: Int64, into sink: inout TagSink
    ) -> Bool {
        let count = words.count / 8
        guard let source = words.baseAddress, let start = sink.tags.baseAddress else {
            return false
        }
        let target = UnsafeMutableRawPointer(start + sink.count)
        let kinds =
            hasInstructions
            ? Self.unpackByInstruction(source, count: count, base: base, into: target)
            : Self.unpack(source, count: count, base: base, into: target)
        guard kinds &>> 56 == 0 else { return false }
        sink.count &+= count
        counters.records &+= Int64(widening: count)
        counters.detections &+= Int64(widening: count)
        return true
    }

    /// Makes tags of words as if all were detections.
    ///
    /// A word's upper 16 bits are channel and kind, so they are the second half of a ``TimeTag``
    /// as they stand; its lower 48 are the time nearest to `base` with those bits.
    ///
    /// - Returns: The OR of all words, whose upper byte tells whether there was another kind.
    private static func unpack(
        _ source: UnsafeRawPointer, count: Int, base: Int64, into target: UnsafeMutableRawPointer
    ) -> UInt64 {
        let mask: UInt64 = (1 &<< ReferenceFormat.timeBits) &- 1
        let half: UInt64 = 1 &<< (ReferenceFormat.timeBits &- 1)
        let lowest = UInt64(bitPattern: base) &- half
        var kinds: UInt64 = 0
        for index in 0..<count {
            let word = UInt64(
                littleEndian: source.loadUnaligned(fromByteOffset: 8 &* index, as: UInt64.self))
            kinds |= word
            let time = lowest &+ ((word &- lowest) & mask)
            target.storeBytes(
                of: SIMD2<UInt64>(time, word &>> ReferenceFormat.timeBits),
                toByteOffset: 16 &* index, as: SIMD2<UInt64>.self)
        }
        return kinds
    }

    #if !hasFeature(Embedded) && canImport(CHardware)
        private static var processorHasInstructions: Bool { lodestar_has_wide_vectors() == 1 }

        private static func unpackByInstruction(
            _ source: UnsafeRawPointer, count: Int, base: Int64,
            into target: UnsafeMutableRawPointer
        ) -> UInt64 {
            _unsafePerformance { lodestar_unpack(source, count, base, target) }
        }
    #else
        private static var processorHasInstructions: Bool { false }

        private static func unpackByInstruction(
            _ source: UnsafeRawPointer, count: Int, base: Int64,
            into target: UnsafeMutableRawPointer
        ) -> UInt64 {
            unpack(source, count: count, base: base, into: target)
        }
    #endif

    /// Decodes a payload that also holds other kinds and annotations.
    private mutating func takeWords(
        _ words: UnsafeRawBufferPointer, base: Int64, into sink: inout TagSink
    ) {
        var hasTag = false
        for offset in stride(from: 0, to: words.count, by: 8) {
            let word = UInt64(
                littleEndian: words.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let kind = UInt8(truncatingIfNeeded: word &>> 56)
            if kind == ReferenceFormat.annotation {
                guard hasTag else {
                    countUnknown(word, ahead: ReferenceFormat.headerSize &+ offset)
                    continue
                }
                sink.tags[sink.count &- 1].count = UInt32(truncatingIfNeeded: word)
                sink.tags[sink.count &- 1].detail = UInt16(truncatingIfNeeded: word &>> 32)
                hasTag = false
                continue
            }
            guard kind <= TimeTag.Kind.marker.rawValue else {
                countUnknown(word, ahead: ReferenceFormat.headerSize &+ offset)
                hasTag = false
                continue
            }
            let away = Int64(bitPattern: (word &- UInt64(bitPattern: base)) &<< 16) &>> 16
            sink.put(
                TimeTag(
                    time: base &+ away, channel: UInt8(truncatingIfNeeded: word &>> 48),
                    kind: TimeTag.Kind(rawValue: kind)))
            hasTag = true
            count(TimeTag.Kind(rawValue: kind))
        }
    }

    private mutating func count(_ kind: TimeTag.Kind) {
        counters.records &+= 1
        switch kind {
        case .detection: counters.detections &+= 1
        case .rollOver: counters.rollOvers &+= 1
        case .lossBegin: counters.losses &+= 1
        default: break
        }
    }

    private mutating func countUnknown(_ word: UInt64, ahead: Int) {
        counters.unknownRecords &+= 1
        counters.note(.unknownRecord, ahead: ahead, value: word)
    }
}
