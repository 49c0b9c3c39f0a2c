/// A small angle on the sky about a line of sight, rad.
///
/// Both axes are angles on the sky, so a step of azimuth counts with the cosine of the elevation.
public struct FieldAngle: Equatable, Sendable, BitwiseCopyable {
    /// Across: towards growing azimuth.
    public var x: Double
    /// Upwards: towards growing elevation.
    public var y: Double

    /// On the line of sight.
    public static let zero = FieldAngle(x: 0, y: 0)

    /// An angle with both components given.
    @inlinable public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }

    /// Sum of both components.
    @inlinable public static func + (a: FieldAngle, b: FieldAngle) -> FieldAngle {
        FieldAngle(x: a.x + b.x, y: a.y + b.y)
    }
    /// Difference of both components.
    @inlinable public static func - (a: FieldAngle, b: FieldAngle) -> FieldAngle {
        FieldAngle(x: a.x - b.x, y: a.y - b.y)
    }
    /// Both components times `scale`.
    @inlinable public static func * (scale: Double, a: FieldAngle) -> FieldAngle {
        FieldAngle(x: scale * a.x, y: scale * a.y)
    }
    /// Angle from the line of sight, rad, 0 or more.
    @inlinable public var length: Double { (x * x + y * y).squareRoot() }
}
