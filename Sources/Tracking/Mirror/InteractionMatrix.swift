public import Quantities

/// How a mirror's tilt moves the spot: angle = matrix x tilt, with the inverse beside it.
public struct InteractionMatrix: Equatable, Sendable, BitwiseCopyable {
    /// Spot x per tilt about the first axis.
    public let xa: Double
    /// Spot x per tilt about the second axis.
    public let xb: Double
    /// Spot y per tilt about the first axis.
    public let ya: Double
    /// Spot y per tilt about the second axis.
    public let yb: Double
    private let determinant: Double

    /// Tilt and spot are the same.
    public static let identity = InteractionMatrix(scale: 1)

    /// The matrix of those elements; `nil` if one is no number or it cannot be inverted: if its
    /// axes lie within a degree of each other.
    public init?(xa: Double, xb: Double, ya: Double, yb: Double) {
        let determinant = xa * yb - xb * ya
        let size = ((xa * xa + ya * ya) * (xb * xb + yb * yb)).squareRoot()
        guard size.isFinite, determinant.magnitude > 0.017 * size else { return nil }
        (self.xa, self.xb, self.ya, self.yb) = (xa, xb, ya, yb)
        self.determinant = determinant
    }

    /// Axes that agree with the sky's, with one factor, which is not 0.
    public init(scale: Double) {
        precondition(scale != 0 && scale.isFinite)
        (xa, xb, ya, yb) = (scale, 0, 0, scale)
        determinant = scale * scale
    }

    /// Where the tilt moves the spot, rad.
    @inlinable public func angle(of tilt: MirrorTilt) -> FieldAngle {
        FieldAngle(x: xa * tilt.a + xb * tilt.b, y: ya * tilt.a + yb * tilt.b)
    }

    /// The tilt that moves the spot by `angle`, rad.
    public func tilt(for angle: FieldAngle) -> MirrorTilt {
        MirrorTilt(
            a: (yb * angle.x - xb * angle.y) / determinant,
            b: (xa * angle.y - ya * angle.x) / determinant)
    }

    /// Spot angle per tilt about the first axis.
    public var scaleA: Double { (xa * xa + ya * ya).squareRoot() }
    /// Spot angle per tilt about the second axis.
    public var scaleB: Double { (xb * xb + yb * yb).squareRoot() }
    /// Direction in which the first axis moves the spot, from x towards y, rad.
    public var rotation: Double { Elementary.atan2(ya, xa) }
    /// Whether the second axis lies clockwise of the first: an odd number of reflections.
    public var isMirrored: Bool { determinant < 0 }
    /// By how much the angle from the first axis to the second exceeds a right angle, rad.
    public var nonOrthogonality: Double {
        let dot = xa * xb + ya * yb
        return Elementary.atan2(determinant.magnitude, dot) - 1.570_796_326_794_896_6
    }
}
