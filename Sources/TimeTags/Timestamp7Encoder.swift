import Quantities

/// Encodes S-Fifteen timestamp7 a1 events.
///
/// Channels 1 to 4 become detector bits 0 to 3. Time is rounded half up to 1/256 ns; a time that
/// came from such a tick comes back as the same tick. Loss and roll-over records have no place in
/// the format and are counted as omitted; markers are refused.
public struct Timestamp7Encoder: TagEncoder {
    /// One event.
    @inlinable public static var smallestOutput: Int { 8 }
    /// One tag.
    @inlinable public static var largestUnit: Int { 1 }

    /// What has been seen or written so far.
    public private(set) var counters = EncodeCounters()
    private let highFirst: Bool

    /// An encoder at the start of a file; `highFirst` writes the legacy word order.
    public init(highFirst: Bool = false) { self.highFirst = highFirst }

    /// The latest time that fits the word's 54 bits, ps.
    public static var latestTime: Int64 {
        Timestamp7Format.scale.picosecondsRoundedHalfUp((1 &<< 54) &- 1)
    }

    /// Encodes whole units of `tags`; see ``TagEncoder``.
    public mutating func encode(
        _ tags: UnsafeBufferPointer<TimeTag>, into output: UnsafeMutableRawBufferPointer
    ) throws(EncodeError) -> EncodeProgress {
        guard let start = output.baseAddress else {
            return EncodeProgress(tagsConsumed: 0, bytesWritten: 0)
        }
        var written = 0
        var consumed = 0
        while consumed < tags.count, output.count &- written >= 8 {
            let tag = tags[consumed]
            if tag.kind == .detection {
                let word = try word(for: tag)
                let stored = highFirst ? word &<< 32 | word &>> 32 : word
                (start + written).storeBytes(of: stored.littleEndian, as: UInt64.self)
                written &+= 8
                counters.records &+= 1
            } else if tag.kind == .marker {
                throw .kind(found: tag.kind.rawValue)
            } else {
                counters.omittedTags &+= 1
            }
            consumed &+= 1
            counters.tags &+= 1
        }
        return EncodeProgress(tagsConsumed: consumed, bytesWritten: written)
    }

    /// Deals with what is left at the end; call again until all is consumed.
    public mutating func finish(
        _ leftover: UnsafeBufferPointer<TimeTag>, into output: UnsafeMutableRawBufferPointer
    ) throws(EncodeError) -> EncodeProgress {
        try encode(leftover, into: output)
    }

    private mutating func word(for tag: TimeTag) throws(EncodeError) -> UInt64 {
        guard tag.channel >= 1, tag.channel <= 4 else {
            throw .channel(found: tag.channel, allowed: 1...4)
        }
        guard tag.time >= 0, tag.time <= Self.latestTime else {
            throw .time(found: tag.time, allowed: 0...Self.latestTime)
        }
        let scale = Timestamp7Format.scale
        let ticks = scale.ticksRoundedHalfUp(tag.time)
        // Tick and picosecond grids meet every 125 ps.
        if scale.picosecondsRoundedHalfUp(ticks) != tag.time { counters.roundedTags &+= 1 }
        return UInt64(bitPattern: ticks) &<< 10 | 1 &<< UInt64(widening: tag.channel &- 1)
    }
}
