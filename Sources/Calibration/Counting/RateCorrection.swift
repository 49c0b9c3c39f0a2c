/// From what a detector counts to what it would count without dead time and after-pulses.
///
/// A detector whose dead time does not extend itself is awake for 1 - r t of the time at rate r, and
/// a share p of its counts are after-pulses: l = r (1 - p) / (1 - r t). To first order in p this is
/// r / (1 - r t) / (1 + p).
public struct RateCorrection: Equatable, Sendable, BitwiseCopyable {
    /// Dead time, s.
    public let deadTime: Double
    /// After-pulsing probability, 0 to 0.5.
    public let afterpulsing: Double

    /// Nothing to correct.
    public static let none = RateCorrection(checkedDeadTime: 0, afterpulsing: 0)

    private init(checkedDeadTime: Double, afterpulsing: Double) {
        deadTime = checkedDeadTime
        self.afterpulsing = afterpulsing
    }

    /// A correction for a dead time in ps, 0 to 10^9, and an after-pulsing probability, 0 to 0.5.
    public init(deadTime: Double, afterpulsing: Double) throws(CalibrationError) {
        guard deadTime >= 0, deadTime <= 1e9 else {
            throw .badSetting(.deadTime, value: deadTime, lowest: 0, highest: 1e9)
        }
        guard afterpulsing >= 0, afterpulsing <= 0.5 else {
            throw .badSetting(.afterpulsing, value: afterpulsing, lowest: 0, highest: 0.5)
        }
        self.init(checkedDeadTime: deadTime * 1e-12, afterpulsing: afterpulsing)
    }

    /// The rate without dead time and after-pulses, per second, from `counts` in `seconds`.
    public func rate(of counts: Double, in seconds: Double) throws(CalibrationError) -> Estimate {
        guard seconds > 0 else {
            throw .badSetting(.duration, value: seconds, lowest: 0, highest: .infinity)
        }
        guard counts >= 0, counts <= 1e18 else {
            throw .badSetting(.counts, value: counts, lowest: 0, highest: 1e18)
        }
        let measured = counts / seconds
        let awake = 1 - measured * deadTime
        guard awake > 0.01 else {
            throw .badSetting(
                .light, value: measured, lowest: 0, highest: 0.99 / max(deadTime, 1e-12))
        }
        return Estimate(
            value: measured * (1 - afterpulsing) / awake,
            sigma: variance(of: max(measured, 1 / seconds), in: seconds).squareRoot(),
            counts: Int64(counts))
    }

    /// Variance of the corrected rate when the counted one has the mean `measured`.
    ///
    /// The counts of a renewal process with dead time have the variance n (1 - r t)^2 (D. R. Cox,
    /// Renewal Theory, 1962, section 4.2); clusters of a geometric number make it (1 + p)/(1 - p)
    /// times larger.
    func variance(of measured: Double, in seconds: Double) -> Double {
        let awake = 1 - measured * deadTime
        return measured / seconds * (1 - afterpulsing) * (1 + afterpulsing) / (awake * awake)
    }

    /// The rate that would be counted where the corrected one is `rate`.
    func measured(_ rate: Double) -> Double {
        rate / (1 - afterpulsing + rate * deadTime)
    }
}
