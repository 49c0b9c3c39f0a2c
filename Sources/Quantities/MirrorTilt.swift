/// Tilt of a fast steering mirror about its two own axes, rad; whether mechanical or optical is
/// the mirror's own business, the interaction matrix holds the factor.
public struct MirrorTilt: Equatable, Sendable, BitwiseCopyable {
    /// About the first axis, rad.
    public var a: Double
    /// About the second axis, rad.
    public var b: Double

    /// At rest.
    public static let centre = MirrorTilt(a: 0, b: 0)

    /// A tilt with both angles given.
    @inlinable public init(a: Double, b: Double) {
        self.a = a
        self.b = b
    }

    /// Sum about both axes.
    @inlinable public static func + (p: MirrorTilt, q: MirrorTilt) -> MirrorTilt {
        MirrorTilt(a: p.a + q.a, b: p.b + q.b)
    }
    /// Difference about both axes.
    @inlinable public static func - (p: MirrorTilt, q: MirrorTilt) -> MirrorTilt {
        MirrorTilt(a: p.a - q.a, b: p.b - q.b)
    }
    /// Both angles times `scale`.
    @inlinable public static func * (scale: Double, p: MirrorTilt) -> MirrorTilt {
        MirrorTilt(a: scale * p.a, b: scale * p.b)
    }
    /// Tilt from rest, rad, 0 or more.
    @inlinable public var length: Double { (a * a + b * b).squareRoot() }
    /// Whether both angles are numbers.
    @inlinable public var isFinite: Bool { a.isFinite && b.isFinite }
}
