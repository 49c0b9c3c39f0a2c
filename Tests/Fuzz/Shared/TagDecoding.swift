import TimeTags

/// Feeds one input to a decoder whole and in pieces, and stops the program if the results differ.
///
/// The first byte sets the size of the pieces. Every call must make progress or want more bytes.
func fuzz<D: TagDecoder>(_ start: UnsafePointer<UInt8>, _ count: Int, with decoder: () -> D) {
    guard count > 0 else { return }
    let bytes = UnsafeRawBufferPointer(start: start + 1, count: count - 1)
    var whole = decoder()
    let one = fuzzTags(bytes, with: &whole, piece: max(bytes.count, 1))
    var split = decoder()
    let two = fuzzTags(bytes, with: &split, piece: Int(start[0]) + 1)
    precondition(one == two, "the split of the bytes changed the tags")
    precondition(whole.counters == split.counters, "the split of the bytes changed the counters")
}

/// All tags of `bytes`, handed over in pieces.
func fuzzTags<D: TagDecoder>(
    _ bytes: UnsafeRawBufferPointer, with decoder: inout D, piece: Int
) -> [TimeTag] {
    let room = UnsafeMutableBufferPointer<TimeTag>.allocate(capacity: D.smallestOutput)
    defer { room.deallocate() }
    var tags: [TimeTag] = []
    var first = 0
    var end = 0
    var isLast = false
    while true {
        let input = UnsafeRawBufferPointer(rebasing: bytes[first..<end])
        let progress =
            isLast ? decoder.finish(input, into: room) : decoder.decode(input, into: room)
        precondition(progress.bytesConsumed <= input.count && progress.tagsWritten <= room.count)
        tags += room[..<progress.tagsWritten]
        first += progress.bytesConsumed
        if progress.bytesConsumed > 0 || progress.tagsWritten > 0 { continue }
        if end < bytes.count {
            end = min(end + piece, bytes.count)
        } else if isLast {
            precondition(first == end || decoder.counters.fatalFault != nil, "bytes left over")
            return tags
        } else {
            isLast = true
        }
    }
}
