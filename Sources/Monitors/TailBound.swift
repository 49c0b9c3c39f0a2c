internal import Quantities

/// Upper bounds on the chance of what was seen, as natural logarithms: 0 means "no surprise".
///
/// They hold for every mean and number, in the far tail too, where approximations do not; in return
/// an alarm comes a few counts later than an exact test would give it.
public enum TailBound {
    /// Chance that a Poisson count of mean `mean` is `count` or more (Chernoff's bound:
    /// M. Mitzenmacher and E. Upfal, Probability and Computing, 2nd edition 2017, theorem 5.4).
    public static func poisson(_ count: Double, orMoreOf mean: Double) -> Double {
        // Written so that what is no number comes out as one.
        if count <= mean { return 0 }
        if mean <= 0 { return -.infinity }
        return count - mean - count * Elementary.log(count / mean)
    }

    /// Chance that a Poisson count of mean `mean` is `count` or less.
    public static func poisson(_ count: Double, orLessOf mean: Double) -> Double {
        if count >= mean { return 0 }
        if count <= 0 { return -mean }
        return count - mean - count * Elementary.log(count / mean)
    }

    /// Chance that of `trials` a number as far as `count` from `share` or farther, to that side,
    /// succeeds (Chernoff and Hoeffding: W. Hoeffding, J. Am. Stat. Assoc. 58, 13, 1963, eq. 2.1).
    public static func binomial(_ count: Double, of trials: Double, share: Double) -> Double {
        guard trials > 0, share > 0, share < 1 else { return 0 }
        let seen = min(max(count / trials, 0), 1)
        var divergence = 0.0
        if seen > 0 { divergence += seen * Elementary.log(seen / share) }
        if seen < 1 { divergence += (1 - seen) * Elementary.log((1 - seen) / (1 - share)) }
        return -trials * max(divergence, 0)
    }

    /// Chance that the mean of `number` values lies `distance` or more from its expectation, to
    /// either side (Bernstein's bound: S. Boucheron, G. Lugosi and P. Massart, Concentration
    /// Inequalities, 2013, corollary 2.11).
    ///
    /// - Parameters:
    ///   - variance: Of one value.
    ///   - bound: Largest distance of one value from its expectation.
    public static func mean(
        of number: Double, off distance: Double, variance: Double, bound: Double
    ) -> Double {
        guard distance > 0, number > 0 else { return 0 }
        let spread = 2 * variance + 2 * bound * distance / 3
        guard spread > 0 else { return -.infinity }
        return min(Elementary.ln2 - number * distance * distance / spread, 0)
    }

    /// The smallest count that a Poisson mean exceeds with no more than the chance exp(`limit`).
    public static func threshold(mean: Double, limit: Double) -> Double {
        var (low, high) = (mean, mean + 10)
        while poisson(high, orMoreOf: mean) > limit { high = mean + 2 * (high - mean) }
        // 60 halvings bring any two numbers together.
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if poisson(middle, orMoreOf: mean) > limit { low = middle } else { high = middle }
        }
        return high.rounded(.up)
    }
}
