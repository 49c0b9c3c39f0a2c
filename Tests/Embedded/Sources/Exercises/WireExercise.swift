import Wire

/// Clicks of an epoch announced in the Rice code, and read back.
func announcementExercise() -> UInt64 {
    var digest = Digest()
    var clicks = InlineArray<1024, ClickWord>(repeating: ClickWord(slot: 0, basis: 0, bit: 0))
    var copies = clicks
    var memory = InlineArray<512, UInt64>(repeating: 0)
    fill(&clicks)
    var clickSpan = clicks.mutableSpan
    var copySpan = copies.mutableSpan
    var byteSpan = memory.mutableSpan
    clickSpan.withUnsafeMutableBufferPointer { clicks in
        copySpan.withUnsafeMutableBufferPointer { copies in
            byteSpan.withUnsafeMutableBytes { bytes in
                do throws(WireError) {
                    let (count, size) = try AnnouncementPayload.encode(
                        UnsafeBufferPointer(clicks), firstIndex: 0, base: 0, into: bytes)
                    precondition(count == clicks.count)
                    digest.add(count)
                    digest.add(size)
                    for byte in bytes[..<size] { digest.add(byte) }
                    let head = try AnnouncementPayload.decode(
                        UnsafeRawBufferPointer(rebasing: bytes[..<size]),
                        slotCount: 125_000_000, into: copies)
                    digest.add(head.count)
                    digest.add(head.code.parameter)
                    for index in 0..<head.count { digest.add(copies[index].rawValue) }
                } catch {
                    preconditionFailure("a good announcement was refused")
                }
            }
        }
    }
    return digest.value
}

/// Clicks about 46,000 slots apart: 13,500 a second of a 625 MHz train.
private func fill(_ clicks: inout InlineArray<1024, ClickWord>) {
    var numbers = NumberStream(seed: 6)
    var slot: UInt32 = 0
    for index in 0..<1024 {
        slot &+= 1 &+ UInt32(truncatingIfNeeded: numbers.next(below: 92_000))
        let draw = UInt8(truncatingIfNeeded: numbers.next() &>> 40)
        clicks[index] = ClickWord(slot: slot, basis: draw & 1, bit: draw &>> 1 & 1)
    }
}
