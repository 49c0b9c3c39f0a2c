// modules: Wire
import TimeTags
import Wire

/// Feeds bytes to every parser of the sifting protocol: as a whole message, whose checksum is put
/// right first, and as each payload. What was understood is written and read again, and is the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWire(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    withUnsafeTemporaryAllocation(byteCount: count, alignment: 16) { message in
        message.copyMemory(from: bytes)
        repair(message)
        check(UnsafeRawBufferPointer(message))
    }
    checkSmall(bytes)
    checkAnnouncement(bytes)
    return 0
}

/// Puts the length and the checksum right, so that the fuzzer gets behind them.
private func repair(_ message: UnsafeMutableRawBufferPointer) {
    let end = message.count - MessageHeader.trailerSize
    guard end >= MessageHeader.size else { return }
    message.put(UInt16(truncatingIfNeeded: end - MessageHeader.size), at: 20)
    let covered = UnsafeRawBufferPointer(rebasing: message[..<end])
    message.put(CRC32C.of(covered), at: end)
}

private func check(_ message: UnsafeRawBufferPointer) {
    guard let (header, payload) = try? Message.open(message) else { return }
    withUnsafeTemporaryAllocation(byteCount: message.count, alignment: 16) { again in
        UnsafeMutableRawBufferPointer(rebasing: again[payload])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: message[payload]))
        let size = try? Message.seal(header, payloadCount: payload.count, in: again)
        precondition(size == message.count && again.elementsEqual(message), "not the same message")
    }
    let content = UnsafeRawBufferPointer(rebasing: message[payload])
    checkSmall(content)
    checkAnnouncement(content)
}

private func checkSmall(_ bytes: UnsafeRawBufferPointer) {
    withUnsafeTemporaryAllocation(
        byteCount: MessageHeader.largestPayload, alignment: 16
    ) { room in
        if let refusal = try? RefusalPayload(bytes), let size = try? refusal.put(in: room) {
            precondition(room[..<size].elementsEqual(bytes), "not the same refusal")
        }
        if let reply = try? CloseReplyPayload(bytes), let size = try? reply.put(in: room) {
            precondition(room[..<size].elementsEqual(bytes), "not the same close reply")
        }
        guard let close = try? ClosePayload(bytes) else { return }
        guard let size = try? close.put(in: room) else { preconditionFailure("no room to close") }
        for epoch in 0..<close.epochCount where ClosePayload.keeps(epoch, in: bytes) {
            ClosePayload.keep(epoch, in: room)
        }
        // Bits behind the last epoch mean nothing and may differ.
        let whole = size - (close.epochCount % 8 == 0 ? 0 : 1)
        precondition(room[..<whole].elementsEqual(bytes[..<whole]), "not the same close")
    }
}

private func checkAnnouncement(_ bytes: UnsafeRawBufferPointer) {
    let most = AnnouncementPayload.largestClickCount
    withUnsafeTemporaryAllocation(of: ClickWord.self, capacity: most) { clicks in
        guard
            let head = try? AnnouncementPayload.decode(bytes, slotCount: 125_000_000, into: clicks)
        else { return }
        let read = UnsafeBufferPointer(rebasing: clicks[..<head.count])
        checkEncoding(of: read, head)
        checkReply(bytes, on: read)
    }
}

private func checkEncoding(of clicks: UnsafeBufferPointer<ClickWord>, _ head: AnnouncementPayload) {
    withUnsafeTemporaryAllocation(
        byteCount: MessageHeader.largestPayload, alignment: 16
    ) { room in
        guard
            let (count, size) = try? AnnouncementPayload.encode(
                clicks, firstIndex: head.firstIndex, base: head.base, into: room)
        else { preconditionFailure("what was read cannot be written") }
        let payload = UnsafeRawBufferPointer(rebasing: room[..<size])
        withUnsafeTemporaryAllocation(of: ClickWord.self, capacity: clicks.count) { again in
            let second = try? AnnouncementPayload.decode(
                payload, slotCount: 125_000_000, into: again)
            precondition(second?.count == count && second?.base == head.base)
            precondition(again[..<count].elementsEqual(clicks[..<count]), "not the same clicks")
        }
    }
}

private func checkReply(
    _ bytes: UnsafeRawBufferPointer, on clicks: UnsafeBufferPointer<ClickWord>
) {
    withUnsafeTemporaryAllocation(of: Verdict.self, capacity: 2 * clicks.count) { verdicts in
        let first = UnsafeMutableBufferPointer(rebasing: verdicts[..<clicks.count])
        let second = UnsafeMutableBufferPointer(rebasing: verdicts[clicks.count...])
        // The last bytes: the front of the input belongs to the announcement.
        let payload = UnsafeRawBufferPointer(rebasing: bytes.suffix(bytes.count / 2))
        guard
            let reply = try? ReplyPayload.decode(payload, on: clicks, testBasis: 1, into: first)
        else { return }
        withUnsafeTemporaryAllocation(
            byteCount: MessageHeader.largestPayload, alignment: 16
        ) { room in
            guard
                let size = try? ReplyPayload.encode(
                    UnsafeBufferPointer(first), on: clicks, testBasis: 1, digest: reply.digest,
                    into: room)
            else { preconditionFailure("what was read cannot be written") }
            let again = try? ReplyPayload.decode(
                UnsafeRawBufferPointer(rebasing: room[..<size]), on: clicks, testBasis: 1,
                into: second)
            precondition(again?.keptCount == reply.keptCount)
            precondition(first.elementsEqual(second), "not the same verdicts")
        }
    }
}
