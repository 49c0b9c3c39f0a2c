import Simulator
import Tracking

/// A camera and frames from it, drawn by the simulator.
struct SpotFrames {
    /// 1.2 px wide spots, 3 electrons of read noise, 10 microradian a pixel.
    static let camera = CameraCharacteristics(
        electronsPerLevel: 0.8, offset: 100, readNoise: 3, saturation: 65_535,
        pixelScale: 10e-6, boresightX: 47.5, boresightY: 31.5)

    var model: BeaconCameraModel
    var pixels: [UInt16]
    private var number: Int64 = 0

    init(
        camera: CameraCharacteristics = SpotFrames.camera, background: Double = 5,
        hotPixels: [HotPixel] = [], seed: UInt64 = 1
    ) {
        model = BeaconCameraModel(
            camera: camera, width: 96, height: 64, background: background, hotPixels: hotPixels,
            seed: seed)
        pixels = [UInt16](repeating: 0, count: 96 * 64)
    }

    /// Draws a frame of `lights` and lets `finder` look at it.
    mutating func look(_ finder: inout SpotFinder, _ lights: [LightOnSensor]) throws -> SpotReport {
        pixels.withUnsafeMutableBufferPointer { model.render(lights, into: $0) }
        return try lookAgain(&finder)
    }

    /// Lets `finder` look at the frame as it is.
    mutating func lookAgain(_ finder: inout SpotFinder) throws -> SpotReport {
        number += 1
        let stamp = FrameStamp(number: number, time: number * 1_000_000_000)
        return try pixels.withUnsafeBufferPointer {
            finder.find(in: try Frame($0, width: 96, height: 64, stride: 96, stamp: stamp))
        }
    }
}
