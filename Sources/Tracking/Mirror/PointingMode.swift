import Quantities

/// A part of the pointing disturbance: a damped oscillator driven by white noise, which stands for
/// a band of turbulence as well as for a vibration line.
struct PointingMode: Equatable, Sendable, BitwiseCopyable {
    /// Undamped natural frequency, rad/s.
    var omega: Double
    /// Damping ratio; above 1 it does not oscillate.
    var damping: Double
    /// Variance of its angle, rad².
    var variance: Double

    /// A mode of `frequency` Hz and `rms` rad.
    init(frequency: Double, damping: Double, rms: Double) {
        omega = 6.283_185_307_179_586 * frequency
        self.damping = damping
        variance = rms * rms
    }

    /// How angle and rate move in `seconds`: rows (angle, rate) by columns (angle, rate).
    func transition(_ seconds: Double) -> SIMD4<Double> {
        let decay = damping * omega
        let square = omega * omega * (1 - damping * damping)
        var (cosine, sine) = (1.0, seconds)
        if square > 1e-6 {
            let root = square.squareRoot()
            cosine = Elementary.cos(root * seconds)
            sine = Elementary.sin(root * seconds) / root
        } else if square < -1e-6 {
            let root = (-square).squareRoot()
            let (up, down) = (
                Elementary.exp(root * seconds), Elementary.exp(-root * seconds)
            )
            cosine = (up + down) / 2
            sine = (up - down) / (2 * root)
        }
        return Elementary.exp(-decay * seconds)
            * SIMD4(
                cosine + decay * sine, sine, -omega * omega * sine, cosine - decay * sine)
    }

    /// Covariance of angle and rate in the long run.
    var stationary: SIMD4<Double> { SIMD4(variance, 0, 0, variance * omega * omega) }
}

/// Products of 2 x 2 matrices stored row by row.
enum Matrix2 {
    /// a b cᵀ.
    @inline(__always) static func sandwich(
        _ a: SIMD4<Double>, _ b: SIMD4<Double>, _ c: SIMD4<Double>
    ) -> SIMD4<Double> {
        let p0 = a[0] * b[0] + a[1] * b[2]
        let p1 = a[0] * b[1] + a[1] * b[3]
        let p2 = a[2] * b[0] + a[3] * b[2]
        let p3 = a[2] * b[1] + a[3] * b[3]
        return SIMD4(
            p0 * c[0] + p1 * c[1], p0 * c[2] + p1 * c[3], p2 * c[0] + p3 * c[1],
            p2 * c[2] + p3 * c[3])
    }
}
