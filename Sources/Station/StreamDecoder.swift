import TagFiles
import TimeTags

/// Decodes a tagger's stream as it comes, in pieces of any length.
///
/// Memory is taken when it is made. One per thread.
struct StreamDecoder: ~Copyable {
    /// Tags decoded at once.
    private static let capacity = 8_192

    /// What was seen so far.
    var counters: DecodeCounters { decoder.counters }
    /// How the stream is framed.
    let format: TagFormat

    private var decoder: FormatDecoder
    private let tags: UnsafeMutableBufferPointer<TimeTag>
    private var tail: [UInt8] = []

    /// A decoder at the beginning of a stream.
    init(_ format: TagFormat) {
        self.format = format
        decoder = FormatDecoder(format)
        tags = .allocate(capacity: Self.capacity)
        tail.reserveCapacity(2 * FormatDecoder.largestLiveUnit)
    }

    deinit { tags.deallocate() }

    /// Takes in the next bytes and hands their tags to `body`, which may write over them.
    mutating func take(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeMutableBufferPointer<TimeTag>) -> Void
    ) {
        var rest = bytes
        // A unit lies across two reads: finish it before going on without copies. Each turn takes
        // bytes of `rest` or of the tail, or ends.
        while !tail.isEmpty {
            let before = tail.count
            let room = max(2 * FormatDecoder.largestLiveUnit - before, 0)
            tail.append(contentsOf: rest.prefix(room))
            let taken = tail.count - before
            let used = tail.withUnsafeBytes { decode($0, body) }
            guard used < before else {
                rest = UnsafeRawBufferPointer(rebasing: rest[(used - before)...])
                tail.removeAll(keepingCapacity: true)
                break
            }
            tail.removeFirst(used)
            rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
            // The unit wants more than has come.
            if rest.isEmpty, used == 0 { return }
        }
        let used = decode(rest, body)
        tail.append(contentsOf: rest[used...])
    }

    /// Decodes as much of `bytes` as makes whole units; how many bytes that was.
    private mutating func decode(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeMutableBufferPointer<TimeTag>) -> Void
    ) -> Int {
        var used = 0
        // Each turn takes at least one unit or ends.
        while true {
            let progress = decoder.decode(
                UnsafeRawBufferPointer(rebasing: bytes[used...]), into: tags, isLast: false)
            used += progress.bytesConsumed
            if progress.tagsWritten > 0 {
                body(UnsafeMutableBufferPointer(rebasing: tags[..<progress.tagsWritten]))
            }
            if progress.bytesConsumed == 0, progress.tagsWritten == 0 { return used }
        }
    }

    /// Says that no byte follows; hands out what is left.
    mutating func finish(_ body: (UnsafeMutableBufferPointer<TimeTag>) -> Void) {
        var used = 0
        // Each turn takes bytes or tags, or ends.
        while used < tail.count {
            let progress = tail.withUnsafeBytes {
                decoder.decode(
                    UnsafeRawBufferPointer(rebasing: $0[used...]), into: tags, isLast: true)
            }
            used += progress.bytesConsumed
            if progress.tagsWritten > 0 {
                body(UnsafeMutableBufferPointer(rebasing: tags[..<progress.tagsWritten]))
            }
            if progress.bytesConsumed == 0, progress.tagsWritten == 0 { break }
        }
        tail.removeAll()
    }

    /// Says that bytes are missing before those that follow; what was begun is thrown away.
    ///
    /// - Returns: Whether the format itself will show the loss.
    mutating func breakStream() -> Bool {
        tail.removeAll(keepingCapacity: true)
        guard format != .reference else { return true }
        decoder = FormatDecoder(format)
        return false
    }
}
