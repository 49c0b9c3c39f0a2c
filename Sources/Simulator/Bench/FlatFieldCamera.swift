import Quantities
public import Tracking

/// A camera before an even light: photon and read noise of every pixel drawn anew.
public struct FlatFieldCamera: Sendable {
    /// What the camera is like; gain, offset and read noise are to be found.
    public let camera: CameraCharacteristics
    /// Pixels in a row, and rows.
    public let width: Int, height: Int
    /// How much pixels differ in what they see of the light, rms as a fraction.
    public var unevenness = 0.01
    /// Pixels that show light where there is none.
    public var hotPixels: [HotPixel] = []

    private var random: SeededGenerator

    /// A camera on the random numbers of `seed`.
    public init(_ camera: CameraCharacteristics, width: Int, height: Int, seed: UInt64) {
        self.camera = camera
        (self.width, self.height) = (width, height)
        random = SeededGenerator(seed: seed, stream: 1_002)
    }

    /// A picture of `electrons` per pixel on average.
    public mutating func picture(electrons: Double) -> [UInt16] {
        var pattern = SeededGenerator(seed: 77, stream: 1_003)
        var pixels: [UInt16] = []
        pixels.reserveCapacity(width * height)
        for _ in 0..<width * height {
            let mean = electrons * (1 + unevenness * pattern.normal())
            let charge = Poisson.draw(mean, &random) + camera.readNoise * random.normal()
            let level = (charge / camera.electronsPerLevel + camera.offset).rounded()
            pixels.append(UInt16(min(max(level, 0), Double(camera.saturation))))
        }
        for pixel in hotPixels {
            let index = pixel.y * width + pixel.x
            pixels[index] = UInt16(min(Int(pixels[index]) + pixel.excess, Int(camera.saturation)))
        }
        return pixels
    }
}
