internal import Quantities

/// A symmetric matrix of three rows.
struct SymmetricMatrix: BitwiseCopyable {
    /// Elements on the diagonal.
    var diagonal = SIMD3<Double>(repeating: 0)
    /// Elements beside it: rows and columns 1 and 2, 0 and 2, 0 and 1.
    var beside = SIMD3<Double>(repeating: 0)

    /// Adds `weight` times the product of `vector` with itself.
    mutating func add(_ vector: SIMD3<Double>, weight: Double) {
        diagonal += weight * vector * vector
        beside +=
            weight * SIMD3(vector.y * vector.z, vector.x * vector.z, vector.x * vector.y)
    }

    func times(_ v: SIMD3<Double>) -> SIMD3<Double> {
        diagonal * v
            + SIMD3(
                beside.z * v.y + beside.y * v.z, beside.z * v.x + beside.x * v.z,
                beside.y * v.x + beside.x * v.y)
    }

    /// The inverse; `nil` if there is none.
    var inverse: SymmetricMatrix? {
        let (a, b, c) = (diagonal.x, diagonal.y, diagonal.z)
        let (f, e, d) = (beside.x, beside.y, beside.z)
        let minors = SIMD3(b * c - f * f, a * c - e * e, a * b - d * d)
        let mixed = SIMD3(d * e - a * f, d * f - b * e, e * f - c * d)
        let determinant = a * minors.x + d * mixed.z + e * mixed.y
        guard determinant.magnitude > 1e-14 * (a * b * c).magnitude, determinant.isFinite else {
            return nil
        }
        return SymmetricMatrix(diagonal: minors / determinant, beside: mixed / determinant)
    }

    /// `vector` on both sides of the matrix.
    func form(_ vector: SIMD3<Double>) -> Double { (vector * times(vector)).sum() }
}

/// Counts per bin as the exponential of a parabola over a flat background, by maximum likelihood.
struct PoissonFit: BitwiseCopyable {
    /// Coefficients of 1, x and x^2 of the logarithm.
    private(set) var coefficients = SIMD3<Double>(repeating: 0)
    /// Their covariance.
    private(set) var covariance = SymmetricMatrix()
    /// Counts that it rests on.
    private(set) var counts = 0.0

    /// Fits the bins `range` of `histogram`, whose x is (bin - `origin`)/`scale`.
    ///
    /// - Parameter isStraight: Whether the logarithm is a straight line and not a parabola.
    init?(
        _ histogram: PhaseHistogram, _ range: ClosedRange<Int>, origin: Int, scale: Double,
        background: Double, isStraight: Bool
    ) {
        guard range.count >= (isStraight ? 4 : 5) else { return nil }
        counts = histogram.sum(range)
        let net = counts / Double(range.count) - background
        guard net > 0 else { return nil }
        coefficients.x = Elementary.log(net)
        // Fisher scoring; it comes to rest within ten steps or not at all.
        for _ in 0..<60 {
            var information = SymmetricMatrix()
            var score = SIMD3<Double>(repeating: 0)
            for bin in range {
                let x = Double(bin - origin) / scale
                let powers = SIMD3(1, x, isStraight ? 0 : x * x)
                let light = Elementary.exp(
                    min(max((coefficients * powers).sum(), -40), 40))
                let mean = light + background
                information.add(powers, weight: light * light / mean)
                score += (histogram.count(bin) / mean - 1) * light * powers
            }
            if isStraight { information.diagonal.z = 1 }
            guard let inverse = information.inverse else { return nil }
            var step = inverse.times(score)
            let largest = max(step.x.magnitude, max(step.y.magnitude, step.z.magnitude))
            guard largest.isFinite else { return nil }
            if largest > 1 { step /= largest }
            coefficients += step
            covariance = inverse
            if largest < 1e-7 { return }
        }
        return nil
    }

    /// The logarithm at `x`.
    func logarithm(at x: Double) -> Double {
        coefficients.x + (coefficients.y + coefficients.z * x) * x
    }

    /// Slope of the logarithm at `x`.
    func slope(at x: Double) -> Double { coefficients.y + 2 * coefficients.z * x }

    /// Variance of the logarithm at `x`.
    func variance(at x: Double) -> Double { covariance.form(SIMD3(1, x, x * x)) }
}
