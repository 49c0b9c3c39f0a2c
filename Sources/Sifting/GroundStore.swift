import Wire

/// How much the ground may have waiting for the satellite's answer.
public struct GroundCapacity: Equatable, Sendable, BitwiseCopyable {
    /// Clicks: 262,144 are 19 s at 13.5 kHz and fill 1.25 MiB.
    public var clicks: Int
    /// Epochs: 256 of 200 ms are 51 s, longer than the deadline.
    public var epochs: Int
    /// Parts: an epoch has one up to 60 kHz.
    public var parts: Int

    /// A capacity with every field given, each at least 1.
    public init(clicks: Int = 262_144, epochs: Int = 256, parts: Int = 1024) {
        precondition(clicks >= 1 && epochs >= 1 && parts >= 1)
        self.clicks = clicks
        self.epochs = epochs
        self.parts = parts
    }

    /// Bytes of memory to hand to a ``GroundSifter``, aligned to 16.
    public var byteCount: Int {
        epochs * MemoryLayout<EpochRecord>.stride + parts * MemoryLayout<PartRecord>.stride
            + 5 * clicks + 2 * GroundStore.keptByteCount
    }
}

/// One epoch in the table.
struct EpochRecord: BitwiseCopyable {
    var number: UInt32
    /// Where its clicks begin, and how many.
    var first: Int
    var count = 0
    /// Clicks' memory taken, with what was left unused at the end of the ring.
    var reserved = 0
    /// Where the ring stood when the epoch began.
    var began = 0
    var firstPart = 0
    var partCount = 0
    var answered = 0
    var sealedAt: Int64 = 0
    var outcome: EpochOutcome?
}

/// One part of an epoch.
struct PartRecord: BitwiseCopyable {
    var first: Int
    var count: Int
    var base: UInt32
    var sequence: UInt32
    var digest = ShortDigest(low: 0, high: 0)
    var replyDigest = ShortDigest(low: 0, high: 0)
    var hashes = PartHashes()
    var isAnswered = false
    var isSent = false
    var tries = 0
    var due: Int64 = 0
}

/// Clicks, epochs and parts that wait: three rings in handed-in memory, freed in order.
struct GroundStore {
    /// One bit per epoch of the pass.
    static let keptByteCount = Int(ClosePayload.largestEpochCount) / 8

    let capacity: GroundCapacity
    let epochs: UnsafeMutablePointer<EpochRecord>
    let parts: UnsafeMutablePointer<PartRecord>
    let clicks: UnsafeMutablePointer<ClickWord>
    let verdicts: UnsafeMutablePointer<Verdict>
    let kept: UnsafeMutableRawBufferPointer
    let excluded: UnsafeMutableRawBufferPointer

    var oldestEpoch = 0
    var epochCount = 0
    var nextPart = 0
    var partsUsed = 0
    var nextClick = 0
    var clicksUsed = 0
    var open = EpochRecord(number: 0, first: 0)

    init(capacity: GroundCapacity, storage: UnsafeMutableRawBufferPointer) {
        precondition(storage.count >= capacity.byteCount)
        guard var base = storage.baseAddress else { preconditionFailure("no memory given") }
        precondition(UInt(bitPattern: base) & 15 == 0)
        self.capacity = capacity
        epochs = base.bindMemory(to: EpochRecord.self, capacity: capacity.epochs)
        base += capacity.epochs * MemoryLayout<EpochRecord>.stride
        parts = base.bindMemory(to: PartRecord.self, capacity: capacity.parts)
        base += capacity.parts * MemoryLayout<PartRecord>.stride
        clicks = base.bindMemory(to: ClickWord.self, capacity: capacity.clicks)
        base += 4 * capacity.clicks
        kept = UnsafeMutableRawBufferPointer(start: base, count: Self.keptByteCount)
        base += Self.keptByteCount
        excluded = UnsafeMutableRawBufferPointer(start: base, count: Self.keptByteCount)
        base += Self.keptByteCount
        verdicts = base.bindMemory(to: Verdict.self, capacity: capacity.clicks)
        for index in 0..<kept.count { kept[index] = 0 }
        for index in 0..<excluded.count { excluded[index] = 0 }
    }

    /// Index in the table of the epoch at `position` behind the oldest.
    func epochIndex(_ position: Int) -> Int { (oldestEpoch + position) % capacity.epochs }

    /// The oldest epoch that was announced.
    var oldest: EpochRecord? { epochCount > 0 ? epochs[oldestEpoch] : nil }

    func partIndex(_ record: EpochRecord, _ part: Int) -> Int {
        (record.firstPart + part) % capacity.parts
    }

    func part(_ record: EpochRecord, _ part: Int) -> PartRecord {
        parts[partIndex(record, part)]
    }

    func clicks(of part: PartRecord) -> UnsafeBufferPointer<ClickWord> {
        UnsafeBufferPointer(start: clicks + part.first, count: part.count)
    }

    mutating func begin(epoch: UInt32) {
        open = EpochRecord(
            number: epoch, first: nextClick, began: nextClick, firstPart: nextPart)
    }

    /// Adds a click to the open epoch, whose clicks stay in one piece.
    ///
    /// - Returns: Whether there was room.
    mutating func append(_ word: ClickWord) -> Bool {
        if nextClick == capacity.clicks {
            // The open epoch moves to the ring's start; its old place stays taken until it ends.
            guard clicksUsed + open.count < capacity.clicks, open.first > open.count else {
                return false
            }
            for index in 0..<open.count { clicks[index] = clicks[open.first + index] }
            clicksUsed += open.count
            open.reserved += open.count
            open.first = 0
            nextClick = open.count
        }
        guard clicksUsed < capacity.clicks else { return false }
        clicks[nextClick] = word
        nextClick += 1
        clicksUsed += 1
        open.count += 1
        open.reserved += 1
        return true
    }

    /// Cuts the open epoch into parts and puts it into the table.
    ///
    /// - Returns: `false` if the table was full; the epoch is then gone.
    mutating func seal(now: Int64, sequence: inout UInt32) -> Bool {
        guard epochCount < capacity.epochs else {
            clicksUsed -= open.reserved
            nextClick = open.began
            return false
        }
        open.sealedAt = now
        if !cut(sequence: &sequence) {
            for _ in 0..<open.partCount { dropLastPart() }
            open.partCount = 0
            open.outcome = .tooManyParts
        }
        if isExcluded(open.number) { open.outcome = .excluded }
        epochs[epochIndex(epochCount)] = open
        epochCount += 1
        return true
    }

    /// Makes the open epoch's parts; at least one, as an empty epoch is announced as well.
    private mutating func cut(sequence: inout UInt32) -> Bool {
        var done = 0
        var base: UInt32 = 0
        repeat {
            guard open.partCount < 255, partsUsed < capacity.parts else { return false }
            var part = PartRecord(
                first: open.first + done, count: open.count - done, base: base,
                sequence: sequence)
            var fitting = fit(part)
            // The best code depends on the clicks it is for: cut until the cut holds.
            while fitting < part.count {
                part.count = fitting
                fitting = fit(part)
            }
            guard part.count > 0 || open.count == 0 else { return false }
            sequence &+= 1
            parts[nextPart] = part
            nextPart = (nextPart + 1) % capacity.parts
            partsUsed += 1
            open.partCount += 1
            done += part.count
            if done > 0 { base = clicks[open.first + done - 1].slot + 1 }
        } while done < open.count
        return true
    }

    private mutating func dropLastPart() {
        nextPart = (nextPart + capacity.parts - 1) % capacity.parts
        partsUsed -= 1
    }

    private func fit(_ part: PartRecord) -> Int {
        AnnouncementPayload.fittingCount(clicks(of: part), base: part.base)
    }

    /// Clicks held, of the open epoch and of all in the table.
    var clicksHeld: Int {
        var count = open.count
        for position in 0..<epochCount { count += epochs[epochIndex(position)].count }
        return count
    }

    /// Frees the oldest epoch's clicks and parts.
    mutating func releaseOldest() {
        let record = epochs[oldestEpoch]
        clicksUsed -= record.reserved
        partsUsed -= record.partCount
        oldestEpoch = (oldestEpoch + 1) % capacity.epochs
        epochCount -= 1
    }

    /// Notes that both ends keep `epoch`.
    func keep(_ epoch: UInt32) { kept[Int(epoch / 8)] |= 1 &<< (7 - UInt8(epoch % 8)) }

    /// Whether `epoch` was excluded.
    func isExcluded(_ epoch: UInt32) -> Bool {
        excluded[Int(epoch / 8)] & 1 &<< (7 - UInt8(epoch % 8)) != 0
    }

    /// Lets `epoch` end as excluded; in vain if its result was already taken.
    func exclude(_ epoch: UInt32) {
        excluded[Int(epoch / 8)] |= 1 &<< (7 - UInt8(epoch % 8))
        for position in 0..<epochCount where epochs[epochIndex(position)].number == epoch {
            epochs[epochIndex(position)].outcome = .excluded
        }
    }
}
