/// A piece of a key or of an authentication segment, named the same at both ends.
public struct KeyRange: Hashable, Sendable {
    /// The key or segment.
    public var id: KeyID
    /// 0 or 1.
    public var lane: Int
    /// First byte, counted from the start of the lane.
    public var offset: Int
    /// Number of bytes.
    public var count: Int

    /// The piece of `count` bytes from `offset` on.
    public init(id: KeyID, lane: Int, offset: Int, count: Int) {
        self.id = id
        self.lane = lane
        self.offset = offset
        self.count = count
    }

    /// One past the last byte; `nil` if no lane can be that long.
    var end: Int? {
        let (end, overflow) = offset.addingReportingOverflow(count)
        return overflow || offset < 0 || count <= 0 ? nil : end
    }
}
