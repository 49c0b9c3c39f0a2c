import Quantities

/// Numbers of photons: exact draws from the Poisson distribution.
enum Poisson {
    /// A draw with mean `mean`, 0 or more; 0 for what is no number.
    @inline(__always)
    static func draw(_ mean: Double, _ generator: inout SeededGenerator) -> Double {
        guard mean > 0 else { return 0 }
        return mean < 12 ? invert(mean, &generator) : reject(mean, &generator)
    }

    /// Sequential search through the distribution function; as many steps as photons.
    @inline(__always)
    private static func invert(_ mean: Double, _ generator: inout SeededGenerator) -> Double {
        let uniform = generator.uniform()
        var term = Elementary.exp(-mean)
        var sum = term
        var count = 0.0
        // Beyond 120 there is nothing left in a Double for means up to 12.
        while uniform > sum, count < 120 {
            count += 1
            term *= mean / count
            sum += term
        }
        return count
    }

    /// Transformed rejection: W. Hörmann, "The transformed rejection method for generating Poisson
    /// random variables", Insurance: Mathematics and Economics 12(1), 39 (1993), algorithm PTRS.
    private static func reject(_ mean: Double, _ generator: inout SeededGenerator) -> Double {
        let b = 0.931 + 2.53 * mean.squareRoot()
        let a = -0.059 + 0.02483 * b
        let inverse = 1.1239 + 1.1328 / (b - 3.4)
        let accept = 0.9277 - 3.6224 / (b - 2)
        // Ends with certainty: more than half of all turns accept.
        while true {
            let u = generator.uniform() - 0.5
            let v = generator.uniform()
            let us = 0.5 - u.magnitude
            let count = ((2 * a / us + b) * u + mean + 0.43).rounded(.down)
            if us >= 0.07, v <= accept { return count }
            if count < 0 || (us < 0.013 && v > us) { continue }
            let left = Elementary.log(v * inverse / (a / (us * us) + b))
            if left <= count * Elementary.log(mean) - mean - logFactorial(count) { return count }
        }
    }

    /// Logarithm of n!, by Stirling's series; n from 0.
    private static func logFactorial(_ n: Double) -> Double {
        // Below ten the series is shifted up, where it is exact to 1e-10.
        var (x, product) = (n + 1, 1.0)
        while x < 10 {
            product *= x
            x += 1
        }
        let inverse = 1 / x
        let square = inverse * inverse
        let series = inverse * (1.0 / 12 - square * (1.0 / 360 - square / 1_260))
        return (x - 0.5) * Elementary.log(x) - x + 0.918_938_533_204_672_8 + series
            - Elementary.log(product)
    }
}
