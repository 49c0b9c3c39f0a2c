/// Notices what is wrong with a camera from the sequence of its frames.
public struct FrameWatch: Sendable {
    /// What a frame says of the camera.
    public struct Verdict: Equatable, Sendable, BitwiseCopyable {
        /// Frames between the last one and this that never came.
        public var missed: Int64
        /// Whether frame numbers or times went backwards or stood still: the frame is not to be
        /// used, and the camera was restarted or repeats itself.
        public var isOutOfOrder: Bool
        /// Whether the camera delivers the same picture again and again.
        public var isFrozen: Bool
    }

    /// Equal pictures in a row after which a camera counts as frozen. Photon and read noise never
    /// draw two alike; a capped camera whose noise is below one level does, and is as useless.
    public static let frozenAfter = 4

    /// Frames that never came, since the start.
    public private(set) var missed: Int64 = 0
    /// Frames out of order, since the start.
    public private(set) var outOfOrder: Int64 = 0

    private var last: FrameStamp?
    private var digest: UInt32 = 0
    private var repeats = 0

    /// A watch that has seen no frame.
    public init() {}

    /// Takes in one frame's stamp and digest.
    public mutating func take(_ stamp: FrameStamp, digest: UInt32) -> Verdict {
        repeats = last != nil && digest == self.digest ? min(repeats + 1, 1_000) : 0
        self.digest = digest
        var verdict = Verdict(
            missed: 0, isOutOfOrder: false, isFrozen: repeats + 1 >= Self.frozenAfter)
        if let last {
            if stamp.number <= last.number || stamp.time <= last.time {
                verdict.isOutOfOrder = true
                outOfOrder &+= 1
            } else {
                verdict.missed = stamp.number &- last.number &- 1
                missed &+= verdict.missed
            }
        }
        last = stamp
        return verdict
    }
}
