/// The clock filter's state: what is left of tag time after satellite time and predicted light time.
///
/// Components: 0 phase (ps), 1 frequency (ps/s), 2 acceleration (ps/s^2), 3 the prediction's time
/// bias (s), 4 lateness of the quantum light behind the beacon (ps).
typealias ClockVector = InlineArray<5, Double>

/// A 5 x 5 matrix over the clock state, row after row.
typealias ClockMatrix = InlineArray<25, Double>

/// How a scalar measurement sees the state, and what it said.
struct ClockMeasurement: BitwiseCopyable {
    /// Derivative of the measured phase by each state component.
    var sensitivity = ClockVector(repeating: 0)
    /// Measured minus predicted phase, ps.
    var innovation = 0.0
    /// Variance of the innovation as predicted, ps^2; 0 means there was no measurement.
    var variance = 0.0
    /// The gain that was applied.
    var gain = ClockVector(repeating: 0)

    /// A measurement `elapsed` seconds after the state's instant.
    ///
    /// - Parameters:
    ///   - basis: Value of the time-bias function there, ps per s of bias.
    ///   - seesOffset: Whether quantum light was measured rather than the beacon.
    init(elapsed: Double, basis: Double, seesOffset: Bool) {
        sensitivity[0] = 1
        sensitivity[1] = elapsed
        sensitivity[2] = 0.5 * elapsed * elapsed
        sensitivity[3] = basis
        sensitivity[4] = seesOffset ? 1 : 0
    }

    /// No measurement.
    init() {}
}

/// How fast the state wanders.
public struct ClockNoise: Equatable, Sendable, BitwiseCopyable {
    /// White frequency noise of both clocks together, ps^2/s.
    public var phase: Double
    /// Random walk of the frequency, (ps/s)^2/s.
    public var frequency: Double
    /// Random walk of the acceleration: what the orbit prediction leaves over, (ps/s^2)^2/s.
    public var acceleration: Double
    /// Random walk of the prediction's time bias, s^2/s.
    public var bias: Double
    /// Random walk of the quantum light's lateness, ps^2/s.
    public var offset: Double

    /// Two clocks of the given Allan deviation at 1 s, the rest at its usual size.
    ///
    /// - Parameters:
    ///   - stability: Allan deviation of each clock at 1 s, a pure number.
    ///   - acceleration: Random walk of the acceleration, (ps/s^2)^2/s.
    public init(stability: Double, acceleration: Double = 400) {
        let deviation = stability * 1e12
        phase = 2 * deviation * deviation
        frequency = 0.02 * deviation * deviation
        self.acceleration = acceleration
        bias = 1e-12
        offset = 1
    }

    /// All components scaled alike.
    func scaled(by factor: Double) -> ClockNoise {
        var noise = self
        noise.phase *= factor
        noise.frequency *= factor
        noise.acceleration *= factor
        return noise
    }
}

/// Mean and covariance of the state, with the Kalman filter's two steps.
struct ClockEstimate: BitwiseCopyable {
    var mean = ClockVector(repeating: 0)
    var covariance = ClockMatrix(repeating: 0)

    /// Moves the estimate `elapsed` seconds on.
    mutating func predict(elapsed dt: Double, noise: ClockNoise) {
        let half = 0.5 * dt * dt
        mean[0] += dt * mean[1] + half * mean[2]
        mean[1] += dt * mean[2]
        // F P F': rows, then columns.
        for j in 0..<5 {
            covariance[j] += dt * covariance[5 + j] + half * covariance[10 + j]
            covariance[5 + j] += dt * covariance[10 + j]
        }
        for i in 0..<5 {
            let row = 5 * i
            covariance[row] += dt * covariance[row + 1] + half * covariance[row + 2]
            covariance[row + 1] += dt * covariance[row + 2]
        }
        addNoise(noise, elapsed: dt)
    }

    /// Adds what white, random-walk and random-run noise gather in `dt` seconds.
    private mutating func addNoise(_ noise: ClockNoise, elapsed dt: Double) {
        let dt2 = dt * dt
        let dt3 = dt2 * dt
        let q = noise.acceleration
        covariance[0] += noise.phase * dt + noise.frequency * dt3 / 3 + q * dt3 * dt2 / 20
        let c01 = noise.frequency * dt2 / 2 + q * dt2 * dt2 / 8
        covariance[1] += c01
        covariance[5] += c01
        covariance[2] += q * dt3 / 6
        covariance[10] += q * dt3 / 6
        covariance[6] += noise.frequency * dt + q * dt3 / 3
        covariance[7] += q * dt2 / 2
        covariance[11] += q * dt2 / 2
        covariance[12] += q * dt
        covariance[18] += noise.bias * dt
        covariance[24] += noise.offset * dt
    }

    /// Variance of the phase that a measurement with these sensitivities sees, ps^2.
    func variance(along h: ClockVector) -> Double {
        var sum = 0.0
        for i in 0..<5 {
            var row = 0.0
            for j in 0..<5 { row += covariance[5 * i + j] * h[j] }
            sum += h[i] * row
        }
        return sum
    }

    /// Takes in a measurement with noise variance `noise` (ps^2); fills in its gain and variance.
    mutating func update(_ measurement: inout ClockMeasurement, noise: Double) {
        let h = measurement.sensitivity
        var ph = ClockVector(repeating: 0)
        for i in 0..<5 {
            var sum = 0.0
            for j in 0..<5 { sum += covariance[5 * i + j] * h[j] }
            ph[i] = sum
        }
        var s = noise
        for i in 0..<5 { s += h[i] * ph[i] }
        measurement.variance = s
        for i in 0..<5 { measurement.gain[i] = ph[i] / s }
        let k = measurement.gain
        for i in 0..<5 { mean[i] += k[i] * measurement.innovation }
        // Joseph's form, which stays positive: (1 - k h) P (1 - k h)' + k R k'.
        for i in 0..<5 {
            for j in 0..<5 { covariance[5 * i + j] -= k[i] * ph[j] }
        }
        for i in 0..<5 {
            var ah = 0.0
            for j in 0..<5 { ah += covariance[5 * i + j] * h[j] }
            ph[i] = ah
        }
        for i in 0..<5 {
            for j in 0..<5 { covariance[5 * i + j] += (k[i] * noise - ph[i]) * k[j] }
        }
        symmetrise()
    }

    private mutating func symmetrise() {
        for i in 0..<5 {
            for j in 0..<i {
                let mean = 0.5 * (covariance[5 * i + j] + covariance[5 * j + i])
                covariance[5 * i + j] = mean
                covariance[5 * j + i] = mean
            }
        }
    }
}

/// The adjoint of the filter, run backward in time: what later measurements say of earlier states.
///
/// The modified Bryson-Frazier form (G. J. Bierman, Automatica 9, 503, 1973): no covariance is
/// inverted, so a diffuse start is harmless.
struct ClockAdjoint: BitwiseCopyable {
    var vector = ClockVector(repeating: 0)
    var matrix = ClockMatrix(repeating: 0)

    /// Steps back over a measurement.
    mutating func absorb(_ measurement: ClockMeasurement) {
        guard measurement.variance > 0 else { return }
        let h = measurement.sensitivity
        let k = measurement.gain
        var kl = 0.0
        for i in 0..<5 { kl += k[i] * vector[i] }
        let pull = kl + measurement.innovation / measurement.variance
        for i in 0..<5 { vector[i] -= h[i] * pull }
        // C' L C + h h' / S with C = 1 - k h'.
        var lk = ClockVector(repeating: 0)
        var klk = 0.0
        for i in 0..<5 {
            var sum = 0.0
            for j in 0..<5 { sum += matrix[5 * i + j] * k[j] }
            lk[i] = sum
            klk += k[i] * sum
        }
        let own = klk + 1 / measurement.variance
        for i in 0..<5 {
            for j in 0..<5 {
                matrix[5 * i + j] += h[i] * h[j] * own - h[i] * lk[j] - lk[i] * h[j]
            }
        }
    }

    /// Steps back over `elapsed` seconds of free motion.
    mutating func stepBack(elapsed dt: Double) {
        let half = 0.5 * dt * dt
        vector[2] += half * vector[0] + dt * vector[1]
        vector[1] += dt * vector[0]
        for j in 0..<5 {
            matrix[10 + j] += half * matrix[j] + dt * matrix[5 + j]
            matrix[5 + j] += dt * matrix[j]
        }
        for i in 0..<5 {
            let row = 5 * i
            matrix[row + 2] += half * matrix[row] + dt * matrix[row + 1]
            matrix[row + 1] += dt * matrix[row]
        }
    }

    /// The filtered estimate, corrected by everything measured after it.
    func smoothed(_ filtered: ClockEstimate) -> ClockEstimate {
        var result = filtered
        var pl = ClockMatrix(repeating: 0)
        for i in 0..<5 {
            var shift = 0.0
            for j in 0..<5 {
                shift += filtered.covariance[5 * i + j] * vector[j]
                var sum = 0.0
                for k in 0..<5 { sum += filtered.covariance[5 * i + k] * matrix[5 * k + j] }
                pl[5 * i + j] = sum
            }
            result.mean[i] -= shift
        }
        for i in 0..<5 {
            for j in 0..<5 {
                var sum = 0.0
                for k in 0..<5 { sum += pl[5 * i + k] * filtered.covariance[5 * k + j] }
                result.covariance[5 * i + j] -= sum
            }
        }
        return result
    }
}
