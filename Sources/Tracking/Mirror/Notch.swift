import Quantities

/// A notch filter, so that a loop does not excite a mirror's resonance.
///
/// (s² + 2 zeta' w s + w²)/(s² + 2 zeta w s + w²) with zeta' a tenth of zeta, by the bilinear
/// transform with the notch kept at its frequency (Oppenheim and Schafer, Discrete-Time Signal
/// Processing, section 7.1).
public struct Notch: Equatable, Sendable, BitwiseCopyable {
    private let b0: Double
    private let b1: Double
    private let b2: Double
    private let a2: Double
    private var s1 = 0.0
    private var s2 = 0.0

    /// A notch at `frequency` Hz of relative width `damping` for samples every `period` s; `nil`
    /// if the frequency is not below 0.45 of the sampling rate, where a notch does not help.
    public init?(frequency: Double, damping: Double, period: Double) {
        guard frequency > 0, period > 0, frequency * period < 0.45, damping > 0, damping < 2 else {
            return nil
        }
        let half = 3.141_592_653_589_793 * frequency * period
        let tangent = Elementary.sin(half) / Elementary.cos(half)
        let square = tangent * tangent
        let norm = 1 / (1 + 2 * damping * tangent + square)
        b0 = (1 + 0.2 * damping * tangent + square) * norm
        b1 = 2 * (square - 1) * norm
        b2 = (1 - 0.2 * damping * tangent + square) * norm
        a2 = (1 - 2 * damping * tangent + square) * norm
    }

    /// The next sample, filtered.
    public mutating func filter(_ input: Double) -> Double {
        let output = b0 * input + s1
        s1 = b1 * (input - output) + s2
        s2 = b2 * input - a2 * output
        return output
    }
}
