import Quantities

/// Decodes S-Fifteen timestamp7 events in the encodings a0, a1 and a2 and both word orders.
///
/// Detector bits 0 to 3 are channels 1 to 4; an event with several bits makes several tags. A word
/// with the dummy bit becomes a `rollOver` of count 0, since it does not say whether time wrapped;
/// real wraps have count 1. Time is rounded half up from 1/256 ns to 1 ps.
public struct Timestamp7Decoder: TagDecoder {
    /// One event.
    @inlinable public static var smallestOutput: Int { 16 }
    /// The events from which the word order is found, in the longest encoding.
    @inlinable public static var largestUnit: Int { 16 * 20 }

    /// What has been seen or written so far.
    public private(set) var counters = DecodeCounters()
    /// How the words are written.
    public let encoding: Timestamp7Format.Encoding
    /// Which half comes first; `automatic` until it has been found.
    public private(set) var wordOrder: Timestamp7Format.WordOrder
    private var unwrapper = CounterUnwrapper(
        bits: Timestamp7Format.timeBits, disorder: EventWriter.disorder / 4)
    private var writer = EventWriter()
    private var firstHalf: UInt32?
    private var dropsNextLine = false
    private var isInBadLine = false

    /// A decoder at the start of a stream.
    public init(
        encoding: Timestamp7Format.Encoding, wordOrder: Timestamp7Format.WordOrder = .automatic
    ) {
        self.encoding = encoding
        self.wordOrder = encoding == .a2 && wordOrder == .automatic ? .highFirst : wordOrder
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
        let left = leftover.count &- progress.bytesConsumed
        var sink = TagSink(output)
        sink.count = progress.tagsWritten
        guard sink.space >= Self.smallestOutput else { return progress }
        let cut = firstHalf == nil ? left : left &+ 1
        firstHalf = nil
        if writer.close(cut: cut, counters: &counters, into: &sink) {
            // A lone first line was counted when it was taken.
            if cut > left {
                counters.bytes &-= 1
                counters.skippedBytes &-= 1
            }
            progress.bytesConsumed = leftover.count
        }
        progress.tagsWritten = sink.count
        return progress
    }

    private mutating func run(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<TimeTag>,
        isLast: Bool
    ) -> DecodeProgress {
        var sink = TagSink(output)
        if wordOrder == .automatic {
            guard let found = foundOrder(input, isLast: isLast) else {
                return DecodeProgress(bytesConsumed: 0, tagsWritten: 0)
            }
            wordOrder = found
        }
        var offset = 0
        // Each turn takes a word, a line, or the rest of a bad line.
        while offset < input.count, sink.space >= Self.smallestOutput {
            let rest = UnsafeRawBufferPointer(rebasing: input[offset...])
            let piece = takePiece(rest, isLast: isLast)
            guard piece.size > 0 else { break }
            if let word = piece.word { take(word, into: &sink) }
            offset &+= piece.size
            counters.bytes &+= Int64(widening: piece.size)
        }
        return DecodeProgress(bytesConsumed: offset, tagsWritten: sink.count)
    }

    /// Finds the word order from the first 16 events, or fewer at the end; `nil` to wait for more.
    private func foundOrder(
        _ input: UnsafeRawBufferPointer, isLast: Bool
    ) -> Timestamp7Format.WordOrder? {
        var probe = self
        probe.wordOrder = .highFirst
        var offset = 0
        var last: UInt64?
        var events = 0
        var changeIfHighFirst = 0.0
        var changeIfLowFirst = 0.0
        while events < 16, offset < input.count {
            let rest = UnsafeRawBufferPointer(rebasing: input[offset...])
            let piece = probe.takePiece(rest, isLast: isLast)
            guard piece.size > 0 else { break }
            offset &+= piece.size
            guard let word = piece.word else { continue }
            if let last {
                changeIfHighFirst += Self.distance(word &>> 32, last &>> 32)
                changeIfLowFirst += Self.distance(word & 0xFFFF_FFFF, last & 0xFFFF_FFFF)
            }
            last = word
            events &+= 1
        }
        guard events == 16 || isLast || input.count >= Self.largestUnit else { return nil }
        return changeIfHighFirst < changeIfLowFirst ? .highFirst : .lowFirst
    }

    private static func distance(_ a: UInt64, _ b: UInt64) -> Double {
        Double(Int64(bitPattern: a > b ? a &- b : b &- a))
    }

    /// Takes one piece off the input: a word if it completes one; size 0 to wait for more bytes.
    private mutating func takePiece(
        _ bytes: UnsafeRawBufferPointer, isLast: Bool
    ) -> (size: Int, word: UInt64?) {
        if encoding == .a1 {
            guard bytes.count >= 8 else { return (0, nil) }
            let first = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
            let second = UInt32(
                littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
            return (8, joined(first, second))
        }
        if isInBadLine { return (skipLine(bytes), nil) }
        let digits = encoding == .a0 ? 8 : 16
        let line = Self.readLine(bytes, digits: digits, isLast: isLast)
        if line.isBad {
            counters.note(.resynchronised, ahead: 0)
            writer.noteDamage(.resynchronised)
            // In a0 the other half of the event goes with a bad first line.
            if encoding == .a0, firstHalf == nil, !dropsNextLine { dropsNextLine = true }
            firstHalf = nil
            isInBadLine = true
            return (skipLine(bytes), nil)
        }
        guard line.size > 0 else { return (0, nil) }
        if dropsNextLine {
            dropsNextLine = false
            counters.skippedBytes &+= Int64(widening: line.size)
            return (line.size, nil)
        }
        let low = UInt32(truncatingIfNeeded: line.value)
        guard encoding == .a0 else {
            return (line.size, joined(UInt32(truncatingIfNeeded: line.value &>> 32), low))
        }
        guard let first = firstHalf else {
            firstHalf = low
            return (line.size, nil)
        }
        firstHalf = nil
        return (line.size, joined(first, low))
    }

    private func joined(_ first: UInt32, _ second: UInt32) -> UInt64 {
        wordOrder == .highFirst
            ? UInt64(widening: first) &<< 32 | UInt64(widening: second)
            : UInt64(widening: second) &<< 32 | UInt64(widening: first)
    }

    private mutating func skipLine(_ bytes: UnsafeRawBufferPointer) -> Int {
        var size = 0
        while size < bytes.count, isInBadLine {
            if bytes[size] == 0x0A { isInBadLine = false }
            size &+= 1
        }
        counters.skippedBytes &+= Int64(widening: size)
        return size
    }

    /// Reads `digits` hexadecimal digits and the line's end; size 0 if bytes are missing.
    private static func readLine(
        _ bytes: UnsafeRawBufferPointer, digits: Int, isLast: Bool
    ) -> (size: Int, value: UInt64, isBad: Bool) {
        var value: UInt64 = 0
        for index in 0..<digits {
            guard index < bytes.count else { return (0, 0, false) }
            let digit: UInt8
            switch bytes[index] {
            case let c where c >= 0x30 && c <= 0x39: digit = c &- 0x30
            case let c where c >= 0x41 && c <= 0x46: digit = c &- 0x37
            case let c where c >= 0x61 && c <= 0x66: digit = c &- 0x57
            default: return (0, 0, true)
            }
            value = value &<< 4 | UInt64(widening: digit)
        }
        guard digits < bytes.count else { return (isLast ? digits : 0, value, false) }
        if bytes[digits] == 0x0A { return (digits &+ 1, value, false) }
        guard bytes[digits] == 0x0D else { return (0, 0, true) }
        guard digits &+ 1 < bytes.count else { return (isLast ? digits &+ 1 : 0, value, false) }
        return bytes[digits &+ 1] == 0x0A ? (digits &+ 2, value, false) : (0, 0, true)
    }

    /// Writes what one word says.
    private mutating func take(_ word: UInt64, into sink: inout TagSink) {
        // An empty USB return, not an event.
        guard word != 0 else { return }
        counters.records &+= 1
        let scale = Timestamp7Format.scale
        if word & Timestamp7Format.dummyBit != 0 {
            let time = scale.picosecondsRoundedHalfUp(unwrapper.nearest(to: word &>> 10))
            sink.put(TimeTag(time: time, channel: 0, kind: .rollOver))
            counters.rollOvers &+= 1
            return
        }
        let pattern = UInt8(truncatingIfNeeded: word & 15)
        guard pattern != 0 else {
            counters.unknownRecords &+= 1
            counters.note(.unknownRecord, ahead: 0, value: word)
            return
        }
        let step = unwrapper.take(word &>> 10)
        let time = writer.open(
            at: step, bits: 54, scale: scale, counters: &counters, into: &sink)
        writer.putPattern(pattern, first: 1, at: time, counters: &counters, into: &sink)
    }
}
