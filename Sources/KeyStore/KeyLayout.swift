/// How the bytes of a new key are shared out; both ends work it out from the same two numbers.
///
/// From the first byte on: pads of lane 0, pads of lane 1, key of lane 0, key of lane 1.
public struct KeyLayout: Equatable, Sendable {
    /// Bytes of a pad: what one authentication tag burns (96 bits).
    public static let padBytes = 12

    /// Bytes of the whole key.
    public let byteCount: Int
    /// Bytes for authentication, in each of the two lanes; whole pads.
    public let padBytesPerLane: Int

    /// Shares out `byteCount` bytes, 0 or more.
    ///
    /// - Parameter padBytesPerLane: Bytes wanted for authentication in each lane, 0 or more. A key
    ///   too short for that gives all it has, in whole pads.
    public init(byteCount: Int, padBytesPerLane: Int) {
        precondition(byteCount >= 0 && padBytesPerLane >= 0)
        self.byteCount = byteCount
        let most = min(padBytesPerLane, byteCount / 2)
        self.padBytesPerLane = most / Self.padBytes * Self.padBytes
    }

    /// Bytes of the key that are left for use in `lane`, 0 or 1; an odd byte goes to lane 0.
    public func keyBytes(lane: Int) -> Int {
        let rest = byteCount - 2 * padBytesPerLane
        return lane == 0 ? rest - rest / 2 : rest / 2
    }
}

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
