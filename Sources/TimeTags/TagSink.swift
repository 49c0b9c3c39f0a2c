/// The free part of an output buffer while a decoder fills it.
struct TagSink {
    let tags: UnsafeMutableBufferPointer<TimeTag>
    var count = 0

    init(_ tags: UnsafeMutableBufferPointer<TimeTag>) { self.tags = tags }

    var space: Int { tags.count &- count }

    /// Writes `tag`; the caller has looked at ``space``.
    mutating func put(_ tag: TimeTag) {
        tags[count] = tag
        count &+= 1
    }

    /// Writes the pair of records that says: tags may be missing between two times.
    mutating func putLoss(
        from begin: Int64, to end: Int64, reason: LossReason, count lost: UInt32 = 0
    ) {
        put(
            TimeTag(
                time: begin, channel: 0, kind: .lossBegin, detail: reason.rawValue, count: lost))
        put(TimeTag(time: end, channel: 0, kind: .lossEnd, detail: reason.rawValue, count: lost))
    }
}
