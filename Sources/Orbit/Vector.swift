public import Quantities

/// A vector of three components in a right-handed frame; m, m/s or none, as its owner says.
public struct Vector: Equatable, Sendable, BitwiseCopyable {
    /// First component.
    public var x: Double
    /// Second component.
    public var y: Double
    /// Third component.
    public var z: Double

    /// No length.
    public static let zero = Vector(x: 0, y: 0, z: 0)

    /// A vector with every component given.
    @inlinable public init(x: Double, y: Double, z: Double) {
        self.x = x
        self.y = y
        self.z = z
    }

    /// Sum by components.
    @inlinable public static func + (a: Vector, b: Vector) -> Vector {
        Vector(x: a.x + b.x, y: a.y + b.y, z: a.z + b.z)
    }
    /// Difference by components.
    @inlinable public static func - (a: Vector, b: Vector) -> Vector {
        Vector(x: a.x - b.x, y: a.y - b.y, z: a.z - b.z)
    }
    /// Every component times `scale`.
    @inlinable public static func * (scale: Double, a: Vector) -> Vector {
        Vector(x: scale * a.x, y: scale * a.y, z: scale * a.z)
    }
    /// Product of lengths and cosine of the angle between.
    @inlinable public func dot(_ other: Vector) -> Double {
        x * other.x + y * other.y + z * other.z
    }
    /// The vector perpendicular to both, by the right-hand rule.
    @inlinable public func cross(_ other: Vector) -> Vector {
        Vector(
            x: y * other.z - z * other.y, y: z * other.x - x * other.z,
            z: x * other.y - y * other.x)
    }
    /// Length, 0 or more.
    @inlinable public var length: Double { dot(self).squareRoot() }
    /// The vector of length 1 in the same direction; not a number for a vector without length.
    @inlinable public var unit: Vector { (1 / length) * self }

    /// The same vector in axes that are turned by `angle` rad about z, counter-clockwise.
    @inlinable public func inAxesTurned(by angle: Double) -> Vector {
        let cosine = Elementary.cos(angle)
        let sine = Elementary.sin(angle)
        return Vector(x: cosine * x + sine * y, y: cosine * y - sine * x, z: z)
    }
}
