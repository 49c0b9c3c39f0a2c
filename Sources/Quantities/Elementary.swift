// The C mathematics library, reached by name: the core imports no platform module.

@_extern(c, "sin") @usableFromInline func cSine(_ x: Double) -> Double
@_extern(c, "cos") @usableFromInline func cCosine(_ x: Double) -> Double
@_extern(c, "atan2") @usableFromInline func cArcTangent(_ y: Double, _ x: Double) -> Double
@_extern(c, "exp") @usableFromInline func cExponential(_ x: Double) -> Double
@_extern(c, "log") @usableFromInline func cLogarithm(_ x: Double) -> Double
@_extern(c, "cbrt") @usableFromInline func cCubeRoot(_ x: Double) -> Double
@_extern(c, "fmod") @usableFromInline func cRemainder(_ x: Double, _ y: Double) -> Double

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
    /// The number whose third power is `x`.
    @inlinable public static func cubeRoot(_ x: Double) -> Double { cCubeRoot(x) }
    /// Tangent of `x` radians.
    @inlinable public static func tan(_ x: Double) -> Double { cSine(x) / cCosine(x) }
    /// Angle whose sine is `x`, from -pi/2 to pi/2; `x` beyond +-1 counts as +-1.
    @inlinable public static func asin(_ x: Double) -> Double {
        let bounded = min(max(x, -1), 1)
        return cArcTangent(bounded, ((1 - bounded) * (1 + bounded)).squareRoot())
    }
    /// Angle whose cosine is `x`, from 0 to pi; `x` beyond +-1 counts as +-1.
    @inlinable public static func acos(_ x: Double) -> Double {
        let bounded = min(max(x, -1), 1)
        return cArcTangent(((1 - bounded) * (1 + bounded)).squareRoot(), bounded)
    }
    /// What is left of `x` after whole multiples of `period`, with the sign of `x`; exact.
    @inlinable public static func remainder(_ x: Double, dividingBy period: Double) -> Double {
        cRemainder(x, period)
    }
    /// `angle` less whole turns, from -2 pi to 2 pi with the sign of `angle`.
    @inlinable public static func withinOneTurn(_ angle: Double) -> Double {
        cRemainder(angle, 2 * .pi)
    }
    /// `angle` less whole turns, from 0 up to 2 pi.
    @inlinable public static func positiveTurn(_ angle: Double) -> Double {
        let rest = cRemainder(angle, 2 * .pi)
        return rest < 0 ? rest + 2 * .pi : rest
    }

    /// Natural logarithm of 2.
    public static let ln2 = 0.693_147_180_559_945_3
}
