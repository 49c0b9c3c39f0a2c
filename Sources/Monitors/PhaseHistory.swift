/// Where the clicks of the last epochs lay in their slots, against all detectors together.
///
/// One epoch of a dim pass has too few clicks to show a shift; 32 of them have enough. What moves all
/// detectors alike is the clock, and is taken off epoch by epoch.
struct PhaseHistory: Sendable {
    /// What the newest epochs make together, of one detector.
    struct Sum {
        /// Clicks.
        var number = 0.0
        /// Sum of their places less the expected ones, ps.
        var residual = 0.0
        /// Sum of the squares of the same, ps^2.
        var squares = 0.0
        /// Clicks that a test of the mean may count on: the common part rests on some of them.
        var tested = 0.0

        /// Variance of one place about the expected one, ps^2; at least 1.
        var variance: Double { max(squares / max(number, 1), 1) }
    }

    private static var length: Int { SecurityMonitors.darkWindow }
    private var numbers: InlineArray<32, SIMD4<Double>> = InlineArray(repeating: .zero)
    private var residuals: InlineArray<32, SIMD4<Double>> = InlineArray(repeating: .zero)
    private var squares: InlineArray<32, SIMD4<Double>> = InlineArray(repeating: .zero)
    private var tested: InlineArray<32, SIMD4<Double>> = InlineArray(repeating: .zero)
    private var newest = SecurityMonitors.darkWindow - 1

    init() {}

    /// Adds the next epoch in place of the oldest.
    ///
    /// - Parameter expected: Where the clicks of each detector should lie, ps.
    mutating func take(_ epoch: EpochCounts, places expected: SIMD4<Double>) {
        newest = (newest + 1) % Self.length
        let number = epoch.gated
        numbers[newest] = number
        residuals[newest] = epoch.offsets - expected * number
        squares[newest] =
            epoch.squaredOffsets - 2 * expected * epoch.offsets + expected * expected * number
        let total = number.sum()
        tested[newest] = number * total / (SIMD4(repeating: total) + number)
    }

    /// Hands out the newest epoch, the newest two, four, and so on, as far as there are clicks.
    func forEachWindow(_ lane: Int, _ body: (Sum) -> Void) {
        var (sum, place) = (Sum(), newest)
        for epoch in 1...Self.length {
            sum.number += numbers[place][lane]
            sum.residual += residuals[place][lane]
            sum.squares += squares[place][lane]
            sum.tested += tested[place][lane]
            place = place == 0 ? Self.length - 1 : place - 1
            if epoch & (epoch - 1) == 0, sum.number >= 1 { body(sum) }
        }
    }
}
