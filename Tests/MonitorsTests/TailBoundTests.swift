import Monitors
import Testing

/// Goal: the bounds lie above the exact chances, and not by much.
@Suite struct TailBoundTests {
    /// Count, mean and the natural logarithm of P(X >= count), from scipy.stats.poisson.logsf(count - 1,
    /// mean) of SciPy 1.17.
    private static let upper: [(count: Double, mean: Double, exact: Double)] = [
        (12, 1.0, -20.907657),
        (40, 12.0, -22.581992),
        (150, 80.0, -26.969477),
        (1400, 1150.0, -28.230316),
        (1, 0.001, -6.908255),
        (20000, 19000.0, -28.758998),
    ]
    /// The same of P(X <= count): scipy.stats.poisson.logcdf(count, mean).
    private static let lower: [(count: Double, mean: Double, exact: Double)] = [
        (0, 25.0, -25.0),
        (3, 40.0, -30.649231),
        (40, 100.0, -25.613502),
        (900, 1150.0, -32.197774),
    ]
    /// Successes, trials, share and the logarithm of the tail on their side: scipy.stats.binom.
    private static let shares: [(count: Double, trials: Double, share: Double, exact: Double)] = [
        (400, 1000, 0.5, -22.715259),
        (70, 100, 0.5, -10.145541),
        (5300, 10000, 0.52, -3.76432),
        (10, 1000, 0.05, -26.602188),
    ]

    @Test func poissonTailsAreBoundedFromAbove() {
        for row in Self.upper {
            let bound = TailBound.poisson(row.count, orMoreOf: row.mean)
            #expect(bound >= row.exact)
            // The bound gives away no more than the square root of the count and a little.
            #expect(bound - row.exact < 6)
        }
        for row in Self.lower {
            let bound = TailBound.poisson(row.count, orLessOf: row.mean)
            #expect(bound >= row.exact)
            #expect(bound - row.exact < 6)
        }
    }

    @Test func binomialTailsAreBoundedFromAbove() {
        for row in Self.shares {
            let bound = TailBound.binomial(row.count, of: row.trials, share: row.share)
            #expect(bound >= row.exact)
            #expect(bound - row.exact < 6)
        }
    }

    @Test func whatIsExpectedIsNoSurprise() {
        #expect(TailBound.poisson(5, orMoreOf: 5) == 0)
        #expect(TailBound.poisson(5, orLessOf: 5) == 0)
        #expect(TailBound.poisson(0, orLessOf: 30) == -30)
        #expect(TailBound.poisson(1, orMoreOf: 0) == -.infinity)
        #expect(TailBound.binomial(50, of: 100, share: 0.5) == 0)
        #expect(TailBound.mean(of: 100, off: -1, variance: 1, bound: 1) == 0)
    }

    @Test func aThresholdIsTheFirstCountThatIsTooMuch() {
        let threshold = TailBound.threshold(mean: 12, limit: -20.7)
        #expect(TailBound.poisson(threshold, orMoreOf: 12) <= -20.7)
        #expect(TailBound.poisson(threshold - 1, orMoreOf: 12) > -20.7)
    }
}
