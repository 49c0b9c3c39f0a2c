internal import Quantities
public import Tracking

/// A camera's gain, read noise and offset from pairs of flat pictures: the photon transfer curve.
///
/// The variance of the difference of two pictures of the same light is twice that of one pixel, and
/// what differs from pixel to pixel drops out. Variance over mean is a straight line: levels per
/// electron times the light plus the read noise (J. R. Janesick, Photon Transfer, 2007, chapter 5).
public struct PhotonTransfer: Sendable {
    /// A rectangle of the sensor.
    public struct Region: Equatable, Sendable, BitwiseCopyable {
        /// First column and row.
        public var x: Int, y: Int
        /// Columns and rows.
        public var width: Int, height: Int

        /// A rectangle with every field given, px.
        public init(x: Int, y: Int, width: Int, height: Int) {
            self.x = x
            self.y = y
            self.width = width
            self.height = height
        }
    }

    /// What was found.
    public struct Result: Equatable, Sendable, BitwiseCopyable {
        /// Electrons per level.
        public var electronsPerLevel: Estimate
        /// Read noise of a pixel, electrons rms, the rounding to levels included.
        public var readNoise: Estimate
        /// Level without light.
        public var offset: Estimate
    }

    /// Pairs that are remembered; further ones are refused.
    public static let capacity = 32

    private let region: Region
    private let saturation: Int32
    /// Mean level, variance of a pixel, and pixels, of each pair.
    private var points: InlineArray<32, SIMD4<Double>> = InlineArray(repeating: SIMD4(0, 0, 0, 0))
    private var darkPixels = 0.0
    private var darkSum = 0.0
    private var darkVariance = 0.0
    /// Pairs taken in, dark ones included.
    public private(set) var pairs = 0
    /// Pairs left out because a pixel of theirs was saturated, or there was no room.
    public private(set) var refused: Int64 = 0

    /// A measurement in `region`, 16 by 16 px or more.
    ///
    /// - Parameter saturation: Lowest level that counts as saturated.
    public init(region: Region, saturation: Int32) throws(CalibrationError) {
        guard region.x >= 0, region.y >= 0, region.width >= 16, region.height >= 16,
            region.width <= 32_767, region.height <= 32_767
        else {
            throw .badSetting(
                .region, value: Double(min(region.width, region.height)), lowest: 16,
                highest: 32_767)
        }
        guard saturation > 0 else {
            throw .badSetting(
                .saturation, value: Double(Int(saturation)), lowest: 1, highest: 65_535)
        }
        self.region = region
        self.saturation = saturation
    }

    /// Takes in two pictures of the same light, or of none.
    ///
    /// - Parameters:
    ///   - isDark: Whether the shutter was closed; one such pair at least is needed.
    ///   - hotPixels: Pixels left out.
    public mutating func take<Pixel: CameraPixel>(
        _ first: Frame<Pixel>, _ second: Frame<Pixel>, isDark: Bool, hotPixels: HotPixels
    ) throws(CalibrationError) {
        let (right, bottom) = (region.x &+ region.width, region.y &+ region.height)
        let (width, height) = (min(first.width, second.width), min(first.height, second.height))
        guard right <= width, bottom <= height else {
            throw .badSetting(
                .region, value: Double(max(right, bottom)), lowest: 16,
                highest: Double(right > width ? width : height))
        }
        var (sum, difference, squares, number) = (0.0, 0.0, 0.0, 0.0)
        for y in region.y..<bottom {
            for x in region.x..<right {
                let a = first.pixels[y &* first.stride &+ x].level
                let b = second.pixels[y &* second.stride &+ x].level
                if hotPixels.count > 0, hotPixels.contains(x: x, y: y) { continue }
                guard a < saturation, b < saturation else {
                    refused += 1
                    return
                }
                let change = Double(Int(a) - Int(b))
                sum += Double(Int(a) + Int(b))
                difference += change
                squares += change * change
                number += 1
            }
        }
        guard number >= 2, pairs < Self.capacity else {
            refused += 1
            return
        }
        // A light that flickers moves the mean difference, not its variance.
        let variance = (squares - difference * difference / number) / (number - 1) / 2
        points[pairs] = SIMD4(sum / number / 2, variance, number, isDark ? 1 : 0)
        pairs += 1
        if isDark {
            darkPixels += 2 * number
            darkSum += sum
            darkVariance += 2 * number * variance
        }
    }

    /// What was found in the pairs so far.
    public func result() throws(CalibrationError) -> Result {
        guard darkPixels > 0, pairs >= 3 else {
            throw .tooFewPoints(found: Int64(widening: pairs), needed: 3)
        }
        let offset = darkSum / darkPixels
        var (level, read) = (0.0, 0.0)
        var (w, x, xx) = (0.0, 0.0, 0.0)
        // Least squares; the first round weighs by the variances measured, the others by the line.
        for round in 0..<6 {
            var (y, xy) = (0.0, 0.0)
            (w, x, xx) = (0, 0, 0)
            for i in 0..<pairs {
                let point = points[i]
                let light = point.w > 0 ? 0 : point.x - offset
                let expected = round == 0 ? point.y : max(read + level * light, 1e-3)
                // Variance of a variance of as many normal values.
                let weight = point.z / (2 * max(expected * expected, 1e-9))
                w += weight
                x += weight * light
                y += weight * point.y
                xx += weight * light * light
                xy += weight * light * point.y
            }
            let determinant = w * xx - x * x
            guard determinant > 1e-9 * w * xx else { throw .notFound(.light) }
            level = (w * xy - x * y) / determinant
            read = (y * xx - x * xy) / determinant
        }
        guard level > 0 else { throw .notFound(.light) }
        let determinant = w * xx - x * x
        let levelSigma = (w / determinant).squareRoot()
        let noise = max(read, 0).squareRoot()
        // Of sqrt(read)/level, with both from one line.
        let slopes = SIMD2(1 / (2 * max(noise, 1e-6) * level), -noise / (level * level))
        let variance =
            slopes.x * slopes.x * xx / determinant + slopes.y * slopes.y * w / determinant
            - 2 * slopes.x * slopes.y * x / determinant
        let number = Int64(min(darkPixels, 1e18))
        return Result(
            electronsPerLevel: Estimate(
                value: 1 / level, sigma: levelSigma / (level * level), counts: number),
            readNoise: Estimate(
                value: noise / level, sigma: max(variance, 0).squareRoot(), counts: number),
            offset: Estimate(
                value: offset, sigma: (darkVariance / darkPixels / darkPixels).squareRoot(),
                counts: number))
    }

    /// Pixels that show in two dark pictures more than `deviations` of the noise above the mean.
    ///
    /// - Returns: `nil` if there are more of them than the list holds: the camera wants replacing.
    public static func hotPixels<Pixel: CameraPixel>(
        _ first: Frame<Pixel>, _ second: Frame<Pixel>, deviations: Double = 6
    ) -> HotPixels? {
        let (width, height) = (min(first.width, second.width), min(first.height, second.height))
        func level(_ x: Int, _ y: Int) -> (Double, Double) {
            (
                Double(Int(first.pixels[y &* first.stride &+ x].level)),
                Double(Int(second.pixels[y &* second.stride &+ x].level))
            )
        }
        // Twice, the second time without what stood out: a few hot pixels widen the noise.
        var (mean, sigma) = (0.0, Double.infinity)
        for _ in 0..<3 {
            var (number, sum, squares) = (0.0, 0.0, 0.0)
            let limit = mean + deviations * sigma
            for y in 0..<height {
                for x in 0..<width {
                    let (a, b) = level(x, y)
                    guard min(a, b) <= limit else { continue }
                    number += 1
                    sum += a
                    squares += a * a
                }
            }
            guard number >= 2 else { return nil }
            mean = sum / number
            sigma = (max(squares / number - mean * mean, 0)).squareRoot()
            // Of rounding alone, where all pixels show the same level.
            sigma = max(sigma, 0.3)
        }
        var list = HotPixels()
        for y in 0..<height {
            for x in 0..<width {
                let (a, b) = level(x, y)
                if min(a, b) > mean + deviations * sigma, !list.add(x: x, y: y) { return nil }
            }
        }
        return list
    }
}
