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
