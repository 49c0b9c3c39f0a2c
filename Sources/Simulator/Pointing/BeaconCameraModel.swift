import Quantities
public import Tracking

/// A point of light on the sensor during one exposure.
public struct LightOnSensor: Equatable, Sendable {
    /// Column of its middle, px; the centre of the first pixel is 0.
    public var x: Double
    /// Row of its middle, px.
    public var y: Double
    /// Mean number of photo-electrons of the whole spot, 0 or more.
    public var flux: Double
    /// Standard deviation of its profile, px, the pixel's own width included; 0.3 to 5.
    public var width: Double

    /// A light with all values given.
    public init(x: Double, y: Double, flux: Double, width: Double = 1.2) {
        self.x = x
        self.y = y
        self.flux = flux
        self.width = width
    }
}

/// A pixel that shows light where there is none.
public struct HotPixel: Equatable, Sendable {
    /// Column.
    public var x: Int
    /// Row.
    public var y: Int
    /// Levels that it shows too much.
    public var excess: Int

    /// A hot pixel with all values given.
    public init(x: Int, y: Int, excess: Int) {
        self.x = x
        self.y = y
        self.excess = excess
    }
}

/// The beacon camera: frames of photon and read noise, seeded.
///
/// Pixels without light come from a pool of noise that was drawn once, from a random place in it
/// for each frame, so that a frame costs a few microseconds; each single frame has the right
/// statistics, and two frames may share a shifted part. Pixels in a spot are drawn anew: Poisson
/// with the mean of spot and background, Gaussian read noise, rounding, saturation.
public struct BeaconCameraModel: Sendable {
    /// What the camera is like.
    public let camera: CameraCharacteristics
    /// Pixels in a row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// Electrons of sky and dark current per pixel and frame.
    public let background: Double
    /// Pixels that show light where there is none.
    public let hotPixels: [HotPixel]

    private let pool: [UInt16]
    private var means: [Float]
    private var generator: SeededGenerator
    /// Mean electrons below which a spot's light in a pixel is left out: 0.5 % of a background
    /// electron.
    private static let negligible: Float = 0.005

    /// A camera of the given size; both edges from 16 to 4,096 px.
    public init(
        camera: CameraCharacteristics, width: Int = 128, height: Int = 128,
        background: Double = 5, hotPixels: [HotPixel] = [], seed: UInt64
    ) {
        self.camera = camera
        self.width = min(max(width, 16), 4_096)
        self.height = min(max(height, 16), 4_096)
        self.background = max(background, 0)
        let (columns, rows) = (self.width, self.height)
        self.hotPixels = hotPixels.filter {
            $0.x >= 0 && $0.y >= 0 && $0.x < columns && $0.y < rows
        }
        means = [Float](repeating: 0, count: columns * rows)
        generator = SeededGenerator(seed: seed, stream: PointingStream.cameraFrames.rawValue)
        var source = SeededGenerator(seed: seed, stream: PointingStream.cameraPool.rawValue)
        let (level, scaled) = (self.background, Scale(camera))
        // Eight frames' worth: places enough that two frames rarely share one.
        pool = (0..<(columns * rows + max(131_072, columns))).map { _ in
            scaled.level(Poisson.draw(level, &source), &source)
        }
    }

    /// From electrons to levels.
    private struct Scale {
        let perElectron: Double
        let offset: Double
        let noise: Double
        let highest: Double

        init(_ camera: CameraCharacteristics) {
            perElectron = 1 / camera.electronsPerLevel
            offset = camera.offset
            noise = camera.readNoise
            highest = Double(camera.saturation)
        }

        @inline(__always)
        func level(_ electrons: Double, _ generator: inout SeededGenerator) -> UInt16 {
            let level = (electrons + noise * generator.normal()) * perElectron + offset
            return UInt16(min(max(level, 0), highest).rounded())
        }
    }

    /// Draws the next frame into `frame`, which holds ``width`` times ``height`` pixels row by row.
    ///
    /// - Parameter lights: Beacon, reflection, stars; those outside the frame do no harm.
    public mutating func render(
        _ lights: [LightOnSensor], into frame: UnsafeMutableBufferPointer<UInt16>
    ) {
        let count = width * height
        precondition(frame.count >= count)
        guard let base = frame.baseAddress else { return }
        let place = Int(generator.below(UInt64(pool.count - count + 1)))
        pool.withUnsafeBufferPointer { pool in
            guard let start = pool.baseAddress else { return }
            base.update(from: start + place, count: count)
        }
        for light in lights { illuminate(light) }
        let scale = Scale(camera)
        for light in lights { expose(light, base, scale) }
        for hot in hotPixels {
            let pixel = base + (hot.y * width + hot.x)
            let level = Int(pixel.pointee) + hot.excess
            pixel.pointee = UInt16(min(max(level, 0), Int(camera.saturation)))
        }
    }

    /// Rows and columns that a light reaches; empty if it is outside or no light.
    private func reach(_ light: LightOnSensor) -> (x: Range<Int>, y: Range<Int>)? {
        guard light.flux > 0, light.flux < 1e9, light.width >= 0.3, light.width <= 5,
            light.x.magnitude < 1e5, light.y.magnitude < 1e5
        else { return nil }
        // Six deviations hold all but a photon of the brightest spot.
        let radius = 6 * light.width + 1
        let left = max(0, Int((light.x - radius).rounded()))
        let right = min(width, Int((light.x + radius).rounded()) + 1)
        let top = max(0, Int((light.y - radius).rounded()))
        let bottom = min(height, Int((light.y + radius).rounded()) + 1)
        guard left < right, top < bottom else { return nil }
        return (left..<right, top..<bottom)
    }

    /// Adds a light's mean electrons.
    private mutating func illuminate(_ light: LightOnSensor) {
        guard let reach = reach(light) else { return }
        let inverse = 1 / (2 * light.width * light.width)
        let peak = light.flux * inverse / 3.141_592_653_589_793
        var across: InlineArray<64, Float> = InlineArray(repeating: 0)
        for x in reach.x {
            let distance = Double(x) - light.x
            across[x - reach.x.lowerBound] = Float(Elementary.exp(-distance * distance * inverse))
        }
        for y in reach.y {
            let distance = Double(y) - light.y
            let row = Float(peak * Elementary.exp(-distance * distance * inverse))
            guard row > Self.negligible else { continue }
            for x in reach.x {
                means[y * width + x] += row * across[x - reach.x.lowerBound]
            }
        }
    }

    /// Draws the pixels that a light reaches, and forgets its electrons.
    private mutating func expose(
        _ light: LightOnSensor, _ frame: UnsafeMutablePointer<UInt16>, _ scale: Scale
    ) {
        guard let reach = reach(light) else { return }
        var local = generator
        for y in reach.y {
            for x in reach.x {
                let index = y * width + x
                let mean = means[index]
                guard mean != 0 else { continue }
                means[index] = 0
                guard mean > Self.negligible else { continue }
                let electrons = Poisson.draw(Double(mean) + background, &local)
                frame[index] = scale.level(electrons, &local)
            }
        }
        generator = local
    }
}
