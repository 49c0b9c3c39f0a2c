public import Quantities

/// Finds up to two spots in a frame, with the place of each as well as noise allows.
///
/// A scan finds the brightest pixel above the background; it is a spot if its neighbours are as
/// bright as a spot's are. Around it a centroid chosen by flux, and from there the likelihood.
/// Nothing is kept from frame to frame but the spot's width, which follows the seeing.
public struct SpotFinder: Sendable {
    /// What the finder takes for a spot.
    public struct Settings: Equatable, Sendable, BitwiseCopyable {
        /// A spot's brightest pixel stands out of the background by this many deviations.
        public var peakSigmas = 5.0
        /// A spot's flux is this many times its standard deviation.
        public var fluxSigmas = 6.0
        /// ``SpotMethod/likelihood``, or the named simpler method for comparison; `nil` chooses
        /// between the two simpler ones by flux.
        public var method: SpotMethod? = .likelihood
        /// Whether the assumed width of the spot follows the measured one.
        public var followsWidth = true

        /// The usual settings.
        public init() {}
    }

    /// Bright pixels that are looked at in one frame; with more than that it is no frame of a sky.
    static let attempts = 16

    /// What the camera is like.
    public let camera: CameraCharacteristics
    /// What counts as a spot.
    public let settings: Settings
    /// Pixels that are not looked at.
    public var hotPixels: HotPixels
    /// Standard deviation of the spot's profile as it is now taken to be, px.
    public var width: Double { profile.width }

    var profile: SpotProfile
    private var measuredWidth: Double

    /// A finder for `camera`; throws what is wrong with its characteristics.
    public init(
        camera: CameraCharacteristics, hotPixels: HotPixels = HotPixels(),
        settings: Settings = Settings()
    ) throws(CameraFault) {
        if let fault = camera.fault { throw fault }
        self.camera = camera
        self.hotPixels = hotPixels
        self.settings = settings
        measuredWidth = camera.spotWidth
        profile = SpotProfile(width: camera.spotWidth)
    }

    /// The spots of a frame of 8-bit pixels.
    public mutating func find(in frame: Frame<UInt8>) -> SpotReport { search(frame) }

    /// The spots of a frame of 16-bit pixels.
    public mutating func find(in frame: Frame<UInt16>) -> SpotReport { search(frame) }

    /// Angle of a spot from the boresight, rad.
    public func angle(of spot: Spot) -> FieldAngle { camera.fieldAngle(x: spot.x, y: spot.y) }

    /// Follows the width that bright spots show, slowly, and no further than half or double.
    mutating func follow(_ spot: SpotFit) {
        guard settings.followsWidth, spot.method == .likelihood, spot.flux > 30 * spot.sigmaFlux
        else { return }
        // A tenth of a pixel per frame at most, of which a fiftieth counts.
        let step = min(max(spot.widthStep * profile.width, -0.1), 0.1)
        guard step.magnitude <= 0.1 else { return }
        measuredWidth = min(
            max(measuredWidth + step / 50, max(camera.spotWidth / 2, 0.5)),
            min(camera.spotWidth * 2, 3))
        if (measuredWidth - profile.width).magnitude > 0.02 * profile.width {
            profile = SpotProfile(width: measuredWidth)
        }
    }
}
