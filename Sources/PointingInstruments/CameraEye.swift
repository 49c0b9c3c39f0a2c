public import BoardFile
import PayloadHAL
public import Quantities
import Tracking

/// Finds the beacon's spot in a camera's pictures, and says how a picture is lit.
public struct CameraEye: Sendable {
    /// What one picture shows.
    public struct View: Equatable, Sendable {
        /// Where the spot lies from the middle of the picture, rad; `nil` if there is none.
        public var spot: FieldAngle?
        /// Levels of the spot above what is around it.
        public var light = 0.0
        /// Mean level of a pixel, and their standard deviation.
        public var mean = 0.0, deviation = 0.0
        /// The highest level, and pixels at full scale.
        public var highest: UInt16 = 0, saturated = 0
    }

    /// `nil` for a camera whose own numbers make no picture: it shows no spot.
    private var finder: SpotFinder?
    private let edge: Int
    private let fullScale: UInt16

    /// An eye behind `camera`, which is the board's.
    ///
    /// Levels count as electrons: where a spot lies does not depend on it.
    public init(_ board: Board.Pointing.FineCamera, behind camera: any CameraHandle) {
        edge = camera.format.width
        fullScale = camera.format.fullScale
        let middle = Double(edge - 1) / 2
        var seen = CameraCharacteristics(
            electronsPerLevel: 1, offset: 0, readNoise: board.readNoise,
            saturation: Int32(camera.format.fullScale), pixelScale: board.pixelScale * 1e-6,
            boresightX: middle, boresightY: middle)
        seen.spotWidth = board.spotWidth
        finder = try? SpotFinder(camera: seen)
    }

    /// Where the spot of the latest picture lies, rad; `nil` if there is none.
    public mutating func spot(of camera: any CameraHandle) -> FieldAngle? {
        found(camera).flatMap { finder?.angle(of: $0) }
    }

    /// What the latest picture shows.
    public mutating func look(at camera: any CameraHandle) -> View {
        var view = View()
        var (sum, squares) = (0.0, 0.0)
        for level in camera.pixels {
            sum += Double(level)
            squares += Double(level) * Double(level)
            view.highest = max(view.highest, level)
            if level >= fullScale { view.saturated += 1 }
        }
        let count = Double(max(camera.pixels.count, 1))
        view.mean = sum / count
        view.deviation = max(squares / count - view.mean * view.mean, 0).squareRoot()
        if let spot = found(camera) {
            view.spot = finder?.angle(of: spot)
            view.light = spot.flux
        }
        return view
    }

    private mutating func found(_ camera: any CameraHandle) -> Spot? {
        guard
            let frame = try? Frame(
                camera.pixels, width: edge, height: edge, stride: edge,
                stamp: FrameStamp(number: 0, time: 0))
        else { return nil }
        return finder?.find(in: frame).first
    }
}
