import Quantities

/// The statistics that the proofs share. Logarithms of small epsilons are taken term by term, so
/// that none underflows.
enum Sampling {
    static let ln2 = 0.693_147_180_559_945_3

    static func log2(_ x: Double) -> Double { Elementary.log(x) / ln2 }

    /// Binary entropy of `x`, bits; 0 outside 0...1.
    static func entropy(_ x: Double) -> Double {
        guard x > 0, x < 1 else { return 0 }
        return -x * log2(x) - (1 - x) * log2(1 - x)
    }

    /// gamma of Lim 2014 after eq. (5), with `logParts` = ln(21/eps_sec).
    ///
    /// - Parameters:
    ///   - ratio: Error rate of the test sample.
    ///   - test: Size of the test sample, more than 0.
    ///   - key: Size of the key sample, more than 0.
    static func limDeviation(ratio: Double, test: Double, key: Double, logParts: Double) -> Double {
        guard ratio > 0, ratio < 1 else { return 0 }
        let spread = (test + key) / (test * key)
        let variance = (1 - ratio) * ratio
        let bits = log2(spread / variance) + 2 * logParts / ln2
        guard bits > 0 else { return 0 }
        return (spread * variance / ln2 * bits).squareRoot()
    }

    /// Serfling's deviation of the rest from a test sample, at ln(1/eps) of `logParts`.
    static func serflingDeviation(test: Double, key: Double, logParts: Double) -> Double {
        ((test + key) / (test * key) * (test + 1) / test * logParts).squareRoot()
    }
}
