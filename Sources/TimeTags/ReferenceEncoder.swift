import Quantities

/// Encodes Lodestar's reference tagger format; holds every tag without loss.
public struct ReferenceEncoder: TagEncoder {
    /// One frame.
    @inlinable public static var smallestOutput: Int { ReferenceFormat.largestFrame }
    /// As many tags as fit into a frame.
    @inlinable public static var largestUnit: Int { ReferenceFormat.mostWords }

    /// What has been seen or written so far.
    public private(set) var counters = EncodeCounters()
    /// Sequence number of the next frame.
    public private(set) var sequence: UInt32
    private var pendingLoss: (from: Int64, count: UInt32)?

    /// An encoder whose first frame has the given sequence number.
    public init(sequence: UInt32 = 0) {
        self.sequence = sequence
    }

    /// Says in the next frame's header that the tagger lost tags, as a device does.
    ///
    /// The loss lasts from `time`, ps, to the next frame's base time; `count` is 0 if not known.
    public mutating func reportLoss(from time: Int64, count: UInt32) {
        pendingLoss = (time, count)
    }

    /// Encodes whole units of `tags`; see ``TagEncoder``.
    #if !DEBUG
        @_noLocks @_noAllocation
    #endif
    public mutating func encode(
        _ tags: UnsafeBufferPointer<TimeTag>, into output: UnsafeMutableRawBufferPointer
    ) throws(EncodeError) -> EncodeProgress {
        try run(tags, into: output, isLast: false)
    }

    /// Deals with what is left at the end; call again until all is consumed.
    #if !DEBUG
        @_noLocks @_noAllocation
    #endif
    public mutating func finish(
        _ leftover: UnsafeBufferPointer<TimeTag>, into output: UnsafeMutableRawBufferPointer
    ) throws(EncodeError) -> EncodeProgress {
        try run(leftover, into: output, isLast: true)
    }

    /// Writes a frame without tags, so that a live reader hears that all is well.
    ///
    /// - Parameters:
    ///   - time: The tagger's time now, ps.
    ///   - output: Room for 40 bytes.
    /// - Returns: How many bytes were written; 0 if there was no room.
    #if !DEBUG
        @_noLocks @_noAllocation
    #endif
    public mutating func heartbeat(
        at time: Int64, into output: UnsafeMutableRawBufferPointer
    ) -> Int {
        let size = ReferenceFormat.headerSize + ReferenceFormat.trailerSize
        guard output.count >= size else { return 0 }
        seal(UnsafeMutableRawBufferPointer(rebasing: output[..<size]), base: time, words: 0)
        return size
    }

    private mutating func run(
        _ tags: UnsafeBufferPointer<TimeTag>, into output: UnsafeMutableRawBufferPointer,
        isLast: Bool
    ) throws(EncodeError) -> EncodeProgress {
        var consumed = 0
        var written = 0
        // Each turn writes one frame.
        while consumed < tags.count, output.count &- written >= Self.smallestOutput {
            let rest = UnsafeBufferPointer(rebasing: tags[consumed...])
            let room = UnsafeMutableRawBufferPointer(
                rebasing: output[written..<(written &+ ReferenceFormat.largestFrame)])
            let (taken, words, isFull) = try fill(room, from: rest)
            guard isFull || isLast else { break }
            let size = ReferenceFormat.headerSize &+ 8 &* words &+ ReferenceFormat.trailerSize
            seal(
                UnsafeMutableRawBufferPointer(rebasing: room[..<size]), base: rest[0].time,
                words: words)
            consumed &+= taken
            written &+= size
            counters.tags &+= Int64(widening: taken)
            counters.records &+= Int64(widening: taken)
        }
        return EncodeProgress(tagsConsumed: consumed, bytesWritten: written)
    }

    /// Writes the words of one frame; it is full if the next tag does not belong to it.
    private func fill(
        _ frame: UnsafeMutableRawBufferPointer, from tags: UnsafeBufferPointer<TimeTag>
    ) throws(EncodeError) -> (taken: Int, words: Int, isFull: Bool) {
        let base = tags[0].time
        let mask: UInt64 = (1 &<< ReferenceFormat.timeBits) &- 1
        var words = 0
        for index in 0..<tags.count {
            let tag = tags[index]
            guard tag.kind.rawValue <= TimeTag.Kind.marker.rawValue else {
                throw .kind(found: tag.kind.rawValue)
            }
            let isAnnotated = tag.detail != 0 || tag.count != 0
            let (away, wraps) = tag.time.subtractingReportingOverflow(base)
            let isNear = !wraps && away >= -ReferenceFormat.reach && away <= ReferenceFormat.reach
            guard isNear, words &+ (isAnnotated ? 2 : 1) <= ReferenceFormat.mostWords else {
                return (index, words, true)
            }
            let head =
                UInt64(widening: tag.channel) &<< 48 | UInt64(widening: tag.kind.rawValue) &<< 56
            store(head | UInt64(bitPattern: tag.time) & mask, word: words, in: frame)
            words &+= 1
            if isAnnotated {
                let note =
                    UInt64(widening: ReferenceFormat.annotation) &<< 56 | UInt64(
                        widening: tag.detail) &<< 32
                    | UInt64(widening: tag.count)
                store(note, word: words, in: frame)
                words &+= 1
            }
            if words == ReferenceFormat.mostWords { return (index &+ 1, words, true) }
        }
        return (tags.count, words, false)
    }

    private func store(_ value: UInt64, word: Int, in frame: UnsafeMutableRawBufferPointer) {
        frame.baseAddress?.storeBytes(
            of: value.littleEndian, toByteOffset: ReferenceFormat.headerSize &+ 8 &* word,
            as: UInt64.self)
    }

    /// Writes header and trailer around the words of a frame.
    private mutating func seal(
        _ frame: UnsafeMutableRawBufferPointer, base: Int64, words: Int
    ) {
        guard let start = frame.baseAddress else { return }
        let loss = pendingLoss
        start.storeBytes(of: ReferenceFormat.magic.littleEndian, toByteOffset: 0, as: UInt32.self)
        start.storeBytes(of: ReferenceFormat.version, toByteOffset: 4, as: UInt8.self)
        let flags = loss == nil ? 0 : ReferenceFormat.lossFlag
        start.storeBytes(of: flags, toByteOffset: 5, as: UInt8.self)
        start.storeBytes(of: UInt16(words).littleEndian, toByteOffset: 6, as: UInt16.self)
        start.storeBytes(of: sequence.littleEndian, toByteOffset: 8, as: UInt32.self)
        start.storeBytes(of: (loss?.count ?? 0).littleEndian, toByteOffset: 12, as: UInt32.self)
        start.storeBytes(of: base.littleEndian, toByteOffset: 16, as: Int64.self)
        start.storeBytes(of: (loss?.from ?? 0).littleEndian, toByteOffset: 24, as: Int64.self)
        let end = frame.count
        start.storeBytes(of: 0, toByteOffset: end &- 8, as: UInt32.self)
        let sum = CRC32C.of(UnsafeRawBufferPointer(rebasing: frame[..<(end &- 4)]))
        start.storeBytes(of: sum.littleEndian, toByteOffset: end &- 4, as: UInt32.self)
        pendingLoss = nil
        sequence &+= 1
    }
}
