import Quantities

/// One single-photon detector on the calibration bench, with everything a calibration may look for.
///
/// Times in ps, rates in counts per second, thresholds in mV, angles in rad.
public struct BenchDetector: Sendable {
    /// The tagger's number for it.
    public var channel: UInt8
    /// Detected share of the bench's light, optics included, relative to a perfect detector.
    public var efficiency = 0.55
    /// Dark counts.
    public var darkRate = 50.0
    /// After an avalanche the detector is blind this long.
    public var deadTime = 22_000.0
    /// Chance that a click is followed by an after-pulse once the dead time is over.
    public var afterpulseProbability = 0.005
    /// Mean wait of an after-pulse after the dead time.
    public var afterpulseTime = 40_000.0
    /// Timing jitter of the click, rms; Gaussian.
    public var jitter = 150.0
    /// Share of clicks with a slow start (diffusion from outside the junction).
    public var tailShare = 0.0
    /// Mean delay of those, exponential.
    public var tailTime = 400.0
    /// How late its tags are.
    public var skew = 0.0
    /// How much later a click is right after the dead time; falls off with ``walkTime``.
    public var walk = 0.0
    /// See ``walk``.
    public var walkTime = 100_000.0
    /// Contrast of its polarisation analyser.
    public var visibility = 0.99
    /// Four times the half-wave plate's angle at which it sees most.
    public var polarisationPhase = 0.0
    /// How much later than ordered its gate opens.
    public var gateDelay = 0.0
    /// By how much its gate is longer than ordered.
    public var gateExcess = 0.0
    /// Blur of both edges of the gate, rms.
    public var gateBlur = 80.0
    /// Mean height of its pulses and their spread.
    public var pulseHeight = (mean: 1_000.0, spread: 70.0)
    /// Noise on its line, rms.
    public var lineNoise = 25.0
    /// Height to which its pulses ring 6 ns after, and the spread of that.
    public var ringing = (mean: 150.0, spread: 30.0)
    /// Chance that one of its clicks makes another detector click, by that detector's place.
    public var crosstalk: [Double] = [0, 0, 0, 0]
    /// When it does, this much later.
    public var crosstalkDelay = 1_000.0
    /// Light above which it no longer clicks at all.
    public var blindingRate = Double.infinity
    /// How long after an over-exposure it is deaf.
    public var recoveryTime = 0.0
    /// Light above which it is over-exposed.
    public var overExposureRate = Double.infinity

    /// A detector of the usual kind on `channel`.
    public init(channel: UInt8) { self.channel = channel }

    /// Share of its pulses above a threshold.
    public func share(above threshold: Double) -> Double {
        Self.normalTail((threshold - pulseHeight.mean) / pulseHeight.spread)
    }

    /// Share of its clicks whose ringing crosses a threshold a second time.
    public func doubleEdgeShare(above threshold: Double) -> Double {
        Self.normalTail((threshold - ringing.mean) / ringing.spread)
    }

    /// Rate at which its line's noise crosses a threshold upwards: S. O. Rice, Bell Syst. Tech. J.
    /// 24, 46 (1945), for noise of 100 MHz.
    public func noiseRate(above threshold: Double) -> Double {
        let ratio = threshold / lineNoise
        return 1e8 * Elementary.exp(-ratio * ratio / 2)
    }

    /// Share of the light that it sees when its gate opens `delay` before the pulse and stays open
    /// for `width`.
    public func gateShare(delay: Double, width: Double) -> Double {
        let open = delay + gateDelay
        let close = open + width + gateExcess
        return Self.normalTail(open / gateBlur) * Self.normalTail(-close / gateBlur)
    }

    /// Chance of a normal value above `x` deviations.
    static func normalTail(_ x: Double) -> Double { 0.5 * complementaryError(x / 2.0.squareRoot()) }

    /// The complementary error function to 1.2e-7 of itself (W. H. Press et al., Numerical Recipes,
    /// 2nd edition, 1992, section 6.2).
    private static func complementaryError(_ x: Double) -> Double {
        let z = x.magnitude
        let t = 1 / (1 + 0.5 * z)
        let series = [
            -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398,
            1.48851587, -0.82215223, 0.17087277,
        ]
        var sum = 0.0
        for coefficient in series.reversed() { sum = sum * t + coefficient }
        let value = t * Elementary.exp(-z * z + sum)
        return x >= 0 ? value : 2 - value
    }
}
