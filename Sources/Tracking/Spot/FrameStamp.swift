/// When and as which one of the sequence a frame was taken.
public struct FrameStamp: Equatable, Sendable, BitwiseCopyable {
    /// Number that the camera gave the frame; grows by 1 from frame to frame.
    public var number: Int64
    /// Middle of the exposure, ps on the station's clock.
    public var time: Int64

    /// A stamp with both numbers given.
    @inlinable public init(number: Int64, time: Int64) {
        self.number = number
        self.time = time
    }
}
