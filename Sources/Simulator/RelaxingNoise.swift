import Quantities

/// Gaussian noise of unit variance whose memory fades exponentially (Ornstein and Uhlenbeck).
struct RelaxingNoise: Sendable {
    private(set) var value: Double
    private let keep: Double
    private let renew: Double
    private var generator: SeededGenerator

    /// Noise stepped every `step` ps with correlation time `correlation` ps, both more than 0.
    init(step: Int64, correlation: Int64, generator: SeededGenerator) {
        self.generator = generator
        keep = Elementary.exp(-Double(step) / Double(correlation))
        renew = (1 - keep * keep).squareRoot()
        value = self.generator.normal()
    }

    /// Moves one step on and gives the new value.
    mutating func step() -> Double {
        value = keep * value + renew * generator.normal()
        return value
    }
}
