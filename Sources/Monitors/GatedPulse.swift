internal import Quantities

/// What a gate keeps of pulses that are spread normally about the slot's centre.
struct GatedPulse: Sendable, BitwiseCopyable {
    /// Variance of what it keeps, ps^2.
    var variance = 0.0
    /// What falls between the gates over what falls into one.
    var tail = 0.0

    /// Steps of the sums over half a slot: exact to a part in 10^6 for jitters above a 60th of it.
    private static let steps = 128

    init() {}

    /// - Parameters:
    ///   - variance: Of the pulses, ps^2; more than 0.
    ///   - gate: Full width of the gate, ps.
    ///   - period: Slot period, ps.
    init(variance: Double, gate: Double, period: Double) {
        let inside = Self.sum(0, gate / 2, variance)
        // Up to half a slot: what falls beyond into another slot's gate is left out, so that this
        // is the least.
        let outside = Self.sum(gate / 2, period / 2, variance)
        guard inside.weight > 0 else { return }
        self.variance = inside.squares / inside.weight
        tail = outside.weight / inside.weight
    }

    /// The integrals of the density and of the density times the square, by the midpoint rule.
    private static func sum(
        _ from: Double, _ to: Double, _ variance: Double
    ) -> (weight: Double, squares: Double) {
        let step = max(to - from, 0) / Double(steps)
        var (weight, squares) = (0.0, 0.0)
        for index in 0..<steps {
            let x = from + (Double(index) + 0.5) * step
            let density = Elementary.exp(-x * x / (2 * variance)) * step
            weight += density
            squares += density * x * x
        }
        return (weight, squares)
    }
}
