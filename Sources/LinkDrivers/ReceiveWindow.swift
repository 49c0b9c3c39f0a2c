import PayloadHAL

/// Parts of messages that came, put in order and together, in memory that never grows.
struct ReceiveWindow: ~Copyable {
    /// A part that came before one that is still missing, or was not yet looked at.
    private struct Part {
        var length = 0
        var isFirst = false, isLast = false
    }

    private let storage = LinkMemory(count: Int(SendWindow.width) * SerialFrame.capacity)
    private let message = LinkMemory(count: LinkLimits.largestMessage)
    private var parts = InlineArray<32, Part>(repeating: Part())
    /// The next part to be looked at; what came from there on, bit 0 being that part.
    private var next: UInt32 = 0
    private var come: UInt64 = 0
    /// Bytes of the message that is being put together; `nil` between two.
    private var filled: Int?

    /// The first part that has not come, for the other end.
    var expected: UInt32 { next &+ UInt32(firstMissing) }

    /// Bit i: part ``expected`` + 1 + i has come.
    var held: UInt32 { UInt32(truncatingIfNeeded: come >> UInt64(firstMissing + 1)) }

    private var firstMissing: Int { (~come).trailingZeroBitCount }

    /// Keeps a part until it is its turn.
    mutating func take(
        _ frame: SerialFrame, content: UnsafeRawBufferPointer, counters: inout LinkCounters
    ) {
        let ahead = Int64(frame.sequence) - Int64(next)
        guard ahead < SendWindow.width else {
            counters.stale += 1
            return
        }
        guard ahead >= 0, come >> UInt64(ahead) & 1 == 0 else {
            counters.duplicates += 1
            return
        }
        let slot = slot(frame.sequence)
        storage.bytes.put(content, at: slot * SerialFrame.capacity)
        parts[slot] = Part(
            length: content.count, isFirst: frame.isFirst, isLast: frame.isLast)
        come |= 1 << UInt64(ahead)
    }

    /// The next whole message, which holds until the next call; `nil` if a part is missing.
    mutating func nextMessage(counters: inout LinkCounters) -> UnsafeRawBufferPointer? {
        // Each turn takes one of at most 32 parts.
        while come & 1 == 1 {
            let slot = slot(next)
            let part = parts[slot]
            next &+= 1
            come >>= 1
            guard let start = part.isFirst ? 0 : filled,
                start + part.length <= LinkLimits.largestMessage
            else {
                // Parts that no sender of ours makes: dropped up to the next begin.
                filled = nil
                counters.malformed += 1
                continue
            }
            let from = slot * SerialFrame.capacity
            message.bytes.put(storage[from..<(from + part.length)], at: start)
            filled = start + part.length
            if part.isLast {
                filled = nil
                return message[0..<(start + part.length)]
            }
        }
        return nil
    }

    /// Begins afresh, for another end.
    mutating func restart() {
        next = 0
        come = 0
        filled = nil
    }

    private func slot(_ sequence: UInt32) -> Int { Int(sequence % 32) }
}
