import Quantities

/// A free-running clock against UTC: a frequency error that walks, and white frequency noise.
///
/// White frequency noise of Allan deviation s at 1 s gives s / sqrt(t) at t; a frequency that
/// walks by q per root second adds q sqrt(t / 3) (Riley, NIST SP 1065, 2008, table 3).
struct SimulatedClock: Sendable {
    /// What this clock shows beyond UTC, ps.
    private(set) var phase: Double
    private var frequency: Double
    private let whiteNoise: Double
    private let randomWalk: Double
    private var time: Int64
    private var generator: SeededGenerator

    /// A clock at `time` (UTC, ps) that agrees with UTC at 0; its noise begins there.
    ///
    /// - Parameters:
    ///   - frequencyError: Fractional frequency error at the start.
    ///   - whiteNoise: Allan deviation at 1 s from white frequency noise.
    ///   - randomWalk: Random walk of the fractional frequency, per root second.
    init(
        at time: Int64, frequencyError: Double, whiteNoise: Double, randomWalk: Double,
        generator: SeededGenerator
    ) {
        self.time = time
        phase = frequencyError * Double(time)
        frequency = frequencyError
        self.whiteNoise = whiteNoise
        self.randomWalk = randomWalk
        self.generator = generator
    }

    /// Moves on to `newTime` (UTC, ps; not before the last) and gives the phase there, ps.
    mutating func advance(to newTime: Int64) -> Double {
        let step = Double(newTime &- time)
        time = newTime
        guard newTime > 0 else {
            phase += frequency * step
            return phase
        }
        let rootSeconds = (step * 1e-12).squareRoot()
        phase += frequency * step + whiteNoise * rootSeconds * 1e12 * generator.normal()
        frequency += randomWalk * rootSeconds * generator.normal()
        return phase
    }
}
