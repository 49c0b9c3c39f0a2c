import PayloadHAL
import Quantities

/// Messages cut into parts, until the other end has acknowledged them.
///
/// Parts are numbered from the begin of this end; ``origin`` is the one that the other end knows
/// as 0. A message stays until all of it is acknowledged, so that an end that begins afresh gets
/// it from its first part.
struct SendWindow: ~Copyable {
    /// Parts that fit: seven messages of the largest size, or 256 small ones.
    static var capacity: Int64 { 256 }
    /// Parts that may be under way: as many as the receiver has places and the header has bits.
    static var width: Int64 { 32 }

    /// One part.
    struct Part {
        var length = 0
        var isFirst = false, isLast = false
        var isAcknowledged = false
        /// Sent again before anything new.
        var isDue = false
        var times: Int64 = 0
        /// When it left, and the how many-th transmission it was.
        var left = Picoseconds.zero
        var order: Int64 = 0
    }

    private let storage = LinkMemory(count: Int(capacity) * SerialFrame.capacity)
    private var parts = InlineArray<256, Part>(repeating: Part())
    /// Oldest part kept, oldest not acknowledged, next never sent, and one past the newest.
    private var tail: Int64 = 0
    private(set) var base: Int64 = 0
    private(set) var unsent: Int64 = 0
    private var head: Int64 = 0
    private var origin: Int64 = 0
    private var transmissions: Int64 = 0
    /// The latest transmission that was acknowledged.
    private var newest: Int64 = 0

    /// Messages that are kept.
    private(set) var messages = 0

    /// Puts a message in the queue; `false` if there is no room for all of it.
    mutating func append(_ message: UnsafeRawBufferPointer) -> Bool {
        let size = SerialFrame.capacity
        let count = (message.count + size - 1) / size
        guard head + Int64(count) - tail <= Self.capacity else { return false }
        for index in 0..<count {
            let content = message[(index * size)..<min((index + 1) * size, message.count)]
            storage.bytes.put(
                UnsafeRawBufferPointer(rebasing: content), at: slot(head) * size)
            parts[slot(head)] = Part(
                length: content.count, isFirst: index == 0, isLast: index + 1 == count)
            head += 1
        }
        messages += 1
        return true
    }

    /// What is known of a part from ``base`` on.
    subscript(number: Int64) -> Part { parts[slot(number)] }

    /// A part's bytes.
    func content(_ number: Int64) -> UnsafeRawBufferPointer {
        let start = slot(number) * SerialFrame.capacity
        return storage[start..<(start + parts[slot(number)].length)]
    }

    /// A part's number as the other end knows it.
    func sequence(_ number: Int64) -> UInt32 { UInt32(truncatingIfNeeded: number - origin) }

    /// The part to be sent next: an old one again, else a new one that the window has room for.
    func due() -> Int64? {
        for number in base..<unsent where parts[slot(number)].isDue { return number }
        return unsent < min(head, base + Self.width) ? unsent : nil
    }

    /// Notes that a part left the line at `time`.
    mutating func noteSent(_ number: Int64, at time: Picoseconds) {
        transmissions += 1
        let slot = slot(number)
        parts[slot].isDue = false
        parts[slot].times += 1
        parts[slot].left = time
        parts[slot].order = transmissions
        unsent = max(unsent, number + 1)
    }

    /// When the oldest part left that is under way; `nil` if none is.
    func oldestLeft() -> Picoseconds? {
        for number in base..<unsent {
            let part = parts[slot(number)]
            if !part.isAcknowledged, !part.isDue { return part.left }
        }
        return nil
    }

    /// Has the oldest part that is under way sent again.
    mutating func resendOldest() {
        for number in base..<unsent {
            let slot = slot(number)
            guard !parts[slot].isAcknowledged, !parts[slot].isDue else { continue }
            parts[slot].isDue = true
            return
        }
    }

    /// Takes what the other end says has come; `nil` if it cannot be.
    ///
    /// - Parameters:
    ///   - expected: The first part that has not come, by the other end's numbers.
    ///   - held: Bit i for part `expected` + 1 + i.
    /// - Returns: When the latest of them left that was sent only once; in the future if none did.
    mutating func acknowledge(expected: UInt32, held: UInt32) -> Picoseconds? {
        // The numbers of a session do not wrap: 2^32 parts are 2 TB.
        let next = origin + Int64(expected)
        guard next <= unsent else { return nil }
        var left = Picoseconds(.max)
        for number in base..<max(base, next) { acknowledge(number, &left) }
        for bit in 0..<32 where held >> UInt32(bit) & 1 == 1 {
            let number = next + 1 + Int64(bit)
            if number >= base, number < unsent { acknowledge(number, &left) }
        }
        base = max(base, next)
        release()
        // A line keeps order: what left before a part that came is lost.
        for number in base..<unsent {
            let slot = slot(number)
            if !parts[slot].isAcknowledged, parts[slot].order < newest {
                parts[slot].isDue = true
            }
        }
        return left
    }

    /// Begins afresh with the oldest message kept, for another end.
    mutating func restart() {
        for number in tail..<head {
            let slot = slot(number)
            parts[slot].isAcknowledged = false
            parts[slot].isDue = false
            parts[slot].times = 0
        }
        base = tail
        unsent = tail
        origin = tail
    }

    /// Has all that is under way sent again.
    mutating func resendAll() {
        for number in base..<unsent where !parts[slot(number)].isAcknowledged {
            parts[slot(number)].isDue = true
        }
    }

    private func slot(_ number: Int64) -> Int { Int(number % Self.capacity) }

    private mutating func acknowledge(_ number: Int64, _ left: inout Picoseconds) {
        let slot = slot(number)
        guard !parts[slot].isAcknowledged else { return }
        parts[slot].isAcknowledged = true
        parts[slot].isDue = false
        guard parts[slot].order > newest else { return }
        newest = parts[slot].order
        if parts[slot].times == 1 { left = parts[slot].left }
    }

    /// Lets go of the messages that have come whole.
    private mutating func release() {
        var number = tail
        while number < base {
            if parts[slot(number)].isLast {
                tail = number + 1
                messages -= 1
            }
            number += 1
        }
    }
}
