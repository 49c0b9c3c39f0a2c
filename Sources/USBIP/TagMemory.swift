public import TimeTags

/// Tags that wait in a tagger until the host reads: a fixed number, and gaps that are told.
public struct TagMemory: Sendable {
    /// Tags that were dropped for want of room.
    public struct Loss: Equatable, Sendable {
        /// Time of the last tag before them, ps.
        public var from: Int64
        /// How many.
        public var count: UInt32
    }

    /// Gaps that are kept apart while they wait; further tags then belong to the last one.
    public static var lossLimit: Int { 64 }
    /// After a loss, tags are taken again when there is room for so many: one frame.
    public static var resumeRoom: Int { 256 }

    /// Tags that it holds at most.
    public let capacity: Int
    /// Tags in it.
    public private(set) var count = 0
    /// Tags dropped since it was emptied.
    public private(set) var dropped: Int64 = 0

    private var tags: [TimeTag]
    private var head = 0
    private var lastTime: Int64 = 0
    private var isDropping = false
    /// Each with the number of tags in front of it.
    private var losses: [(ahead: Int, loss: Loss)] = []

    /// An empty memory.
    ///
    /// - Parameter capacity: At least ``resumeRoom``.
    public init(capacity: Int) {
        precondition(capacity >= Self.resumeRoom)
        self.capacity = capacity
        tags = []
        tags.reserveCapacity(capacity)
    }

    /// Forgets everything.
    public mutating func removeAll() {
        count = 0
        head = 0
        dropped = 0
        isDropping = false
        losses.removeAll(keepingCapacity: true)
    }

    /// Takes a tag, or drops it and counts it.
    public mutating func append(_ tag: TimeTag) {
        if isDropping, capacity - count >= Self.resumeRoom, losses.count < Self.lossLimit {
            isDropping = false
        }
        guard !isDropping, count < capacity else { return drop() }
        lastTime = tag.time
        let place = (head + count) % capacity
        if place < tags.count { tags[place] = tag } else { tags.append(tag) }
        count += 1
    }

    private mutating func drop() {
        dropped += 1
        if isDropping, let last = losses.indices.last {
            losses[last].loss.count &+= 1
        } else {
            losses.append((count, Loss(from: lastTime, count: 1)))
        }
        isDropping = true
    }

    /// Hands over tags from the oldest on, up to the next gap, and removes as many as are used.
    ///
    /// - Parameter body: Gets the gap just before these tags, if there is one, and the tags that
    ///   follow it in memory; returns how many it used.
    /// - Returns: As `body`; 0 without a call if there are none.
    public mutating func take(
        _ body: (Loss?, UnsafeBufferPointer<TimeTag>) -> Int
    ) -> Int {
        guard count > 0 else { return 0 }
        let gap = losses.first?.ahead == 0 ? losses[0].loss : nil
        let next = losses.dropFirst(gap == nil ? 0 : 1).first?.ahead ?? count
        let straight = min(next, tags.count - head)
        let used = tags.withUnsafeBufferPointer {
            body(gap, UnsafeBufferPointer(rebasing: $0[head..<head + straight]))
        }
        guard used > 0 else { return 0 }
        if gap != nil { losses.removeFirst() }
        for index in losses.indices { losses[index].ahead -= used }
        head = (head + used) % capacity
        count -= used
        // So that the tags of one step lie in one piece as long as the host keeps up.
        if count == 0 { head = 0 }
        return used
    }
}
