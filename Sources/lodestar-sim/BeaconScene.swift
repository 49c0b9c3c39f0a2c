import LinuxIO
import Quantities
import Synchronization

/// What the simulated camera sees: a beacon that moves, and back by twice the mirror's tilt.
final class BeaconScene: CameraScene {
    private let amplitude: Double, frequency: Double, pixel: Double, electrons: Double
    private let mirror: MirrorServer?
    private let random: Mutex<UInt64>

    /// Standard deviation of the spot, pixels: well sampled, as a beacon camera is set up.
    private static let spotSigma = 1.2
    /// Electrons of background and of read noise in a pixel.
    private static let background = 5.0, readNoise = 3.0

    /// A scene; angles in microradians, frequency in Hz.
    init(
        amplitude: Double, frequency: Double, pixel: Double, electrons: Double, seed: UInt64,
        mirror: MirrorServer?
    ) {
        self.amplitude = amplitude
        self.frequency = frequency
        self.pixel = pixel
        self.electrons = electrons
        self.mirror = mirror
        random = Mutex(seed &* 2 &+ 1)
    }

    /// Where the spot lies from the middle of the frame, pixels.
    private func spot(at time: Picoseconds) -> (x: Double, y: Double) {
        let phase = 2 * Double.pi * frequency * Double(time.count) * 1e-12
        let tilt = mirror?.offsets() ?? [0, 0]
        return (
            (amplitude * Elementary.sin(phase) - 2 * tilt[0]) / pixel,
            (amplitude * Elementary.cos(0.7 * phase) - 2 * tilt[1]) / pixel
        )
    }

    /// Draws the present moment, one electron a count, cut at `fullScale`, however long the
    /// exposure.
    func draw(
        into picture: UnsafeMutableBufferPointer<UInt16>, width: Int, height: Int,
        fullScale: Double, exposure: Int64
    ) -> Int64? {
        let spot = spot(at: HostClock.now)
        let centre = (x: Double(width - 1) / 2 + spot.x, y: Double(height - 1) / 2 + spot.y)
        let across = Self.profile(count: width, centre: centre.x)
        let down = Self.profile(count: height, centre: centre.y)
        let peak = electrons / (2 * .pi * Self.spotSigma * Self.spotSigma)
        var state = random.withLock { state in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state
        }
        for row in 0..<height {
            for column in 0..<width {
                let light = Self.background + peak * down[row] * across[column]
                let noise = (light + Self.readNoise * Self.readNoise).squareRoot()
                let value = light + noise * Self.normal(&state)
                let counted = min(max(value.rounded(), 0), fullScale)
                picture[row * width + column] = UInt16(counted)
            }
        }
        return nil
    }

    private static func profile(count: Int, centre: Double) -> [Double] {
        (0..<count).map { index in
            let away = (Double(index) - centre) / spotSigma
            return Elementary.exp(-away * away / 2)
        }
    }

    /// A number of variance 1 from the sum of four even ones.
    private static func normal(_ state: inout UInt64) -> Double {
        var sum = -2.0
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        var bits = state ^ (state >> 29)
        for _ in 0..<4 {
            sum += Double(bits & 0xFFFF) / 65_536
            bits >>= 16
        }
        return sum * 3.0.squareRoot()
    }
}
