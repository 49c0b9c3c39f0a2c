import Quantities
public import Wire

/// How much of a pass the satellite may hold.
public struct SatelliteCapacity: Equatable, Sendable, BitwiseCopyable {
    /// Parts of epochs: 4096 are 13 min of 200 ms epochs with one part each.
    public var parts: Int
    /// Key bits: 4 Mbit are 10 min at 13.5 kHz with half the clicks kept.
    public var keyBits: Int

    /// A capacity with both fields given; parts at least 2, key bits a multiple of 8.
    public init(parts: Int = 4096, keyBits: Int = 4 * 1024 * 1024) {
        precondition(parts >= 2 && keyBits >= 8 && keyBits % 8 == 0)
        self.parts = parts
        self.keyBits = keyBits
    }

    /// Bytes of memory to hand to a ``SatelliteSifter``, aligned to 16.
    public var byteCount: Int {
        parts * MemoryLayout<HeldPart>.stride + keyBits / 8
            + MessageHeader.largestPayload.roundedUp + 5 * AnnouncementPayload.largestClickCount
    }
}

extension Int {
    /// The next multiple of 16.
    fileprivate var roundedUp: Int { (self + 15) / 16 * 16 }
}

/// One part that was answered.
struct HeldPart: BitwiseCopyable {
    var epoch: UInt32
    var part: UInt8
    var parts: UInt8
    var digest: ShortDigest
    var replyDigest: ShortDigest
    var hashes = PartHashes()
    var firstBit: Int
    var bitCount: Int
    var counts: SiftCounts
    var isUsed: Bool
}

/// What did not go the straight way on the satellite's side of sifting.
public struct SatelliteCounters: Equatable, Sendable, BitwiseCopyable {
    /// Parts answered for the first time.
    public var answered: UInt64 = 0
    /// Parts answered again, in the same words.
    public var repeated: UInt64 = 0
    /// Announcements that contradict an earlier one.
    public var contradictions: UInt64 = 0
    /// Announcements whose digest does not fit.
    public var wrongDigest: UInt64 = 0
    /// Announcements for which there was no memory.
    public var full: UInt64 = 0
    /// Announcements after the close.
    public var afterClose: UInt64 = 0
    /// Messages that were damaged.
    public var damaged: UInt64 = 0
    /// Whole messages that were not for this session or this end.
    public var foreign: UInt64 = 0
    /// Whole messages whose content made no sense.
    public var malformed: UInt64 = 0

    /// All 0.
    public init() {}
}

/// The satellite's half of sifting: announcements in, replies out, key bits held.
///
/// Every answer follows from the announcement and the record of sent states alone: a repeated
/// announcement gets the same bytes. The first announcement of a part stands; another one for the
/// same part is refused, so that no two answers are ever told.
public struct SatelliteSifter<Digest: TranscriptDigest, Source: StateSource>: ~Copyable,
    EpochHolder
{
    /// What both ends hold.
    public let parameters: SiftParameters
    /// What did not go the straight way.
    public private(set) var counters = SatelliteCounters()
    /// The answer to the close, once there was one.
    public private(set) var closed: CloseReplyPayload?

    private let witness: PartWitness?
    private let capacity: SatelliteCapacity
    private let source: Source
    private let parts: UnsafeMutablePointer<HeldPart>
    private let bits: UnsafeMutablePointer<UInt8>
    private let clicks: UnsafeMutableBufferPointer<ClickWord>
    private let verdicts: UnsafeMutableBufferPointer<Verdict>
    private let closePayload: UnsafeMutableRawBufferPointer
    private var closeSize = 0
    private var partsUsed = 0
    private var bitsUsed = 0

    /// A sifter that has heard nothing.
    ///
    /// - Parameters:
    ///   - witness: Hashes everything said, if the pass is to be authenticated.
    ///   - storage: At least `capacity.byteCount` bytes, aligned to 16, owned by the caller and
    ///     used by nothing else while the sifter lives.
    public init(
        parameters: SiftParameters, source: Source,
        capacity: SatelliteCapacity = SatelliteCapacity(),
        witness: consuming PartWitness? = nil, storage: UnsafeMutableRawBufferPointer
    ) {
        precondition(storage.count >= capacity.byteCount)
        guard var base = storage.baseAddress else { preconditionFailure("no memory given") }
        precondition(UInt(bitPattern: base) & 15 == 0)
        self.parameters = parameters
        self.source = source
        self.witness = witness
        self.capacity = capacity
        parts = base.bindMemory(to: HeldPart.self, capacity: capacity.parts)
        base += capacity.parts * MemoryLayout<HeldPart>.stride
        closePayload = UnsafeMutableRawBufferPointer(
            start: base, count: MessageHeader.largestPayload)
        base += MessageHeader.largestPayload.roundedUp
        let most = AnnouncementPayload.largestClickCount
        clicks = UnsafeMutableBufferPointer(
            start: base.bindMemory(to: ClickWord.self, capacity: most), count: most)
        base += 4 * most
        verdicts = UnsafeMutableBufferPointer(
            start: base.bindMemory(to: Verdict.self, capacity: most), count: most)
        base += most
        bits = base.bindMemory(to: UInt8.self, capacity: capacity.keyBits / 8)
        for index in 0..<capacity.parts { parts[index] = Self.unused }
    }

    private static var unused: HeldPart {
        let zero = ShortDigest(low: 0, high: 0)
        return HeldPart(
            epoch: 0, part: 0, parts: 0, digest: zero, replyDigest: zero, firstBit: 0,
            bitCount: 0, counts: SiftCounts(), isUsed: false)
    }

    /// Takes a message from the link, whatever it is, and writes the answer.
    ///
    /// - Parameter answer: Room for `MessageHeader.largestMessage` bytes.
    /// - Returns: Bytes of the answer; 0 if there is none.
    public mutating func receive(
        _ message: UnsafeRawBufferPointer, answer: UnsafeMutableRawBufferPointer
    ) -> Int {
        precondition(answer.count >= MessageHeader.largestMessage)
        let opened: (header: MessageHeader, payload: Range<Int>)
        do throws(WireError) { opened = try Message.open(message) } catch {
            counters.damaged &+= 1
            return 0
        }
        let header = opened.header
        guard header.session == parameters.session, header.direction == .up else {
            counters.foreign &+= 1
            return 0
        }
        let payload = UnsafeRawBufferPointer(rebasing: message[opened.payload])
        do throws(WireError) {
            switch header.type {
            case .announcement: return try take(payload, header: header, answer: answer)
            case .close: return try take(close: payload, header: header, answer: answer)
            case .reply, .refusal, .closeReply, .distillationRequest, .distillationAnswer,
                .letter, .coincidenceRequest, .coincidenceAnswer:
                counters.foreign &+= 1
            }
        } catch {
            counters.malformed &+= 1
        }
        return 0
    }

    private mutating func take(
        _ payload: UnsafeRawBufferPointer, header: MessageHeader,
        answer: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> Int {
        let announcement: AnnouncementPayload
        do throws(WireError) {
            announcement = try AnnouncementPayload.decode(
                payload, slotCount: parameters.slotsPerEpoch, into: clicks)
        } catch {
            counters.malformed &+= 1
            guard payload.count >= ShortDigest.size else { return 0 }
            return try refuse(
                header, digest: ShortDigest(payload), reason: .content, answer: answer)
        }
        let (place, isHeld) = find(epoch: header.epoch, part: header.part)
        if isHeld, let place, parts[place].digest != announcement.digest {
            counters.contradictions &+= 1
            return try refuse(
                header, digest: announcement.digest, reason: .contradiction, answer: answer)
        }
        let digest = PartDigest.of(
            payload, header: header, parameters: parameters, with: Digest.self)
        guard digest == announcement.digest, header.epoch < ClosePayload.largestEpochCount else {
            counters.wrongDigest &+= 1
            return try refuse(
                header, digest: announcement.digest, reason: .digest, answer: answer)
        }
        if isHeld {
            counters.repeated &+= 1
            return try reply(to: announcement, header: header, answer: answer).bytes
        }
        guard closed == nil else {
            counters.afterClose &+= 1
            return try refuse(
                header, digest: announcement.digest, reason: .closed, answer: answer)
        }
        if let sibling = sibling(of: header), parts[sibling].parts != header.parts {
            counters.contradictions &+= 1
            return try refuse(
                header, digest: announcement.digest, reason: .contradiction, answer: answer)
        }
        return try hold(announcement, payload, header: header, at: place, answer: answer)
    }

    /// Answers a part for the first time and holds its key bits.
    private mutating func hold(
        _ announcement: AnnouncementPayload, _ payload: UnsafeRawBufferPointer,
        header: MessageHeader, at place: Int?, answer: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> Int {
        let (bytes, replyDigest) = try reply(to: announcement, header: header, answer: answer)
        var counts = SiftCounts()
        var keyCount = 0
        for index in 0..<announcement.count where verdicts[index].isKept {
            counts.add(basis: clicks[index].basis, intensity: verdicts[index].intensity)
            if clicks[index].basis == parameters.keyBasis { keyCount += 1 }
        }
        // One entry stays free, so that a search ends.
        guard let place, partsUsed + 1 < capacity.parts, bitsUsed + keyCount <= capacity.keyBits
        else {
            counters.full &+= 1
            return try refuse(
                header, digest: announcement.digest, reason: .full, answer: answer)
        }
        parts[place] = HeldPart(
            epoch: header.epoch, part: header.part, parts: header.parts,
            digest: announcement.digest, replyDigest: replyDigest, firstBit: bitsUsed,
            bitCount: keyCount, counts: counts, isUsed: true)
        partsUsed += 1
        noteHashes(of: payload, header: header, answer: answer, bytes: bytes, at: place)
        for index in 0..<announcement.count
        where verdicts[index].isKept && clicks[index].basis == parameters.keyBasis {
            setBit(bitsUsed, to: clicks[index].bit)
            bitsUsed += 1
        }
        counters.answered &+= 1
        return bytes
    }

    private func noteHashes(
        of payload: UnsafeRawBufferPointer, header: MessageHeader,
        answer: UnsafeMutableRawBufferPointer, bytes: Int, at place: Int
    ) {
        let end = bytes - MessageHeader.trailerSize
        let reply = UnsafeRawBufferPointer(rebasing: answer[MessageHeader.size..<end])
        guard
            let up = witness?.value(of: payload, header: header, parameters: parameters),
            let down = witness?.value(
                of: reply, header: self.down(header, .reply), parameters: parameters)
        else { return }
        parts[place].hashes = PartHashes(announcement: up, reply: down)
    }

    /// Writes the reply; leaves the verdicts, and in the clicks the bits that were sent.
    private mutating func reply(
        to announcement: AnnouncementPayload, header: MessageHeader,
        answer: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> (bytes: Int, digest: ShortDigest) {
        let firstSlot = parameters.firstSlot(ofEpoch: header.epoch)
        for index in 0..<announcement.count {
            let click = clicks[index]
            let state = source.state(ofSlot: firstSlot + Int64(widening: click.slot))
            let isTest = click.basis == parameters.testBasis
            verdicts[index] =
                state.basis == click.basis
                ? Verdict(intensity: state.intensity, bit: isTest ? state.bit : 0) : .dropped
            clicks[index] = ClickWord(slot: click.slot, basis: click.basis, bit: state.bit)
        }
        let header = down(header, .reply)
        let room = UnsafeMutableRawBufferPointer(rebasing: answer[MessageHeader.size...])
        let size = try ReplyPayload.encode(
            UnsafeBufferPointer(rebasing: verdicts[..<announcement.count]),
            on: UnsafeBufferPointer(rebasing: clicks[..<announcement.count]),
            testBasis: parameters.testBasis, digest: announcement.digest, into: room)
        let digest = PartDigest.of(
            UnsafeRawBufferPointer(rebasing: room[..<size]), header: header,
            parameters: parameters, with: Digest.self)
        return (try Message.seal(header, payloadCount: size, in: answer), digest)
    }

    private func refuse(
        _ header: MessageHeader, digest: ShortDigest, reason: RefusalReason,
        answer: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> Int {
        let room = UnsafeMutableRawBufferPointer(rebasing: answer[MessageHeader.size...])
        let size = try RefusalPayload(digest: digest, reason: reason).put(in: room)
        return try Message.seal(down(header, .refusal), payloadCount: size, in: answer)
    }

    private func down(_ header: MessageHeader, _ type: MessageType) -> MessageHeader {
        var header = header
        header.type = type
        header.direction = .down
        return header
    }

    /// Where a part is held, or else where it would be; open addressing, at most all entries.
    private func find(epoch: UInt32, part: UInt8) -> (place: Int?, isHeld: Bool) {
        let key = UInt64(widening: epoch) &<< 8 | UInt64(widening: part)
        let hash = (key &* 0x9E37_79B9_7F4A_7C15) &>> 32
        var place = Int(truncatingIfNeeded: hash % UInt64(widening: capacity.parts))
        for _ in 0..<capacity.parts {
            guard parts[place].isUsed else { return (place, false) }
            if parts[place].epoch == epoch, parts[place].part == part { return (place, true) }
            place = place + 1 == capacity.parts ? 0 : place + 1
        }
        return (nil, false)
    }

    /// A part of the same epoch that is held already.
    private func sibling(of header: MessageHeader) -> Int? {
        guard header.parts > 1 || header.part > 0 || partsUsed > 0 else { return nil }
        for part in 0..<max(header.parts, 2) where part != header.part {
            let (place, isHeld) = find(epoch: header.epoch, part: part)
            if isHeld { return place }
        }
        return nil
    }

    private func setBit(_ index: Int, to bit: UInt8) {
        let mask: UInt8 = 1 &<< UInt8(7 - index % 8)
        if bit == 1 { bits[index / 8] |= mask } else { bits[index / 8] &= ~mask }
    }

    private mutating func take(
        close payload: UnsafeRawBufferPointer, header: MessageHeader,
        answer: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> Int {
        let stated = try ClosePayload(payload)
        let result: CloseReplyPayload
        if let closed {
            result =
                isSameClose(payload)
                ? closed
                : CloseReplyPayload(
                    status: .contradiction, transcript: closed.transcript, counts: closed.counts)
        } else {
            for index in 0..<payload.count { closePayload[index] = payload[index] }
            closeSize = payload.count
            result = agree(stated)
            closed = result
        }
        let room = UnsafeMutableRawBufferPointer(rebasing: answer[MessageHeader.size...])
        let size = try result.put(in: room)
        return try Message.seal(down(header, .closeReply), payloadCount: size, in: answer)
    }

    private func isSameClose(_ payload: UnsafeRawBufferPointer) -> Bool {
        guard payload.count == closeSize else { return false }
        for index in 0..<closeSize where payload[index] != closePayload[index] { return false }
        return true
    }

    /// Compares the ground's close with what is held.
    private func agree(_ stated: ClosePayload) -> CloseReplyPayload {
        var transcript = Transcript<Digest>()
        var counts = SiftCounts()
        var isComplete = true
        eachKept(stated.epochCount) { place in
            guard let place else {
                isComplete = false
                return
            }
            let held = parts[place]
            transcript.add(
                epoch: held.epoch, part: held.part, announcement: held.digest,
                reply: held.replyDigest)
            counts.add(held.counts)
        }
        counts.testErrors = stated.counts.testErrors
        let value = transcript.finish()
        let status: CloseReplyPayload.Status =
            !isComplete
            ? .epochMissing
            : value == stated.transcript && counts == stated.counts ? .agreed : .transcriptDiffers
        return CloseReplyPayload(status: status, transcript: value, counts: counts)
    }

    /// Calls `body` for each part of each epoch that the ground keeps; `nil` for one not held.
    private func eachKept(_ epochCount: UInt32, _ body: (Int?) -> Void) {
        for epoch in 0..<epochCount
        where ClosePayload.keeps(epoch, in: UnsafeRawBufferPointer(closePayload)) {
            let (first, isHeld) = find(epoch: epoch, part: 0)
            guard isHeld, let first else {
                body(nil)
                continue
            }
            for part in 0..<parts[first].parts {
                let (place, isHeld) = find(epoch: epoch, part: part)
                body(isHeld ? place : nil)
            }
        }
    }

    /// What is held of `epoch`: its counts, without errors.
    ///
    /// - Parameters:
    ///   - part: Called with every part's hashes, in order; zero without a witness.
    ///   - bit: Called with every key bit, 0 or 1, in order.
    /// - Returns: `nil`, without a call, unless every part of the epoch is held.
    public borrowing func eachHeld(
        ofEpoch epoch: UInt32, part: (PartHashes) -> Void, bit: (UInt8) -> Void
    ) -> SiftCounts? {
        let (first, isHeld) = find(epoch: epoch, part: 0)
        guard isHeld, let first else { return nil }
        let partCount = parts[first].parts
        for number in 0..<partCount where !find(epoch: epoch, part: number).isHeld { return nil }
        var counts = SiftCounts()
        for number in 0..<partCount {
            guard let place = find(epoch: epoch, part: number).place else { return nil }
            let held = parts[place]
            part(held.hashes)
            counts.add(held.counts)
            for index in held.firstBit..<held.firstBit + held.bitCount {
                bit(bits[index / 8] &>> UInt8(7 - index % 8) & 1)
            }
        }
        return counts
    }

    /// Copies the key bits of the epochs that both ends keep, in order, once the ends agree.
    ///
    /// - Parameter key: Room for one bit in each byte; `SatelliteCapacity.keyBits` is enough.
    /// - Returns: How many bits, each a byte of 0 or 1; `nil` while the ends have not agreed or if
    ///   there is no room.
    public func key(into key: UnsafeMutableBufferPointer<UInt8>) -> Int? {
        guard closed?.status == .agreed else { return nil }
        let epochCount: UInt32 = UnsafeRawBufferPointer(closePayload).get(at: 0)
        var count = 0
        var fits = true
        eachKept(epochCount) { place in
            guard let place else { return }
            let held = parts[place]
            guard count + held.bitCount <= key.count else {
                fits = false
                return
            }
            for index in held.firstBit..<held.firstBit + held.bitCount {
                key[count] = bits[index / 8] &>> UInt8(7 - index % 8) & 1
                count += 1
            }
        }
        return fits ? count : nil
    }
}
