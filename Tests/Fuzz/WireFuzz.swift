import Wire

/// Feeds bytes to every parser of the sifting protocol: as a whole message and as each payload.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWire(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    _ = try? Message.open(bytes)
    _ = try? RefusalPayload(bytes)
    _ = try? ClosePayload(bytes)
    _ = try? CloseReplyPayload(bytes)
    let most = AnnouncementPayload.largestClickCount
    withUnsafeTemporaryAllocation(of: ClickWord.self, capacity: most) { clicks in
        guard
            let head = try? AnnouncementPayload.decode(bytes, slotCount: 125_000_000, into: clicks)
        else { return }
        withUnsafeTemporaryAllocation(of: Verdict.self, capacity: most) { verdicts in
            let answered = UnsafeBufferPointer(rebasing: clicks[..<head.count])
            _ = try? ReplyPayload.decode(bytes, on: answered, testBasis: 1, into: verdicts)
        }
    }
    return 0
}
