public import Quantities
public import Tracking

/// What shakes the line of sight: turbulence and wind with a spectrum of f^-2/3 up to a corner and
/// f^-11/3 above (the tilt of a wave front through moving Kolmogorov turbulence: Tyler, J. Opt. Soc.
/// Am. A 11(1), 358, 1994), and vibration lines.
///
/// The whole sequence is drawn when it is made, by Fourier synthesis, so that its spectrum is exact
/// and any step can be asked for; it repeats after ``count`` steps.
public struct PointingDisturbance: Sendable {
    /// What it is made of.
    public struct Parameters: Sendable {
        /// Turbulence and wind, rad rms per axis over the whole band.
        public var rms = 10e-6
        /// Where the spectrum turns, Hz.
        public var corner = 20.0
        /// Vibration lines; each shakes both axes with phases of their own.
        public var lines: [VibrationLine] = []
        /// Steps per second.
        public var rate = 1_000.0
        /// At least so long before it repeats, s.
        public var duration = 100.0

        /// 10 microradian with a corner at 20 Hz, 100 s at 1 kHz.
        public init() {}
    }

    /// Steps before it repeats.
    public var count: Int { steps.count }
    /// Steps per second.
    public let rate: Double
    private var steps: [SIMD2<Float>]

    /// The disturbance that `seed` fixes; parameters out of range are brought into it.
    public init(_ parameters: Parameters, seed: UInt64) {
        rate = min(max(parameters.rate, 1), 1e6)
        let wanted = min(max(parameters.duration, 0.1) * rate, 16_777_216)
        var size = 256
        while Double(size) < wanted { size *= 2 }
        var generator = SeededGenerator(seed: seed, stream: PointingStream.turbulence.rawValue)
        steps = Self.turbulence(parameters, rate: rate, count: size, &generator)
        var vibration = SeededGenerator(seed: seed, stream: PointingStream.vibration.rawValue)
        for line in parameters.lines { add(line, &vibration) }
    }

    /// The disturbance at step `index`, rad.
    public func angle(step index: Int64) -> FieldAngle {
        let place = Int(index % Int64(steps.count))
        let step = steps[place < 0 ? place + steps.count : place]
        return FieldAngle(x: Double(step.x), y: Double(step.y))
    }

    /// The disturbance at `time`, ps: that of the last step.
    public func angle(at time: Int64) -> FieldAngle {
        angle(step: Int64((Double(time) * 1e-12 * rate + 1e-6).rounded(.down)))
    }

    /// Power per hertz of the turbulence at `frequency` Hz, up to a factor.
    static func density(_ frequency: Double, corner: Double) -> Double {
        let ratio = frequency / corner
        let log = Elementary.log(ratio)
        return Elementary.exp(-2.0 / 3 * log - 1.5 * Elementary.log(1 + ratio * ratio))
    }

    private static func turbulence(
        _ parameters: Parameters, rate: Double, count: Int, _ generator: inout SeededGenerator
    ) -> [SIMD2<Float>] {
        // Independent amplitudes at positive and negative frequencies make real and imaginary
        // parts that are independent: one transform serves both axes.
        let corner = min(max(parameters.corner, 0.01), rate / 2)
        var densities = [Double](repeating: 0, count: count / 2 + 1)
        var total = 0.0
        for i in 1...(count / 2) {
            densities[i] = density(rate * Double(i) / Double(count), corner: corner)
            total += densities[i]
        }
        let rms = min(max(parameters.rms, 0), 1)
        var spectrum = [SIMD2<Double>](repeating: .zero, count: count)
        for i in 1..<count {
            let amplitude = rms * (densities[min(i, count - i)] / (2 * total)).squareRoot()
            spectrum[i] = amplitude * SIMD2(generator.normal(), generator.normal())
        }
        FourierTransform.apply(&spectrum)
        return spectrum.map { SIMD2(Float($0.x), Float($0.y)) }
    }

    private mutating func add(_ line: VibrationLine, _ generator: inout SeededGenerator) {
        guard line.frequency > 0, line.rms > 0, line.coherence > 0 else { return }
        var phase = SIMD2(generator.uniform(), generator.uniform()) * 6.283_185_307_179_586
        let turn = 6.283_185_307_179_586 * line.frequency / rate
        // The correlation falls to 1/e when the phase's variance reaches 2.
        let walk = (2 / (line.coherence * rate)).squareRoot()
        let amplitude = line.rms * 2.0.squareRoot()
        for i in steps.indices {
            steps[i] += SIMD2(
                Float(amplitude * Elementary.sin(phase.x)),
                Float(amplitude * Elementary.sin(phase.y)))
            phase += SIMD2(
                turn + walk * generator.normal(), turn + walk * generator.normal())
        }
    }
}
