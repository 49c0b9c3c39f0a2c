import Quantities

/// One announced click, packed: slot within the epoch, basis, and on the ground its secret bit.
///
/// Bits 31 to 2: slot since the epoch's first, bit 1: basis, bit 0: key bit (0 once on the wire).
public struct ClickWord: Equatable, Sendable, BitwiseCopyable {
    /// Slots that an epoch may have: 30 bits, 1.7 s at 625 MHz.
    public static let largestEpoch: UInt32 = 1 &<< 30
    /// The packed word.
    public var rawValue: UInt32

    /// Packs a click; `slot` is below ``largestEpoch``, `basis` and `bit` are 0 or 1.
    @inlinable public init(slot: UInt32, basis: UInt8, bit: UInt8) {
        rawValue = slot &<< 2 | UInt32(basis & 1) &<< 1 | UInt32(bit & 1)
    }

    /// Slot since the epoch's first.
    @inlinable public var slot: UInt32 { rawValue &>> 2 }
    /// 0 rectilinear, 1 diagonal.
    @inlinable public var basis: UInt8 { UInt8(rawValue &>> 1 & 1) }
    /// The key bit.
    @inlinable public var bit: UInt8 { UInt8(rawValue & 1) }
}

/// 16 bytes of a SHA-256: what a part of the transcript is known by.
public struct ShortDigest: Equatable, Sendable, BitwiseCopyable {
    /// Bytes of a digest on the wire.
    public static let size = 16
    /// First eight bytes, little-endian.
    public var low: UInt64
    /// Last eight bytes, little-endian.
    public var high: UInt64

    /// The digest with these halves.
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// The digest at `offset`.
    public init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
        low = bytes.get(at: offset)
        high = bytes.get(at: offset + 8)
    }

    /// Writes the digest at `offset`.
    public func put(in bytes: UnsafeMutableRawBufferPointer, at offset: Int = 0) {
        bytes.put(low, at: offset)
        bytes.put(high, at: offset + 8)
    }
}

/// The payload of an announcement: slot gaps in a Rice code, one basis bit after each.
///
/// Layout, little-endian: digest (16 bytes), clicks of the epoch in earlier parts (4), first slot
/// not covered by earlier parts (4), clicks here (2), parameter of the code (1), then the bits.
/// It carries neither a key bit nor any time below a slot.
public struct AnnouncementPayload: Equatable, Sendable, BitwiseCopyable {
    /// Bytes before the bits.
    public static let headSize = 27
    /// Clicks per part. A reply takes at most 5 bits per click, so it fits into one message.
    public static let largestClickCount = 16_384

    /// What the sender computed over the part.
    public var digest: ShortDigest
    /// Clicks of the epoch in earlier parts.
    public var firstIndex: UInt32
    /// Slot within the epoch from which the first gap counts.
    public var base: UInt32
    /// Clicks in this part.
    public var count: Int
    /// The code of the gaps.
    public var code: RiceCode

    /// Encodes as many of `clicks` as fit; the digest is left 0, to be put in by the caller.
    ///
    /// - Parameters:
    ///   - clicks: The rest of the epoch, ascending by slot, each slot once, none below `base`.
    ///   - base: One past the last slot of the part before; 0 for the first part.
    ///   - payload: Room for the payload; ``headSize`` or more.
    /// - Returns: Clicks encoded and bytes written.
    public static func encode(
        _ clicks: UnsafeBufferPointer<ClickWord>, firstIndex: UInt32, base: UInt32,
        into payload: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> (clicks: Int, bytes: Int) {
        guard payload.count >= headSize else {
            throw .room(needed: headSize, given: payload.count)
        }
        let bits = 8 * (min(payload.count, MessageHeader.largestPayload) - headSize)
        let (count, code) = fit(clicks, base: base, bits: bits)
        ShortDigest(low: 0, high: 0).put(in: payload)
        payload.put(firstIndex, at: 16)
        payload.put(base, at: 20)
        payload.put(UInt16(count), at: 24)
        payload[26] = code.parameter
        var writer = BitWriter(UnsafeMutableRawBufferPointer(rebasing: payload[headSize...]))
        var next = base
        for index in 0..<count {
            code.write(clicks[index].slot &- next, to: &writer)
            writer.write(UInt32(clicks[index].basis), count: 1)
            next = clicks[index].slot &+ 1
        }
        return (count, headSize + writer.finish())
    }

    /// How many of `clicks` ``encode(_:firstIndex:base:into:)`` puts into a payload of
    /// ``MessageHeader/largestPayload`` bytes.
    public static func fittingCount(
        _ clicks: UnsafeBufferPointer<ClickWord>, base: UInt32
    ) -> Int {
        fit(clicks, base: base, bits: 8 * (MessageHeader.largestPayload - headSize)).count
    }

    /// How many clicks fit into `bits`, and the best code for them.
    private static func fit(
        _ clicks: UnsafeBufferPointer<ClickWord>, base: UInt32, bits: Int
    ) -> (count: Int, code: RiceCode) {
        let candidates = clicks.prefix(largestClickCount)
        guard let last = candidates.last else { return (0, .estimate(sum: 0, count: 0)) }
        let span = UInt64(widening: last.slot &- base) &+ 1 &- UInt64(widening: candidates.count)
        let code = RiceCode.estimate(sum: span, count: candidates.count)
        let lower = (try? RiceCode(parameter: code.neighbours.lowerBound)) ?? code
        let upper = (try? RiceCode(parameter: code.neighbours.upperBound)) ?? code
        var (total, lowerTotal, upperTotal) = (0, 0, 0)
        var next = base
        for index in 0..<candidates.count {
            let gap = clicks[index].slot &- next
            // A basis bit follows each gap.
            let length = code.length(of: gap) + 1
            guard total + length <= bits else {
                return (index, best(code, total, lower, lowerTotal, upper, upperTotal))
            }
            total += length
            lowerTotal += lower.length(of: gap) + 1
            upperTotal += upper.length(of: gap) + 1
            next = clicks[index].slot &+ 1
        }
        return (candidates.count, best(code, total, lower, lowerTotal, upper, upperTotal))
    }

    /// The code of the fewest bits: where two are as good, the first.
    private static func best(
        _ code: RiceCode, _ total: Int, _ lower: RiceCode, _ lowerTotal: Int, _ upper: RiceCode,
        _ upperTotal: Int
    ) -> RiceCode {
        if lowerTotal < total { return lowerTotal <= upperTotal ? lower : upper }
        return upperTotal < total ? upper : code
    }

    /// Reads a payload.
    ///
    /// - Parameters:
    ///   - slotCount: Slots of the epoch, up to ``ClickWord/largestEpoch``.
    ///   - clicks: Room for the clicks; their bit is 0.
    /// - Throws: ``WireError``; `clicks` then holds nothing of worth.
    public static func decode(
        _ payload: UnsafeRawBufferPointer, slotCount: UInt32,
        into clicks: UnsafeMutableBufferPointer<ClickWord>
    ) throws(WireError) -> AnnouncementPayload {
        guard payload.count >= headSize else { throw .payloadEnds(count: payload.count) }
        let stated: UInt16 = payload.get(at: 24)
        let count = Int(stated)
        guard count <= largestClickCount else { throw .clickCount(count) }
        guard clicks.count >= count else { throw .room(needed: count, given: clicks.count) }
        let head = AnnouncementPayload(
            digest: ShortDigest(payload), firstIndex: payload.get(at: 16),
            base: payload.get(at: 20), count: count,
            code: try RiceCode(parameter: payload[26]))
        var reader = BitReader(UnsafeRawBufferPointer(rebasing: payload[headSize...]))
        var next = UInt64(widening: head.base)
        let end = UInt64(widening: slotCount)
        guard next <= end else { throw .slot(next) }
        for index in 0..<count {
            let slot = next + UInt64(widening: head.code.read(from: &reader))
            guard slot < end else { throw .slot(slot) }
            let basis = UInt8(reader.read(1))
            guard !reader.isExhausted else { throw .payloadEnds(count: payload.count) }
            clicks[index] = ClickWord(
                slot: UInt32(truncatingIfNeeded: slot), basis: basis, bit: 0)
            next = slot + 1
        }
        try reader.finish()
        return head
    }
}
