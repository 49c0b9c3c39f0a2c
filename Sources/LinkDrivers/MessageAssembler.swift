import PayloadHAL
import Quantities
import TimeTags

/// Puts messages together from fragments that come in any order, in memory that never grows.
///
/// Of each message at most one copy comes out. At most ``places`` messages are open at a time; the
/// oldest makes room. A message that is far behind the newest is taken for old news.
struct MessageAssembler: ~Copyable {
    /// Messages that may be open at a time: a sender ends one before it begins the next, so that
    /// only reordering opens several.
    static var places: Int { 8 }
    /// A message so many behind the newest is not opened any more.
    static var memory: Int64 { 64 }
    /// What is not whole after this time never will be.
    static var patience: Picoseconds { .seconds(2) }

    /// A message of which something has come.
    private struct Open {
        var fragment: Fragment
        /// One bit for each fragment that has come; 0 for a free place.
        var come: UInt32
        var opened: Picoseconds
    }

    private let storage = LinkMemory(count: places * LinkLimits.largestMessage)
    private var open = InlineArray<8, Open>(
        repeating: Open(
            fragment: Fragment(session: 0, number: 0, length: 0, checksum: 0, index: 0), come: 0,
            opened: .zero))
    /// The sender's session, 0 before the first, and those before it.
    private var session: UInt32 = 0
    private var past = PastSessions()
    /// One past the newest message number, and which of the 64 before it are done.
    private var end: Int64 = 0
    private var done: UInt64 = 0

    /// Takes one fragment; returns where the message lies that it made whole, for ``bytes(_:)``
    /// until the next call.
    mutating func take(
        _ fragment: Fragment, content: UnsafeRawBufferPointer, at now: Picoseconds,
        counters: inout LinkCounters
    ) -> Range<Int>? {
        guard admit(fragment, &counters) else { return nil }
        expire(at: now, &counters)
        guard let place = place(for: fragment, at: now, &counters) else {
            counters.stale += 1
            return nil
        }
        let bit = UInt32(1) << UInt32(fragment.index)
        guard open[place].come & bit == 0 else {
            counters.duplicates += 1
            return nil
        }
        let start = place * LinkLimits.largestMessage
        storage.bytes.put(content, at: start + fragment.range.lowerBound)
        open[place].come |= bit
        guard open[place].come.nonzeroBitCount == Fragment.count(of: fragment.length) else {
            return nil
        }
        open[place].come = 0
        markDone(fragment.number)
        let message = start..<(start + fragment.length)
        guard CRC32C.of(storage[message]) == fragment.checksum else {
            counters.damaged += 1
            return nil
        }
        return message
    }

    /// The bytes of a message that ``take(_:content:at:counters:)`` made whole.
    func bytes(_ message: Range<Int>) -> UnsafeRawBufferPointer { storage[message] }

    /// Whether a fragment belongs to a message that may still be made whole.
    private mutating func admit(_ fragment: Fragment, _ counters: inout LinkCounters) -> Bool {
        if fragment.session != session {
            guard !past.contains(fragment.session) else {
                counters.stale += 1
                return false
            }
            if session != 0 { counters.peerRestarts += 1 }
            past.add(session)
            session = fragment.session
            for place in open.indices { giveUp(place, &counters) }
            end = Int64(fragment.number)
            done = 0
        }
        // Numbers of a session do not wrap: 2^32 messages take centuries.
        let age = end - 1 - Int64(fragment.number)
        guard age >= 0 else { return true }
        guard age < Self.memory else {
            counters.stale += 1
            return false
        }
        guard done >> UInt64(age) & 1 == 0 else {
            counters.duplicates += 1
            return false
        }
        return true
    }

    /// The place of a fragment's message, opened if need be; `nil` if it contradicts what came.
    private mutating func place(
        for fragment: Fragment, at now: Picoseconds, _ counters: inout LinkCounters
    ) -> Int? {
        var free: Int?
        var oldest = 0
        for place in open.indices {
            if open[place].come == 0 {
                free = free ?? place
            } else if open[place].fragment.number == fragment.number {
                let first = open[place].fragment
                let isSame =
                    first.length == fragment.length && first.checksum == fragment.checksum
                return isSame ? place : nil
            } else if open[place].fragment.number < open[oldest].fragment.number {
                oldest = place
            }
        }
        if free == nil {
            // If it is older than all that are open, it is itself to be given up.
            guard fragment.number > open[oldest].fragment.number else { return nil }
            giveUp(oldest, &counters)
        }
        let place = free ?? oldest
        open[place] = Open(fragment: fragment, come: 0, opened: now)
        advance(to: fragment.number)
        return place
    }

    private mutating func expire(at now: Picoseconds, _ counters: inout LinkCounters) {
        for place in open.indices
        where open[place].opened.later(by: Self.patience) < now { giveUp(place, &counters) }
    }

    /// Frees a place, so that what still comes of its message is old news.
    private mutating func giveUp(_ place: Int, _ counters: inout LinkCounters) {
        guard open[place].come != 0 else { return }
        open[place].come = 0
        counters.incomplete += 1
        markDone(open[place].fragment.number)
    }

    private mutating func advance(to number: UInt32) {
        let step = Int64(number) + 1 - end
        guard step > 0 else { return }
        done = step < Self.memory ? done << UInt64(step) : 0
        end += step
    }

    private mutating func markDone(_ number: UInt32) {
        advance(to: number)
        let age = end - 1 - Int64(number)
        if age < Self.memory { done |= 1 << UInt64(age) }
    }
}
