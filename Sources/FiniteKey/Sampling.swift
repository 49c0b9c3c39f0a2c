import Quantities

/// The statistics that the proofs share. Logarithms of small epsilons are taken term by term, so
/// that none underflows.
enum Sampling {
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
        let bits = Elementary.log2(spread / variance) + 2 * logParts / Elementary.ln2
        guard bits > 0 else { return 0 }
        return (spread * variance / Elementary.ln2 * bits).squareRoot()
    }

    /// Serfling's deviation of the rest from a test sample, at ln(1/eps) of `logParts`.
    static func serflingDeviation(test: Double, key: Double, logParts: Double) -> Double {
        ((test + key) / (test * key) * (test + 1) / test * logParts).squareRoot()
    }
}
