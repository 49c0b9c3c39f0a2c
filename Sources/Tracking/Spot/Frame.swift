#if hasFeature(Embedded)
    /// What vectors of pixels ask of a pixel.
    public typealias VectorElement = SIMDScalar
#else
    /// What vectors of pixels ask of a pixel; the standard library's vectors can be encoded.
    public typealias VectorElement = SIMDScalar & Codable
#endif

/// A kind of pixel that cameras deliver: Mono8 as `UInt8`, Mono10 to Mono16 as `UInt16`.
public protocol CameraPixel: FixedWidthInteger, UnsignedInteger, VectorElement, Sendable {
    /// The pixel's level, 0 to 65,535.
    var level: Int32 { get }
    /// The 16 pixels from `start` on.
    static func sixteen(_ start: UnsafePointer<Self>) -> SIMD16<Self>
    /// The larger of both in each lane.
    static func larger(_ a: SIMD16<Self>, _ b: SIMD16<Self>) -> SIMD16<Self>
    /// The smaller of both in each lane.
    static func smaller(_ a: SIMD16<Self>, _ b: SIMD16<Self>) -> SIMD16<Self>
}

// Vectors are compared here, where their type is known: in generic code the standard library
// compares lane by lane.

extension UInt8: CameraPixel {
    /// The pixel's level.
    @inlinable @inline(__always) public var level: Int32 { Int32(truncatingIfNeeded: self) }
    /// The 16 pixels from `start` on.
    @inlinable @inline(__always)
    public static func sixteen(_ start: UnsafePointer<UInt8>) -> SIMD16<UInt8> {
        UnsafeRawPointer(start).loadUnaligned(as: SIMD16<UInt8>.self)
    }
    /// The larger of both in each lane.
    @inlinable @inline(__always)
    public static func larger(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
        a.replacing(with: b, where: a .< b)
    }
    /// The smaller of both in each lane.
    @inlinable @inline(__always)
    public static func smaller(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
        a.replacing(with: b, where: a .> b)
    }
}

extension UInt16: CameraPixel {
    /// The pixel's level.
    @inlinable @inline(__always) public var level: Int32 { Int32(truncatingIfNeeded: self) }
    /// The 16 pixels from `start` on.
    @inlinable @inline(__always)
    public static func sixteen(_ start: UnsafePointer<UInt16>) -> SIMD16<UInt16> {
        UnsafeRawPointer(start).loadUnaligned(as: SIMD16<UInt16>.self)
    }
    /// The larger of both in each lane.
    @inlinable @inline(__always)
    public static func larger(_ a: SIMD16<UInt16>, _ b: SIMD16<UInt16>) -> SIMD16<UInt16> {
        a.replacing(with: b, where: a .< b)
    }
    /// The smaller of both in each lane.
    @inlinable @inline(__always)
    public static func smaller(_ a: SIMD16<UInt16>, _ b: SIMD16<UInt16>) -> SIMD16<UInt16> {
        a.replacing(with: b, where: a .> b)
    }
}

/// Why a buffer cannot be a frame.
public enum FrameFault: Error, Equatable, Sendable {
    /// Width or height, px, lies outside 16 to 32,767.
    case size(width: Int, height: Int)
    /// Rows lie closer, px, than they are wide.
    case stride(Int, width: Int)
    /// The buffer holds fewer pixels than the rows need.
    case short(pixels: Int, needed: Int)
}

/// One camera frame in a buffer that someone else owns, who keeps it unchanged while it is used.
///
/// Column 0 is on the left, row 0 on top; the centre of the first pixel is at (0, 0).
public struct Frame<Pixel: CameraPixel>: BitwiseCopyable {
    /// The first pixel of the first row.
    public let pixels: UnsafePointer<Pixel>
    /// Pixels in a row, 16 to 32,767.
    public let width: Int
    /// Rows, 16 to 32,767.
    public let height: Int
    /// Pixels from the start of one row to the next, `width` or more.
    public let stride: Int
    /// Number and time.
    public let stamp: FrameStamp

    /// The frame that lies in `buffer`; throws if it cannot lie there.
    @inlinable
    public init(
        _ buffer: UnsafeBufferPointer<Pixel>, width: Int, height: Int, stride: Int,
        stamp: FrameStamp
    ) throws(FrameFault) {
        guard width >= 16, width <= 32_767, height >= 16, height <= 32_767 else {
            throw .size(width: width, height: height)
        }
        guard stride >= width, stride <= 1_000_000 / 4 else { throw .stride(stride, width: width) }
        let (rows, isTooLarge) = stride.multipliedReportingOverflow(by: height - 1)
        guard !isTooLarge, let base = buffer.baseAddress, buffer.count - width >= rows else {
            throw .short(pixels: buffer.count, needed: isTooLarge ? .max : rows + width)
        }
        pixels = base
        self.width = width
        self.height = height
        self.stride = stride
        self.stamp = stamp
    }

    /// The level at column `x` of row `y`, both inside the frame.
    @inline(__always) func level(_ x: Int, _ y: Int) -> Int32 {
        pixels[y &* stride &+ x].level
    }
}
