public import Quantities

/// What every frame of a camera looks like.
public struct FrameFormat: Equatable, Sendable, BitwiseCopyable {
    /// Columns, 1 or more.
    public var width: Int
    /// Rows, 1 or more.
    public var height: Int
    /// The value of a saturated pixel.
    public var fullScale: UInt16

    /// A format with everything given.
    public init(width: Int, height: Int, fullScale: UInt16) {
        self.width = width
        self.height = height
        self.fullScale = fullScale
    }

    /// Pixels of a frame.
    public var pixelCount: Int { width * height }
}

/// What is known of one frame beside its pixels.
public struct FrameHeader: Equatable, Sendable, BitwiseCopyable {
    /// Counted by the camera; lost frames leave a gap.
    public var number: Int64
    /// The middle of the exposure, on the host clock, as well as the clock fit knows it.
    public var exposureMiddle: Picoseconds
    /// One standard deviation of ``exposureMiddle``, constant delays left out.
    public var timeSigma: Picoseconds
    /// When the frame was handed over, on the host clock.
    public var arrival: Picoseconds
    /// Frames that the camera counted since the one before, and that never came.
    public var lost: Int64
    /// Frames since the one before that came damaged and were thrown away.
    public var corrupt: Int64

    /// A header with everything given.
    public init(
        number: Int64, exposureMiddle: Picoseconds, timeSigma: Picoseconds, arrival: Picoseconds,
        lost: Int64, corrupt: Int64
    ) {
        self.number = number
        self.exposureMiddle = exposureMiddle
        self.timeSigma = timeSigma
        self.arrival = arrival
        self.lost = lost
        self.corrupt = corrupt
    }
}

/// A camera that watches the beacon.
///
/// **For users.** Frames are dropped by the camera or the system, not queued without end, if
/// nobody fetches them; the gap is counted in ``FrameHeader/lost``. A silent camera is a time-out
/// of ``frame(into:by:)``.
///
/// **For implementers.** ``frame(into:by:)`` allocates nothing. Pass `cameraFaults` of
/// `PayloadDoubles`.
public protocol BeaconCamera: ~Copyable {
    associatedtype Failure: InstrumentError

    /// What every frame looks like.
    var format: FrameFormat { get }

    /// The host clock of deadlines and frames; monotonic, from an arbitrary start.
    var now: Picoseconds { get }

    /// Sets how long frames after this one are exposed; those under way may still be of the old
    /// exposure.
    ///
    /// - Parameter exposure: More than 0. What the camera cannot do is refused or rounded by it.
    mutating func setExposure(_ exposure: Picoseconds) throws(Failure)

    /// Lets frames come. No effect if they come already.
    mutating func start() throws(Failure)

    /// Waits for the next whole frame until `deadline`.
    ///
    /// - Parameter pixels: Row by row from the top left; at least ``FrameFormat/pixelCount``.
    mutating func frame(
        into pixels: UnsafeMutableBufferPointer<UInt16>, by deadline: Picoseconds
    ) throws(Failure) -> FrameHeader

    /// Lets no more frames come. Allowed in any state.
    mutating func stop() throws(Failure)
}
