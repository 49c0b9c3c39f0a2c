import Quantities

/// What the satellite says of one announced click, packed.
public struct Verdict: Equatable, Sendable, BitwiseCopyable {
    /// Bit 0: kept, bit 1: the sent bit (test basis only), bits 2 and 3: intensity class.
    public var rawValue: UInt8

    /// The click was measured in another basis than it was sent in.
    @inlinable public static var dropped: Verdict { Verdict(rawValue: 0) }

    /// A verdict from its bits.
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A kept click; `intensity` is 0 to 2, `bit` is 0 or 1, and 0 for a key-basis click.
    @inlinable public init(intensity: UInt8, bit: UInt8) {
        rawValue = 1 | (bit & 1) &<< 1 | (intensity & 3) &<< 2
    }

    /// Whether the bases agree.
    @inlinable public var isKept: Bool { rawValue & 1 == 1 }
    /// The sent bit of a test-basis click.
    @inlinable public var bit: UInt8 { rawValue &>> 1 & 1 }
    /// 0 signal, 1 decoy, 2 vacuum.
    @inlinable public var intensity: UInt8 { rawValue &>> 2 & 3 }
}

/// The payload of a reply: keep mask, test bits, intensity classes.
///
/// Layout, little-endian: digest of the announcement (16 bytes), clicks (2), clicks kept (2), kept
/// clicks not of the commonest intensity (2), the commonest intensity (1), parameter of the gap
/// code (1), then bits: one per click, 1 if kept; the sent bit of each kept test-basis click; for
/// each kept click not of the commonest intensity the Rice-coded count of kept clicks skipped,
/// then 0 for the lower, 1 for the higher of the two other classes.
///
/// It carries the sent bits of all test-basis clicks of all intensities and none of the key basis
/// (Lim et al., Phys. Rev. A 89, 022307, section II).
public struct ReplyPayload: Equatable, Sendable, BitwiseCopyable {
    /// Bytes before the bits.
    public static let headSize = 24
    /// Intensity classes: signal, decoy, vacuum.
    public static let intensityCount: UInt8 = 3

    /// Digest of the announcement that is answered.
    public var digest: ShortDigest
    /// Clicks answered, dropped ones included.
    public var count: Int
    /// Clicks kept.
    public var keptCount: Int

    /// Encodes the verdicts on `clicks`.
    ///
    /// - Parameters:
    ///   - verdicts: One per click.
    ///   - testBasis: The basis whose bits are told.
    ///   - payload: Room for it; ``MessageHeader/largestPayload`` is always enough.
    /// - Returns: Bytes written.
    public static func encode(
        _ verdicts: UnsafeBufferPointer<Verdict>, on clicks: UnsafeBufferPointer<ClickWord>,
        testBasis: UInt8, digest: ShortDigest, into payload: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> Int {
        precondition(verdicts.count == clicks.count)
        precondition(clicks.count <= AnnouncementPayload.largestClickCount)
        guard payload.count >= headSize else {
            throw .room(needed: headSize, given: payload.count)
        }
        var tally: InlineArray<4, Int> = InlineArray(repeating: 0)
        for verdict in verdicts where verdict.isKept { tally[Int(verdict.intensity)] += 1 }
        let common = commonest(tally)
        let kept = tally[0] + tally[1] + tally[2] + tally[3]
        let others = kept - tally[Int(common)]
        let code = RiceCode.estimate(sum: UInt64(widening: kept - others), count: others)
        digest.put(in: payload)
        payload.put(UInt16(clicks.count), at: 16)
        payload.put(UInt16(kept), at: 18)
        payload.put(UInt16(others), at: 20)
        payload[22] = common
        payload[23] = code.parameter
        var writer = BitWriter(UnsafeMutableRawBufferPointer(rebasing: payload[headSize...]))
        for verdict in verdicts { writer.write(verdict.isKept ? 1 : 0, count: 1) }
        for index in 0..<verdicts.count
        where verdicts[index].isKept && clicks[index].basis == testBasis {
            writer.write(UInt32(verdicts[index].bit), count: 1)
        }
        var skipped: UInt32 = 0
        for verdict in verdicts where verdict.isKept {
            guard verdict.intensity != common else {
                skipped += 1
                continue
            }
            code.write(skipped, to: &writer)
            writer.write(verdict.intensity == higherOther(common) ? 1 : 0, count: 1)
            skipped = 0
        }
        let used = headSize + writer.finish()
        guard !writer.isFull else { throw .room(needed: used + 1, given: payload.count) }
        return used
    }

    /// Reads a payload that answers `clicks`.
    ///
    /// - Parameters:
    ///   - testBasis: The basis whose bits are told.
    ///   - verdicts: Room for one per click.
    /// - Throws: ``WireError``; `verdicts` then holds nothing of worth.
    public static func decode(
        _ payload: UnsafeRawBufferPointer, on clicks: UnsafeBufferPointer<ClickWord>,
        testBasis: UInt8, into verdicts: UnsafeMutableBufferPointer<Verdict>
    ) throws(WireError) -> ReplyPayload {
        precondition(verdicts.count >= clicks.count)
        guard payload.count >= headSize else { throw .payloadEnds(count: payload.count) }
        let (count, kept, others): (UInt16, UInt16, UInt16) = (
            payload.get(at: 16), payload.get(at: 18), payload.get(at: 20)
        )
        guard Int(count) == clicks.count else {
            throw .count(stated: Int(count), present: clicks.count)
        }
        let common = payload[22]
        guard common < intensityCount else { throw .code(common) }
        let code = try RiceCode(parameter: payload[23])
        var reader = BitReader(UnsafeRawBufferPointer(rebasing: payload[headSize...]))
        var present = 0
        for index in 0..<clicks.count {
            let isKept = reader.read(1) == 1
            present += isKept ? 1 : 0
            verdicts[index] = isKept ? Verdict(intensity: common, bit: 0) : .dropped
        }
        guard present == Int(kept) else { throw .count(stated: Int(kept), present: present) }
        guard others <= kept else { throw .count(stated: Int(others), present: Int(kept)) }
        for index in 0..<clicks.count
        where verdicts[index].isKept && clicks[index].basis == testBasis {
            verdicts[index] = Verdict(intensity: common, bit: UInt8(reader.read(1)))
        }
        try readOthers(
            Int(others), common: common, code: code, clickCount: clicks.count,
            from: &reader, into: verdicts)
        try reader.finish()
        return ReplyPayload(
            digest: ShortDigest(payload), count: Int(count), keptCount: Int(kept))
    }

    private static func readOthers(
        _ others: Int, common: UInt8, code: RiceCode, clickCount: Int,
        from reader: inout BitReader, into verdicts: UnsafeMutableBufferPointer<Verdict>
    ) throws(WireError) {
        var index = 0
        for other in 0..<others {
            var skip = code.read(from: &reader)
            let isHigher = reader.read(1) == 1
            // Bounded by the clicks: each step either skips or takes one.
            while index < clickCount, !verdicts[index].isKept || skip > 0 {
                if verdicts[index].isKept { skip -= 1 }
                index += 1
            }
            guard index < clickCount else { throw .count(stated: others, present: other) }
            let intensity = isHigher ? higherOther(common) : lowerOther(common)
            verdicts[index] = Verdict(intensity: intensity, bit: verdicts[index].bit)
            index += 1
        }
    }

    private static func commonest(_ tally: InlineArray<4, Int>) -> UInt8 {
        var best: UInt8 = 0
        for intensity in 1..<intensityCount where tally[Int(intensity)] > tally[Int(best)] {
            best = intensity
        }
        return best
    }

    private static func lowerOther(_ common: UInt8) -> UInt8 { common == 0 ? 1 : 0 }
    private static func higherOther(_ common: UInt8) -> UInt8 { common == 2 ? 1 : 2 }
}
