/// The brightest pixels of a frame and its background, found in one pass over it.
struct FrameScan {
    /// A bright pixel.
    struct Peak {
        var x: Int
        var y: Int
        var level: Int32
    }

    /// Bands of rows whose brightest pixel is remembered: enough that one band is soon searched.
    static let bands = 128

    /// Electrons per pixel without spots.
    let background: Double
    /// Standard deviation of a pixel without spot, electrons.
    let noise: Double
    /// Differs between two frames unless one is a copy of the other.
    let digest: UInt32

    private let rowsPerBand: Int
    private let bandCount: Int
    private var brightest: InlineArray<128, Int32> = InlineArray(repeating: -1)
    private var excluded: InlineArray<16, SIMD2<Int32>> = InlineArray(repeating: SIMD2(-1, -1))
    private var excludedCount = 0
    /// Middle of the window in which nothing more is looked for.
    private var window: (x: Int, y: Int)?

    @inline(__always)
    init<Pixel: CameraPixel>(_ frame: Frame<Pixel>, camera: CameraCharacteristics) {
        rowsPerBand = (frame.height + Self.bands - 1) / Self.bands
        bandCount = (frame.height + rowsPerBand - 1) / rowsPerBand
        for row in 0..<frame.height {
            let peak = Self.maximum(frame.pixels + row &* frame.stride, frame.width)
            let band = rowsPerBand == 1 ? row : row / rowsPerBand
            if peak > brightest[band] { brightest[band] = peak }
        }
        let survey = Self.survey(frame, camera: camera)
        background = survey.background
        noise = survey.noise
        digest = survey.digest
    }

    /// The level that a pixel `sigmas` deviations above the background has.
    func level(above sigmas: Double, camera: CameraCharacteristics) -> Int32 {
        let level = camera.offset + (background + sigmas * noise) / camera.electronsPerLevel
        guard level < 65_535 else { return 65_535 }
        return max(1, Int32(level.rounded(.up)))
    }

    /// The brightest pixel that is not excluded and has `least` or more.
    @inline(__always)
    func brightest<Pixel: CameraPixel>(_ frame: Frame<Pixel>, above least: Int32) -> Peak? {
        var best: Int32 = -1
        var band = 0
        for i in 0..<bandCount where brightest[i] > best {
            best = brightest[i]
            band = i
        }
        guard best >= least else { return nil }
        for row in rows(band, frame.height) {
            let start = frame.pixels + row &* frame.stride
            for column in 0..<frame.width
            where start[column].level == best && !isExcluded(column, row) {
                return Peak(x: column, y: row, level: best)
            }
        }
        return nil
    }

    /// Leaves out one pixel from now on.
    @inline(__always)
    mutating func exclude<Pixel: CameraPixel>(_ frame: Frame<Pixel>, x: Int, y: Int) {
        guard excludedCount < 16 else { return }
        excluded[excludedCount] = SIMD2(
            Int32(truncatingIfNeeded: x), Int32(truncatingIfNeeded: y))
        excludedCount += 1
        refresh(frame, band: y / rowsPerBand)
    }

    /// Leaves out the window around a pixel from now on.
    @inline(__always)
    mutating func excludeWindow<Pixel: CameraPixel>(_ frame: Frame<Pixel>, x: Int, y: Int) {
        window = (x, y)
        let first = max(0, y - SpotWindow.radius) / rowsPerBand
        let last = min(frame.height - 1, y + SpotWindow.radius) / rowsPerBand
        for band in first...last { refresh(frame, band: band) }
    }

    private func rows(_ band: Int, _ height: Int) -> Range<Int> {
        (band * rowsPerBand)..<min(height, (band + 1) * rowsPerBand)
    }

    private func isExcluded(_ x: Int, _ y: Int) -> Bool {
        if let window, abs(x - window.x) <= SpotWindow.radius,
            abs(y - window.y) <= SpotWindow.radius
        {
            return true
        }
        let place = SIMD2<Int32>(Int32(truncatingIfNeeded: x), Int32(truncatingIfNeeded: y))
        for i in 0..<excludedCount where excluded[i] == place { return true }
        return false
    }

    /// Finds a band's brightest pixel anew, without what is excluded.
    @inline(__always)
    private mutating func refresh<Pixel: CameraPixel>(_ frame: Frame<Pixel>, band: Int) {
        var best: Int32 = -1
        for row in rows(band, frame.height) {
            let start = frame.pixels + row &* frame.stride
            var hasSingle = false
            for i in 0..<excludedCount where excluded[i].y == Int32(truncatingIfNeeded: row) {
                hasSingle = true
            }
            if hasSingle {
                for column in 0..<frame.width where !isExcluded(column, row) {
                    best = max(best, start[column].level)
                }
            } else if let window, abs(row - window.y) <= SpotWindow.radius {
                let left = max(0, window.x - SpotWindow.radius)
                let right = min(frame.width, window.x + SpotWindow.radius + 1)
                best = max(best, Self.maximum(start, left))
                best = max(best, Self.maximum(start + right, frame.width - right))
            } else {
                best = max(best, Self.maximum(start, frame.width))
            }
        }
        brightest[band] = best
    }

    /// The highest of `count` levels; -1 of none.
    @inline(__always)
    static func maximum<Pixel: CameraPixel>(_ start: UnsafePointer<Pixel>, _ count: Int) -> Int32 {
        var column = 0
        var best: Int32 = -1
        if count >= 32 {
            var (even, odd) = (SIMD16<Pixel>.zero, SIMD16<Pixel>.zero)
            while column &+ 32 <= count {
                even = Pixel.larger(even, Pixel.sixteen(start + column))
                odd = Pixel.larger(odd, Pixel.sixteen(start + column + 16))
                column &+= 32
            }
            let both = Pixel.larger(even, odd)
            for lane in 0..<16 { best = max(best, both[lane].level) }
        }
        while column < count {
            best = max(best, start[column].level)
            column &+= 1
        }
        return best
    }

    /// What every eighth row says of the background: the mean, and the mean again without what
    /// stands out of the first by more than four deviations.
    @inline(__always)
    private static func survey<Pixel: CameraPixel>(
        _ frame: Frame<Pixel>, camera: CameraCharacteristics
    ) -> (background: Double, noise: Double, digest: UInt32) {
        let plain = sum(frame, clip: Pixel.max)
        let variance = camera.readNoise * camera.readNoise
        let count = Double(plain.count)
        let mean = Double(plain.total) / count
        let first = max(0, (mean - camera.offset) * camera.electronsPerLevel)
        let cut = mean + 4 * (first + variance).squareRoot() / camera.electronsPerLevel
        let limit = Double(Int(truncatingIfNeeded: Pixel.max.level))
        let clip = cut < limit ? Pixel(truncatingIfNeeded: Int32(cut) &+ 1) : Pixel.max
        let clipped = Double(sum(frame, clip: clip).total) / count
        let background = max(0, (clipped - camera.offset) * camera.electronsPerLevel)
        return (background, (background + variance).squareRoot(), plain.digest)
    }

    /// Sum of every eighth row's levels, none counted higher than `clip`.
    @inline(__always)
    private static func sum<Pixel: CameraPixel>(
        _ frame: Frame<Pixel>, clip: Pixel
    ) -> (total: Int64, count: Int, digest: UInt32) {
        let limit = SIMD16<Pixel>(repeating: clip)
        var total: Int64 = 0
        var digest: UInt32 = 2_166_136_261
        var count = 0
        var row = 3
        while row < frame.height {
            var sums = SIMD16<Int32>.zero
            let start = frame.pixels + row &* frame.stride
            var column = 0
            while column &+ 16 <= frame.width {
                let raw = Pixel.sixteen(start + column)
                sums &+= SIMD16<Int32>(truncatingIfNeeded: Pixel.smaller(raw, limit))
                column &+= 16
            }
            // 2,048 additions of 65,535 fit into 32 bits without sign only: sum lane by lane.
            for lane in 0..<16 {
                let part = UInt32(bitPattern: sums[lane])
                total &+= Int64(bitPattern: UInt64(_truncatingBits: UInt(part)))
                digest = (digest ^ part) &* 16_777_619
            }
            count &+= column
            row &+= 8
        }
        return (total, count, digest)
    }
}
