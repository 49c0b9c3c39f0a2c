import TimeTags

/// Sorts nearly sorted tags by time as they pass, stably and in fixed memory.
struct TagSorter {
    /// A tag may be this many places late; far more than taggers' disorder of about 100 ns needs.
    static let window = 8_192

    private var held: [TimeTag] = []
    /// Tags that were moved.
    private(set) var moved: Int64 = 0

    init() { held.reserveCapacity(2 * Self.window) }

    /// Takes in tags and hands on, in order, those that no later one can precede.
    mutating func add(
        _ batch: UnsafeBufferPointer<TimeTag>,
        handOn: (UnsafeBufferPointer<TimeTag>) throws(TagFileError) -> Void
    ) throws(TagFileError) {
        for tag in batch {
            if held.count == 2 * Self.window { try release(Self.window, to: handOn) }
            insert(tag)
        }
    }

    /// Hands on all that is held.
    mutating func finish(
        handOn: (UnsafeBufferPointer<TimeTag>) throws(TagFileError) -> Void
    ) throws(TagFileError) {
        try release(held.count, to: handOn)
    }

    private mutating func insert(_ tag: TimeTag) {
        var place = held.count
        while place > 0, held[place - 1].time > tag.time { place -= 1 }
        if place < held.count { moved += 1 }
        held.insert(tag, at: place)
    }

    private mutating func release(
        _ count: Int, to handOn: (UnsafeBufferPointer<TimeTag>) throws(TagFileError) -> Void
    ) throws(TagFileError) {
        var failure: TagFileError?
        held.withUnsafeBufferPointer { all in
            do throws(TagFileError) {
                try handOn(UnsafeBufferPointer(rebasing: all[..<count]))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        held.removeFirst(count)
    }
}
