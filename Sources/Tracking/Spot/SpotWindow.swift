/// The pixels around a spot in electrons, 15 x 15, with what of them may be used.
///
/// Rows are vectors of 16 lanes of which the last stays 0.
struct SpotWindow {
    /// Pixels from the middle to the edge: six widths of a usual spot.
    static let radius = 7
    /// Pixels along an edge.
    static let side = 15

    /// Column and row of the middle pixel.
    let x: Int
    let y: Int
    /// Electrons above the camera's offset; 0 where there is no pixel.
    var electrons: InlineArray<15, SIMD16<Float>> = InlineArray(repeating: .zero)
    /// 1 where a pixel may be used; 0 outside the frame, where hot and where saturated.
    var valid: InlineArray<15, SIMD16<Float>> = InlineArray(repeating: .zero)
    /// Saturated pixels among them.
    var saturated: Int32 = 0

    /// Distance from the middle by lane, px.
    static let columns = SIMD16<Float>(-7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 0)
    /// 1 in the lanes that hold pixels.
    private static let lanes = SIMD16<Float>(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0)

    /// The window of `frame` around the pixel at column `x` of row `y`, which is inside.
    @inline(__always)
    init<Pixel: CameraPixel>(
        _ frame: Frame<Pixel>, x: Int, y: Int, camera: CameraCharacteristics, hot: HotPixels
    ) {
        self.x = x
        self.y = y
        let left = x - Self.radius
        let top = y - Self.radius
        let scale = Float(camera.electronsPerLevel)
        let zero = Float(camera.electronsPerLevel * camera.offset)
        let full = Float(Int(truncatingIfNeeded: camera.saturation))
        if left >= 0, left + 16 <= frame.width {
            for row in 0..<Self.side where top + row >= 0 && top + row < frame.height {
                let start = frame.pixels + ((top + row) &* frame.stride &+ left)
                load(
                    row, levels(start), scale: scale, zero: zero, saturation: full,
                    lanes: Self.lanes)
            }
        } else {
            for row in 0..<Self.side where top + row >= 0 && top + row < frame.height {
                var found = SIMD16<Int32>.zero
                var lanes = SIMD16<Float>.zero
                for lane in 0..<Self.side where left + lane >= 0 && left + lane < frame.width {
                    found[lane] = frame.level(left + lane, top + row)
                    lanes[lane] = 1
                }
                load(
                    row, found, scale: scale, zero: zero, saturation: full,
                    lanes: lanes)
            }
        }
        for i in 0..<hot.count {
            let place = hot.place(i)
            guard place.x >= left, place.x < left + Self.side, place.y >= top,
                place.y < top + Self.side
            else { continue }
            valid[place.y - top][place.x - left] = 0
        }
    }

    /// Sixteen levels from `start` on.
    @inline(__always)
    private func levels<Pixel: CameraPixel>(_ start: UnsafePointer<Pixel>) -> SIMD16<Int32> {
        SIMD16<Int32>(truncatingIfNeeded: Pixel.sixteen(start))
    }

    @inline(__always)
    private mutating func load(
        _ row: Int, _ levels: SIMD16<Int32>, scale: Float, zero: Float, saturation: Float,
        lanes: SIMD16<Float>
    ) {
        // The mantissa of 2^23 takes in the levels: a conversion that any processor has.
        let bits = SIMD16<UInt32>(truncatingIfNeeded: levels) | 0x4B00_0000
        let found = unsafeBitCast(bits, to: SIMD16<Float>.self) - 8_388_608
        electrons[row] = (found * scale - zero) * lanes
        let usable = lanes.replacing(with: 0, where: found .>= saturation)
        saturated &+= Int32((lanes - usable).sum())
        valid[row] = usable
    }
}
