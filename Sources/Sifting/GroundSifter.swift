public import Gating
import Quantities
public import Wire

/// A click that both ends keep.
public struct SiftedClick: Equatable, Sendable, BitwiseCopyable {
    /// Pulse number.
    public var slot: Int64
    /// 0 rectilinear, 1 diagonal.
    public var basis: UInt8
    /// What the ground measured. Secret if ``basis`` is the key basis.
    public var bit: UInt8
    /// 0 signal, 1 decoy, 2 vacuum, as the satellite tells.
    public var intensity: UInt8

    /// A click with every field given.
    public init(slot: Int64, basis: UInt8, bit: UInt8, intensity: UInt8) {
        self.slot = slot
        self.basis = basis
        self.bit = bit
        self.intensity = intensity
    }
}

/// How an epoch ended.
public enum EpochOutcome: Equatable, Sendable, BitwiseCopyable {
    /// Every part was answered.
    case sifted
    /// No full answer came before the deadline.
    case noReply
    /// The satellite would not answer.
    case refused(RefusalReason)
    /// The epoch has more parts than a message can number, or than the table holds.
    case tooManyParts
    /// The ground leaves it out, by a rule that was fixed before the pass and knows no key bit.
    case excluded
}

/// What one epoch came to.
public struct EpochResult: Equatable, Sendable {
    /// Number of the epoch.
    public var epoch: UInt32
    /// How it ended.
    public var outcome: EpochOutcome
    /// Clicks announced.
    public var announced: Int
    /// Clicks kept by both ends; 0 unless `sifted`.
    public var sifted: Int
    /// n by basis and intensity, m of the test basis.
    public var counts: SiftCounts

    /// A result with every field given.
    public init(
        epoch: UInt32, outcome: EpochOutcome, announced: Int, sifted: Int, counts: SiftCounts
    ) {
        self.epoch = epoch
        self.outcome = outcome
        self.announced = announced
        self.sifted = sifted
        self.counts = counts
    }

    /// Errors over detections of the test basis; `nil` without detections.
    public func testErrorRate(testBasis: UInt8) -> Double? {
        let errors =
            counts.testErrors[0] &+ counts.testErrors[1] &+ counts.testErrors[2]
        let total = counts.total(basis: testBasis)
        return total == 0 ? nil : Double(Int64(widening: errors)) / Double(Int64(widening: total))
    }
}

/// How far the closing of the pass has come.
public enum CloseState: Equatable, Sendable, BitwiseCopyable {
    /// Clicks may still come.
    case open
    /// No more clicks; waiting for the last epochs, then for the satellite's word.
    case closing
    /// The satellite answered.
    case answered(CloseReplyPayload.Status)
}

/// The ground's half of sifting: clicks in, announcements out, replies in, sifted epochs out.
///
/// It has no clock and no link of its own. Every epoch ends in an ``EpochResult``, in order, or is
/// counted in ``GroundCounters``. Messages may be lost, repeated, delayed or damaged.
public struct GroundSifter<Digest: TranscriptDigest>: ~Copyable {
    /// What both ends hold.
    public let parameters: SiftParameters
    /// What did not go the straight way.
    public internal(set) var counters = GroundCounters()
    /// How far the closing has come.
    public internal(set) var closeState = CloseState.open
    /// n and m over all epochs sifted so far.
    public internal(set) var totals = SiftCounts()

    let witness: PartWitness?
    var store: GroundStore
    var openEpoch: UInt32 = 0
    var nextSlot: Int64
    var sequence: UInt32 = 0
    var transcript = Transcript<Digest>()
    var close: (payload: ClosePayload, sequence: UInt32)?
    var closeSent: Int64?
    var closeTries = 0

    /// A sifter that has seen nothing.
    ///
    /// - Parameters:
    ///   - witness: Hashes everything said, if the pass is to be authenticated.
    ///   - storage: At least `GroundStore.byteCount(capacity)` bytes, aligned to 16, owned by the
    ///     caller and used by nothing else while the sifter lives.
    public init(
        parameters: SiftParameters, capacity: GroundCapacity = GroundCapacity(),
        witness: consuming PartWitness? = nil, storage: UnsafeMutableRawBufferPointer
    ) {
        self.parameters = parameters
        self.witness = witness
        store = GroundStore(capacity: capacity, storage: storage)
        nextSlot = parameters.firstSlot
        store.begin(epoch: 0)
    }

    /// Clicks in hand: taken, and of no epoch that ``nextEpoch(into:)`` has given out yet.
    public var clicksHeld: Int { store.clicksHeld }
    /// Epochs announced that ``nextEpoch(into:)`` has not given out yet.
    public var epochsHeld: Int { store.epochCount }

    /// Whether what waits for answers takes more than half of the memory: who can wait with more
    /// clicks should. The open epoch does not count, as it ends only when more of them come.
    public var isHalfFull: Bool {
        2 * (store.clicksUsed - store.open.reserved) > store.capacity.clicks
            || 2 * store.epochCount > store.capacity.epochs
            || 2 * store.partsUsed > store.capacity.parts
    }

    /// Takes a click; clicks come ascending by slot, one per slot.
    ///
    /// - Parameter now: Time on any clock that does not step, ps.
    public mutating func add(_ click: Click, now: Int64) {
        guard closeState == .open else { return counters.afterClose &+= 1 }
        guard click.slot >= nextSlot, click.detector < 4 else {
            return counters.outOfOrder &+= 1
        }
        guard let epoch = epoch(ofSlot: click.slot) else { return counters.beyondPass &+= 1 }
        seal(upTo: epoch, now: now)
        let offset = UInt32(
            truncatingIfNeeded: click.slot &- parameters.firstSlot(ofEpoch: epoch))
        nextSlot = click.slot &+ 1
        guard store.append(ClickWord(slot: offset, basis: click.basis, bit: click.bit)) else {
            return counters.clicksFull &+= 1
        }
    }

    /// Says that no click below `slot` will come: epochs that end before it are announced.
    public mutating func advance(toSlot slot: Int64, now: Int64) {
        guard closeState == .open, slot >= nextSlot else { return }
        nextSlot = slot
        seal(upTo: epoch(ofSlot: slot) ?? ClosePayload.largestEpochCount, now: now)
    }

    /// Lets `epoch` end without key, whatever is answered, by a rule that was fixed before the pass
    /// and rests on no key bit. It is not announced any more, and the close tells the satellite
    /// that it is not kept, as for every epoch that got no answer.
    ///
    /// In vain for an epoch whose result was already taken, or that no pass can have.
    public mutating func exclude(_ epoch: UInt32) {
        guard epoch < ClosePayload.largestEpochCount else { return }
        store.exclude(epoch)
    }

    /// Says that the pass is over: the open epoch, if it has begun, is announced, and the close
    /// when all is settled.
    public mutating func finish(now: Int64) {
        guard closeState == .open else { return }
        let hasBegun = nextSlot > parameters.firstSlot(ofEpoch: openEpoch)
        if hasBegun, openEpoch < ClosePayload.largestEpochCount {
            seal(upTo: openEpoch + 1, now: now)
        }
        closeState = .closing
    }

    private func epoch(ofSlot slot: Int64) -> UInt32? {
        // As far as the first slot may lie on the other side: the difference holds.
        guard slot < 1 &<< 61 else { return nil }
        let epoch = (slot - parameters.firstSlot) / Int64(widening: parameters.slotsPerEpoch)
        return epoch < Int64(widening: ClosePayload.largestEpochCount)
            ? UInt32(truncatingIfNeeded: epoch) : nil
    }

    /// Announces the open epoch and the empty ones up to, not including, `epoch`.
    private mutating func seal(upTo epoch: UInt32, now: Int64) {
        while openEpoch < epoch {
            if !store.seal(now: now, sequence: &sequence) {
                counters.epochsFull &+= 1
                counters.clicksFull &+= UInt64(widening: store.open.count)
            }
            openEpoch += 1
            store.begin(epoch: openEpoch)
        }
    }

    /// Whether the pass is over and every epoch has ended and was taken.
    public var hasNothingWaiting: Bool { closeState != .open && store.epochCount == 0 }

    /// The oldest epoch, once it has ended.
    ///
    /// - Parameter sifted: Room for the epoch's clicks, of both bases; an epoch has at most
    ///   `GroundCapacity.clicks`.
    /// - Returns: What it came to, or `nil` while it waits. Its clicks are at `sifted`'s start.
    public mutating func nextEpoch(
        into sifted: UnsafeMutableBufferPointer<SiftedClick>
    ) -> EpochResult? {
        guard let record = store.oldest, let outcome = record.outcome else { return nil }
        var result = EpochResult(
            epoch: record.number, outcome: outcome, announced: record.count, sifted: 0,
            counts: SiftCounts())
        if outcome == .sifted {
            precondition(sifted.count >= record.count)
            collect(record, into: sifted, result: &result)
            totals.add(result.counts)
            for part in 0..<record.partCount {
                let entry = store.part(record, part)
                transcript.add(
                    epoch: record.number, part: UInt8(part), announcement: entry.digest,
                    reply: entry.replyDigest)
            }
            store.keep(record.number)
        } else if outcome == .excluded {
            counters.epochsExcluded &+= 1
        } else {
            counters.epochsLost &+= 1
        }
        store.releaseOldest()
        return result
    }

    /// Calls `body` with the hashes of every part of the epoch that ``nextEpoch(into:)`` will give
    /// next, if there is one and it was sifted; they are zero without a witness.
    public borrowing func eachPartOfNextEpoch(_ body: (PartHashes) -> Void) {
        guard let record = store.oldest, record.outcome == .sifted else { return }
        for part in 0..<record.partCount { body(store.part(record, part).hashes) }
    }

    private func collect(
        _ record: EpochRecord, into sifted: UnsafeMutableBufferPointer<SiftedClick>,
        result: inout EpochResult
    ) {
        let firstSlot = parameters.firstSlot(ofEpoch: record.number)
        for index in record.first..<record.first + record.count {
            let (word, verdict) = (store.clicks[index], store.verdicts[index])
            guard verdict.isKept else { continue }
            sifted[result.sifted] = SiftedClick(
                slot: firstSlot + Int64(widening: word.slot), basis: word.basis, bit: word.bit,
                intensity: verdict.intensity)
            result.sifted += 1
            result.counts.add(basis: word.basis, intensity: verdict.intensity)
            if word.basis == parameters.testBasis, word.bit != verdict.bit {
                result.counts.testErrors[Int(verdict.intensity)] &+= 1
            }
        }
    }
}

/// What did not go the straight way on the ground's side of sifting.
public struct GroundCounters: Equatable, Sendable, BitwiseCopyable {
    /// Clicks below the slot already reached, or of no detector.
    public var outOfOrder: UInt64 = 0
    /// Clicks after the last epoch that a pass may have.
    public var beyondPass: UInt64 = 0
    /// Clicks after the end of the pass.
    public var afterClose: UInt64 = 0
    /// Clicks for which there was no memory, or whose epoch had no place in the table.
    public var clicksFull: UInt64 = 0
    /// Epochs for which there was no place in the table; they have no result.
    public var epochsFull: UInt64 = 0
    /// Epochs that ended neither sifted nor excluded.
    public var epochsLost: UInt64 = 0
    /// Epochs that were excluded.
    public var epochsExcluded: UInt64 = 0
    /// Messages sent.
    public var sent: UInt64 = 0
    /// Messages sent again.
    public var repeated: UInt64 = 0
    /// Messages that were damaged.
    public var damaged: UInt64 = 0
    /// Whole messages that were not for this session or this end.
    public var foreign: UInt64 = 0
    /// Whole messages whose content made no sense.
    public var malformed: UInt64 = 0
    /// Answers that came again, or after the epoch had ended.
    public var duplicate: UInt64 = 0
    /// Answers to an announcement that was not made.
    public var mismatched: UInt64 = 0

    /// All 0.
    public init() {}
}
