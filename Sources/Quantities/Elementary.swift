// The C mathematics library, reached by name: the core imports no platform module.

@_extern(c, "sin") @usableFromInline func cSine(_ x: Double) -> Double
@_extern(c, "cos") @usableFromInline func cCosine(_ x: Double) -> Double
@_extern(c, "atan2") @usableFromInline func cArcTangent(_ y: Double, _ x: Double) -> Double
@_extern(c, "exp") @usableFromInline func cExponential(_ x: Double) -> Double
@_extern(c, "log") @usableFromInline func cLogarithm(_ x: Double) -> Double

/// The elementary functions that the core needs beyond `squareRoot()`; angles in radians.
public enum Elementary {
    /// Sine of `x` radians.
    @inlinable public static func sin(_ x: Double) -> Double { cSine(x) }
    /// Cosine of `x` radians.
    @inlinable public static func cos(_ x: Double) -> Double { cCosine(x) }
    /// Angle of the point (x, y), from -pi to pi.
    @inlinable public static func atan2(_ y: Double, _ x: Double) -> Double { cArcTangent(y, x) }
    /// e to the power of `x`.
    @inlinable public static func exp(_ x: Double) -> Double { cExponential(x) }
    /// Natural logarithm of `x`, which is more than 0.
    @inlinable public static func log(_ x: Double) -> Double { cLogarithm(x) }
    /// Logarithm of `x`, which is more than 0, to base 2.
    @inlinable public static func log2(_ x: Double) -> Double { log(x) / ln2 }

    /// Natural logarithm of 2.
    public static let ln2 = 0.693_147_180_559_945_3
}
