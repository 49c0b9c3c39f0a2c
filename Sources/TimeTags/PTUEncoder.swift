/// Encodes PicoQuant PTU files in T2 mode with a time unit of 1 ps.
///
/// Photon channels 0 to 63, the sync input as ``PTUChannel/sync`` and markers 1 to 15 are held
/// without loss; roll-overs are written anew as overflow records; loss records have no place in
/// the format and are counted as omitted. Tags must not go back across a counter period, about
/// 34 us, that has been written: sort them first.
///
/// A long silence costs one overflow record per 4.3 ms; subtract a far zero first.
///
/// The header's number of records is 0 (not known) until ``recordCountOffset`` is patched.
public struct PTUEncoder: TagEncoder {
    /// The header and one record.
    @inlinable public static var smallestOutput: Int { 1024 }
    /// One tag.
    @inlinable public static var largestUnit: Int { 1 }
    /// Where in the file the number of records stands, 8 bytes little-endian.
    public static var recordCountOffset: Int { PTUHeaderWriter.recordCountOffset }

    /// What has been seen or written so far.
    public private(set) var counters = EncodeCounters()
    /// Periods per overflow record. The format allows 2^25 - 1, but ptufile 2026.2.6 multiplies
    /// them by 2^25 in 32 bits, so more than 127 would be misread there.
    private static var mostPeriods: Int64 { 127 }

    private let type: PTURecordType
    private var base: Int64 = 0
    private var hasHeader = false

    /// An encoder at the start of a file.
    ///
    /// - Parameter generic: Use the record type of MultiHarp and PicoHarp 330 in place of
    ///   HydraHarp's second; the records are the same.
    public init(generic: Bool = false) { type = generic ? .generic : .hydraHarp2 }

    /// Encodes whole units of `tags`; see ``TagEncoder``.
    public mutating func encode(
        _ tags: UnsafeBufferPointer<TimeTag>, into output: UnsafeMutableRawBufferPointer
    ) throws(EncodeError) -> EncodeProgress {
        guard let start = output.baseAddress, output.count >= Self.smallestOutput else {
            return EncodeProgress(tagsConsumed: 0, bytesWritten: 0)
        }
        var written = 0
        if !hasHeader {
            PTUHeaderWriter.writeT2(type: type, into: start)
            written = PTUHeaderWriter.headerSize
            hasHeader = true
        }
        var consumed = 0
        while consumed < tags.count, output.count &- written >= 8 {
            let tag = tags[consumed]
            if tag.kind == .rollOver || tag.kind == .lossBegin || tag.kind == .lossEnd {
                if tag.kind != .rollOver { counters.omittedTags &+= 1 }
            } else {
                let head = try Self.head(of: tag)
                guard tag.time >= 0 else {
                    throw .time(found: tag.time, allowed: 0...Int64.max)
                }
                guard tag.time >= base else {
                    throw .outOfOrder(found: tag.time, earliest: base)
                }
                let periods = (tag.time &- base) &>> 25
                if periods > 0 {
                    let step = min(periods, Self.mostPeriods)
                    store(0xFE00_0000 | UInt32(truncatingIfNeeded: step), at: start + written)
                    base &+= step &<< 25
                    written &+= 4
                }
                // A longer gap needs further overflow records first.
                guard tag.time &- base < 1 &<< 25 else { continue }
                store(head | UInt32(truncatingIfNeeded: tag.time &- base), at: start + written)
                written &+= 4
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

    private mutating func store(_ record: UInt32, at place: UnsafeMutableRawPointer) {
        place.storeBytes(of: record.littleEndian, as: UInt32.self)
        counters.records &+= 1
    }

    /// The upper seven bits of a tag's record.
    private static func head(of tag: TimeTag) throws(EncodeError) -> UInt32 {
        switch tag.kind {
        case .detection:
            guard tag.channel <= PTUChannel.sync else {
                throw .channel(found: tag.channel, allowed: 0...PTUChannel.sync)
            }
            return tag.channel == PTUChannel.sync ? 0x8000_0000 : UInt32(tag.channel) &<< 25
        case .marker:
            guard tag.detail >= 1, tag.detail <= 15 else {
                throw .marker(found: tag.detail, allowed: 1...15)
            }
            return 0x8000_0000 | UInt32(tag.detail) &<< 25
        default:
            throw .kind(found: tag.kind.rawValue)
        }
    }
}
