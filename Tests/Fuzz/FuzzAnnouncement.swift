// modules: Wire
import Wire

/// Announces any clicks and answers them in any way; the other end reads what was meant.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAnnouncement(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    var clicks: [ClickWord] = []
    var verdicts: [Verdict] = []
    let base = UInt32(input.integer() as UInt16)
    var next = base
    while !input.isEmpty, clicks.count < AnnouncementPayload.largestClickCount {
        let kind = input.byte()
        // Gaps of up to 8, 16 or 28 bits.
        let wide = kind & 0x30 == 0x30
        let gap =
            kind & 0x10 == 0
            ? UInt32(kind >> 6)
            : wide ? (input.integer() as UInt32) >> 4 : UInt32(input.integer() as UInt16)
        guard next + gap < ClickWord.largestEpoch else { break }
        let click = ClickWord(slot: next + gap, basis: kind & 1, bit: 0)
        let isKept = kind & 2 != 0
        let bit = click.basis == 1 ? kind >> 6 & 1 : 0
        clicks.append(click)
        verdicts.append(isKept ? Verdict(intensity: min(kind >> 2 & 3, 2), bit: bit) : .dropped)
        next += gap + 1
    }
    clicks.withUnsafeBufferPointer { clicks in
        let taken = announce(clicks, base: base)
        verdicts.withUnsafeBufferPointer { verdicts in
            answer(
                UnsafeBufferPointer(rebasing: verdicts[..<taken]),
                on: UnsafeBufferPointer(rebasing: clicks[..<taken]))
        }
    }
    return 0
}

private func announce(_ clicks: UnsafeBufferPointer<ClickWord>, base: UInt32) -> Int {
    withUnsafeTemporaryAllocation(
        byteCount: MessageHeader.largestPayload, alignment: 16
    ) { room in
        guard
            let sent = try? AnnouncementPayload.encode(
                clicks, firstIndex: 7, base: base, into: room)
        else { preconditionFailure("cannot be announced") }
        precondition(sent.clicks > 0 || clicks.isEmpty, "nothing fits")
        return withUnsafeTemporaryAllocation(of: ClickWord.self, capacity: sent.clicks) { read in
            let head = try? AnnouncementPayload.decode(
                UnsafeRawBufferPointer(rebasing: room[..<sent.bytes]),
                slotCount: ClickWord.largestEpoch, into: read)
            precondition(head?.count == sent.clicks && head?.firstIndex == 7)
            precondition(read.elementsEqual(clicks[..<sent.clicks]), "not the same clicks")
            return sent.clicks
        }
    }
}

private func answer(
    _ verdicts: UnsafeBufferPointer<Verdict>, on clicks: UnsafeBufferPointer<ClickWord>
) {
    withUnsafeTemporaryAllocation(
        byteCount: MessageHeader.largestPayload, alignment: 16
    ) { room in
        guard
            let size = try? ReplyPayload.encode(
                verdicts, on: clicks, testBasis: 1, digest: ShortDigest(low: 1, high: 2),
                into: room)
        else { preconditionFailure("a reply of so many clicks must fit") }
        withUnsafeTemporaryAllocation(of: Verdict.self, capacity: clicks.count) { read in
            let reply = try? ReplyPayload.decode(
                UnsafeRawBufferPointer(rebasing: room[..<size]), on: clicks, testBasis: 1,
                into: read)
            precondition(reply?.count == clicks.count, "the reply cannot be read")
            precondition(read.elementsEqual(verdicts), "not the same verdicts")
        }
    }
}
