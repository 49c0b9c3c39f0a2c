public import Gating
import Quantities
import Secrets
import Wire

/// Which of the two stations an end is; declared before the pass.
public enum CoincidenceRole: UInt8, Equatable, Sendable, BitwiseCopyable {
    /// Its clicks number the pairs.
    case first = 0
    /// The other.
    case second = 1
}

/// One station's end of sifting with an entangled source, an epoch at a time.
///
/// Order of an epoch: ``begin()``, ``take(_:)`` for each own click, ``seal()``; then
/// ``announce(from:into:)`` and ``accept(_:isLast:)`` part by part, ``sift(into:)`` once both ends'
/// clicks are known, ``withTestBits(_:)`` for the other end, ``compare(testBits:)`` with its bits.
/// Announced are slots and bases alone; bits of the key basis never leave. Both ends compute the
/// same pairs in the same order, so that their key bits agree place by place but for errors.
///
/// An epoch counts once it was compared; a new ``begin()`` drops one that was not. To make use of
/// what was announced and disclosed, the transcript of it has to be authenticated.
public struct CoincidenceEnd: ~Copyable {
    /// What both ends declared.
    public let parameters: CoincidenceParameters
    /// Which of them this is.
    public let role: CoincidenceRole
    /// The epochs compared so far.
    public private(set) var counts = CoincidenceCounts()
    /// Own clicks of the epoch.
    public private(set) var ownCount = 0
    /// The other's clicks of the epoch announced so far.
    public private(set) var otherCount = 0

    private let capacity: Int
    private let storage: UnsafeMutableRawBufferPointer
    private let own: UnsafeMutablePointer<ClickWord>
    private let others: UnsafeMutablePointer<ClickWord>
    private let partners: UnsafeMutablePointer<UInt32>
    private let pairs: UnsafeMutablePointer<CoincidencePair>
    private let testBytes: UnsafeMutableRawBufferPointer
    #if !hasFeature(Embedded)
        private var isAllocated = false
    #endif
    private var epochStart: Int64
    private var step = Step.idle
    private var isOtherComplete = false
    // Of the epoch that was sifted and not yet compared.
    private var fresh = CoincidenceCounts()

    // With numbers, or the compiler derives a hash that draws random seeds.
    private enum Step: UInt8, BitwiseCopyable {
        case idle
        case filling
        case sealed
        case sifted
    }

    /// Bytes of memory for epochs of up to `clicks` clicks at each station.
    public static func byteCount(clicks: Int) -> Int { 24 * clicks + (clicks + 7) / 8 }

    /// An end without clicks.
    ///
    /// - Parameters:
    ///   - capacity: Clicks that an epoch may have at each station, 1 up to 2^26.
    ///   - storage: ``byteCount(clicks:)`` bytes or more, aligned to 8; wiped at the end.
    public init(
        _ parameters: CoincidenceParameters, role: CoincidenceRole, capacity: Int,
        storage: UnsafeMutableRawBufferPointer
    ) {
        precondition(capacity >= 1 && capacity <= 1 &<< 26)
        precondition(storage.count >= Self.byteCount(clicks: capacity))
        guard var base = storage.baseAddress else { preconditionFailure("no memory given") }
        precondition(UInt(bitPattern: base) & 7 == 0)
        self.parameters = parameters
        self.role = role
        self.capacity = capacity
        self.storage = storage
        epochStart = parameters.firstSlot
        pairs = base.bindMemory(to: CoincidencePair.self, capacity: capacity)
        base += 8 * capacity
        partners = base.bindMemory(to: UInt32.self, capacity: 2 * capacity)
        base += 8 * capacity
        own = base.bindMemory(to: ClickWord.self, capacity: capacity)
        base += 4 * capacity
        others = base.bindMemory(to: ClickWord.self, capacity: capacity)
        base += 4 * capacity
        testBytes = UnsafeMutableRawBufferPointer(start: base, count: (capacity + 7) / 8)
    }

    #if !hasFeature(Embedded)
        /// An end without clicks in memory that is allocated, and wiped and freed at the end.
        public init(_ parameters: CoincidenceParameters, role: CoincidenceRole, capacity: Int) {
            precondition(capacity >= 1 && capacity <= 1 &<< 26)
            self.init(
                parameters, role: role, capacity: capacity,
                storage: .allocate(byteCount: Self.byteCount(clicks: capacity), alignment: 16))
            isAllocated = true
        }
    #endif

    deinit {
        wipe(storage)
        #if !hasFeature(Embedded)
            if isAllocated { storage.deallocate() }
        #endif
    }

    /// Begins `epoch`; what was not compared of another is dropped.
    public mutating func begin(epoch: UInt32) {
        epochStart =
            parameters.firstSlot &+ Int64(widening: epoch)
            &* Int64(widening: parameters.slotsPerEpoch)
        ownCount = 0
        otherCount = 0
        isOtherComplete = false
        fresh = CoincidenceCounts()
        step = .filling
    }

    /// Takes an own click of the epoch that was begun.
    ///
    /// - Parameter click: After the squasher: each slot once, ascending.
    /// - Throws: `clicks` when the memory is full; then the epoch has to be dropped at both ends.
    public mutating func take(_ click: Click) throws(CoincidenceFault) {
        guard step == .filling else { throw .outOfTurn }
        let slot = click.slot &- epochStart
        guard slot >= 0, slot < Int64(widening: parameters.slotsPerEpoch) else {
            throw .clickOrder(slot: click.slot)
        }
        let word = ClickWord(
            slot: UInt32(truncatingIfNeeded: slot), basis: click.basis, bit: click.bit)
        guard ownCount == 0 || own[ownCount - 1].slot < word.slot else {
            throw .clickOrder(slot: click.slot)
        }
        guard ownCount < capacity else { throw .clicks(capacity: capacity) }
        own[ownCount] = word
        ownCount += 1
    }

    /// Ends the epoch's own clicks, which may now be announced.
    public mutating func seal() throws(CoincidenceFault) {
        guard step == .filling else { throw .outOfTurn }
        step = .sealed
    }

    /// Writes a part of the announcement; an epoch without clicks has one empty part.
    ///
    /// - Parameters:
    ///   - index: Own clicks in the parts before.
    ///   - payload: Room for it; `MessageHeader.largestPayload` lets 16,384 clicks into a part.
    ///     The digest in front is left 0.
    /// - Returns: Clicks in this part, and its bytes.
    public borrowing func announce(
        from index: Int, into payload: UnsafeMutableRawBufferPointer
    ) throws(CoincidenceFault) -> (clicks: Int, bytes: Int) {
        guard step == .sealed || step == .sifted, index >= 0, index <= ownCount else {
            throw .outOfTurn
        }
        do {
            return try AnnouncementPayload.encode(
                UnsafeBufferPointer(start: own + index, count: ownCount - index),
                firstIndex: UInt32(truncatingIfNeeded: index),
                base: index == 0 ? 0 : own[index - 1].slot &+ 1, into: payload)
        } catch { throw .wire(error) }
    }

    /// Takes a part of the other end's announcement; the parts come in order.
    ///
    /// - Parameter isLast: Whether no part follows in this epoch.
    public mutating func accept(
        _ payload: UnsafeRawBufferPointer, isLast: Bool
    ) throws(CoincidenceFault) {
        guard step == .filling || step == .sealed, !isOtherComplete else { throw .outOfTurn }
        let room = UnsafeMutableBufferPointer(
            start: others + otherCount, count: capacity - otherCount)
        let head: AnnouncementPayload
        do {
            head = try AnnouncementPayload.decode(
                payload, slotCount: parameters.slotsPerEpoch, into: room)
        } catch .room {
            throw .clicks(capacity: capacity)
        } catch { throw .wire(error) }
        let base = otherCount == 0 ? 0 : others[otherCount - 1].slot &+ 1
        guard head.firstIndex == UInt32(truncatingIfNeeded: otherCount), head.base == base else {
            throw .part(firstIndex: head.firstIndex, base: head.base)
        }
        otherCount += head.count
        isOtherComplete = isLast
    }

    /// Finds the pairs, keeps those of like bases, and appends own bits of the key basis to `key`.
    ///
    /// - Parameter key: The memory of the window's key bits, lowest bit of byte 0 first; those of
    ///   this epoch come after the ``CoincidenceCounts/keyBits`` that count already.
    /// - Returns: Key bits appended.
    public mutating func sift(
        into key: UnsafeMutableRawBufferPointer
    ) throws(CoincidenceFault) -> Int {
        guard step == .sealed, isOtherComplete else { throw .outOfTurn }
        let mine = UnsafeBufferPointer(start: own, count: ownCount)
        let theirs = UnsafeBufferPointer(start: others, count: otherCount)
        let (first, second) = role == .first ? (mine, theirs) : (theirs, mine)
        let count = CoincidenceMatcher.match(
            first, second, tolerance: parameters.tolerance,
            partners: UnsafeMutableBufferPointer(start: partners, count: 2 * capacity),
            into: UnsafeMutableBufferPointer(start: pairs, count: capacity))
        var keyBits = BitString(in: key, count: Int(truncatingIfNeeded: counts.keyBits))
        var testBits = BitString(in: testBytes, count: 0)
        let before = keyBits.count
        for index in 0..<count {
            let (a, b) = (first[Int(pairs[index].first)], second[Int(pairs[index].second)])
            guard a.basis == b.basis else { continue }
            let bit = (role == .first ? a : b).bit
            if a.basis == parameters.keyBasis {
                try keyBits.append(bit)
            } else {
                try testBits.append(bit)
            }
        }
        fresh = tally(first, second, pairs: count)
        fresh.keyBits = Int64(widening: keyBits.count - before)
        fresh.testBits = Int64(widening: testBits.count)
        fresh.unlikeBases = fresh.pairs &- fresh.keyBits &- fresh.testBits
        step = .sifted
        return keyBits.count - before
    }

    /// Calls `body` with own bits of the test basis, which it may disclose but not keep.
    public borrowing func withTestBits<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(CoincidenceFault) -> Result {
        guard step == .sifted else { throw .outOfTurn }
        return body(UnsafeRawBufferPointer(rebasing: testBytes[..<testByteCount]))
    }

    /// Counts the errors among the test bits; the epoch is now part of ``counts``.
    ///
    /// - Parameter testBits: What ``withTestBits(_:)`` gives at the other end.
    public mutating func compare(
        testBits: UnsafeRawBufferPointer
    ) throws(CoincidenceFault) {
        guard step == .sifted else { throw .outOfTurn }
        guard testBits.count == testByteCount else {
            throw .testBytes(given: testBits.count, needed: testByteCount)
        }
        let inLast = UInt8(truncatingIfNeeded: fresh.testBits & 7)
        if inLast > 0, testBits[testByteCount - 1] &>> inLast != 0 { throw .reserved }
        var errors = 0
        for index in 0..<testByteCount {
            errors += (testBits[index] ^ testBytes[index]).nonzeroBitCount
        }
        fresh.testErrors = Int64(widening: errors)
        counts.add(fresh)
        step = .idle
    }

    private var testByteCount: Int { Int(truncatingIfNeeded: (fresh.testBits &+ 7) &>> 3) }

    private func tally(
        _ first: UnsafeBufferPointer<ClickWord>, _ second: UnsafeBufferPointer<ClickWord>,
        pairs: Int
    ) -> CoincidenceCounts {
        let tolerance = parameters.tolerance
        var counts = CoincidenceCounts()
        counts.firstClicks = Int64(widening: first.count)
        counts.secondClicks = Int64(widening: second.count)
        counts.pairs = Int64(widening: pairs)
        counts.contested = Int64(
            widening: CoincidenceMatcher.contested(first, second, tolerance: tolerance)
                + CoincidenceMatcher.contested(second, first, tolerance: tolerance))
        let window = Double(Int64(widening: 2 &* tolerance &+ 1))
        let slots = Double(Int64(widening: parameters.slotsPerEpoch))
        counts.accidentals =
            Double(counts.firstClicks) * Double(counts.secondClicks) * window / slots
        return counts
    }
}
