/// Turns time tags into the bytes of a file format, with fixed memory.
///
/// The mirror image of ``TagDecoder``: the encoder takes whole units off the front of the tags,
/// the caller keeps the rest and presents it again, and ``finish(_:into:)`` writes the last one.
public protocol TagEncoder: Sendable {
    /// Free bytes in the output without which a call may do nothing.
    static var smallestOutput: Int { get }

    /// Most tags that a call may leave untouched for want of more.
    static var largestUnit: Int { get }

    /// Tags written so far.
    var counters: EncodeCounters { get }

    /// Encodes as many of `tags` as make whole units and fit into `output`.
    ///
    /// - Throws: The first tag that the format cannot hold. What was written by earlier calls is
    ///   whole; what this call wrote is not.
    mutating func encode(
        _ tags: UnsafeBufferPointer<TimeTag>, into output: UnsafeMutableRawBufferPointer
    ) throws(EncodeError) -> EncodeProgress

    /// Encodes what is left when no more tags will come; call again until all are consumed.
    mutating func finish(
        _ leftover: UnsafeBufferPointer<TimeTag>, into output: UnsafeMutableRawBufferPointer
    ) throws(EncodeError) -> EncodeProgress
}

/// How far one call of an encoder came.
public struct EncodeProgress: Equatable, Sendable, BitwiseCopyable {
    /// Tags taken off the front of the input.
    public var tagsConsumed: Int
    /// Bytes written to the front of the output.
    public var bytesWritten: Int

    /// A progress of so many tags and bytes.
    @inlinable public init(tagsConsumed: Int, bytesWritten: Int) {
        self.tagsConsumed = tagsConsumed
        self.bytesWritten = bytesWritten
    }
}

/// What an encoder has written, and what its format made it change.
public struct EncodeCounters: Equatable, Sendable, BitwiseCopyable {
    /// Tags taken in.
    public var tags: Int64 = 0
    /// Records written, overflow records included.
    public var records: Int64 = 0
    /// Tags whose time was rounded to the format's grid.
    public var roundedTags: Int64 = 0
    /// Records about the stream (loss, roll-over) that the format has no place for.
    public var omittedTags: Int64 = 0

    /// Nothing written yet.
    @inlinable public init() {}
}

/// A tag that a format cannot hold.
public enum EncodeError: Error, Equatable, Sendable {
    /// The channel has no code; allowed are those in the range.
    case channel(found: UInt8, allowed: ClosedRange<UInt8>)
    /// The time lies before the format's zero or beyond its end, ps.
    case time(found: Int64, allowed: ClosedRange<Int64>)
    /// The tag lies before a counter period that has been written, ps; sort the tags first.
    case outOfOrder(found: Int64, earliest: Int64)
    /// The kind has no code in the format.
    case kind(found: UInt8)
    /// A marker's code has no place; allowed are those in the range.
    case marker(found: UInt16, allowed: ClosedRange<UInt16>)
}
