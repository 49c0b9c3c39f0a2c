public import Monitors
import Quantities

/// Epochs of a pass drawn from the statistics of their counts alone, so that a thousand passes take
/// seconds; clean, or under an attack.
///
/// Light that rises and falls over the pass, scintillates and fades; independent clicks of four
/// detectors; background, dark counts, jitter; coincidences as the protocol's states and classes
/// make them.
public struct EpochBench: Sendable {
    /// What an eavesdropper does to the detectors.
    public enum Attack: String, CaseIterable, Sendable {
        /// Bright light holds all detectors blind; faked states make clicks in one at a time.
        case blinding
        /// Half of the pulses come early and half late, each for other detectors.
        case timeShift
        /// Pulses just after each other put single detectors out of action.
        case deadTime
        /// Bright pulses after the gate click in the wrong slots, gated off or not.
        case afterGate
        /// Bright light makes a detector click at its highest rate.
        case brightLight
    }

    /// Rate of one detector's light at the best of the pass, counts per second.
    public var signalRate = 60_000.0
    /// Sky light, counts per second and detector.
    public var skyRate = 400.0
    /// Dark counts, counts per second and detector.
    public var darkRate = 50.0
    /// Jitter with pulse and clock, rms, ps.
    public var jitter = 229.0
    /// Full width of the gate, ps.
    public var gate = 1_000.0
    /// Slot period, ps.
    public var slotPeriod = 1_600.0
    /// Relative spread of the light from window to window.
    public var scintillation = 0.15
    /// Share of windows without light.
    public var fadeShare = 0.1
    /// Error of the clock, common to all detectors, rms, ps.
    public var clockError = 15.0
    /// Length of an epoch, s.
    public var epochSeconds = 0.2
    /// Time gated off in each epoch, s.
    public var blankedSeconds = 0.004
    /// Whether the sky was measured just before the pass, so that the plan counts on it.
    public var knowsSky = true
    /// Share of clicks with a second edge within the dead time.
    public var shortShare = 5e-5
    /// What is done to the detectors; `nil` for nothing.
    public var attack: Attack?

    private static let windows = 10
    private let factors = MonitorPlan.coincidence(
        intensities: SIMD4(0.8, 0.1, 0, 0), probabilities: SIMD4(0.5, 0.25, 0.25, 0),
        error: 0.006)
    private var random: SeededGenerator

    /// A bench on the random numbers of `seed`.
    public init(seed: UInt64) { random = SeededGenerator(seed: seed, stream: 1_004) }

    /// The plan for this bench's detectors.
    public func plan() -> MonitorPlan {
        var plan = MonitorPlan(
            darkRate: SIMD4(repeating: darkRate + (knowsSky ? skyRate : 0)),
            jitter: SIMD4(repeating: jitter), gate: gate,
            slotPeriod: slotPeriod)
        plan.highestRate = SIMD4(repeating: 400_000)
        plan.doubleFactor = factors.double
        plan.crossFactor = factors.cross
        return plan
    }

    /// Epoch number `index` of a pass of `count` epochs.
    public mutating func epoch(_ index: Int, of count: Int) -> EpochCounts {
        var epoch = EpochCounts()
        epoch.seconds = epochSeconds
        epoch.blankedSeconds = blankedSeconds
        let part = Double(2 * index - count) / Double(count)
        let height = signalRate / (1 + 8 * part * part)
        let seconds = epochSeconds / Double(Self.windows)
        epoch.peakSeconds = seconds
        let inGate = gate / slotPeriod
        let background = (skyRate + darkRate) * seconds
        let signal = 1 - 2 * BenchDetector.normalTail(gate / 2 / jitter)
        var (fromPairs, fromCross) = (SIMD2<Double>(repeating: 0), 0.0)
        for _ in 0..<Self.windows {
            let isFaded = random.uniform() < fadeShare
            let light = isFaded ? 0 : height * seconds * flicker()
            let mean = light * signal + background * inGate
            let clicks = SIMD4(draw(mean), draw(mean), draw(mean), draw(mean))
            epoch.gated += clicks
            let outside = light * (1 - signal) + background * (1 - inGate)
            epoch.offGate += SIMD4(draw(outside), draw(outside), draw(outside), draw(outside))
            let slots = seconds * 1e12 / slotPeriod
            epoch.addWindow(clicks, slots: slots)
            // Coincidences as they truly are: of the light with itself, the rest by chance.
            let pair = light * signal * light * signal
            let rest = (mean * mean - pair) / slots
            fromPairs += SIMD2(repeating: pair / slots * factors.double + rest)
            fromCross += 4 * (pair / slots * factors.cross + rest)
        }
        epoch.doubles = SIMD2(draw(fromPairs.x), draw(fromPairs.y))
        epoch.crosses = draw(fromCross)
        setOffsets(&epoch, background: background * inGate * Double(Self.windows))
        for lane in 0..<4 {
            epoch.shortIntervals[lane] = draw(
                shortShare * (epoch.gated[lane] + epoch.offGate[lane]))
        }
        if let attack { play(attack, &epoch) }
        return epoch
    }

    /// Offsets of the clicks in the slot: sums of many, so nearly normal.
    private mutating func setOffsets(_ epoch: inout EpochCounts, background: Double) {
        let clock = clockError * random.normal()
        for lane in 0..<4 {
            let number = epoch.gated[lane]
            guard number > 0 else { continue }
            let share = min(background / number, 1)
            // Of a normal distribution cut off at the gate's edges, and an even one.
            let edge = gate / 2 / jitter
            let density = Elementary.exp(-edge * edge / 2) / (2 * Double.pi).squareRoot()
            let kept = 1 - 2 * BenchDetector.normalTail(edge)
            let narrow = jitter * jitter * (1 - 2 * edge * density / kept)
            let variance = (1 - share) * narrow + share * gate * gate / 12
            let mean = (1 - share) * clock + (variance / number).squareRoot() * random.normal()
            let squares = variance * (1 + (2 / number).squareRoot() * random.normal())
            epoch.offsets[lane] = mean * number
            epoch.squaredOffsets[lane] = (max(squares, 0) + mean * mean) * number
        }
    }

    private mutating func play(_ attack: Attack, _ epoch: inout EpochCounts) {
        switch attack {
        case .blinding:
            epoch.offGate = SIMD4(repeating: 0)
            epoch.doubles = SIMD2(repeating: 0)
            epoch.crosses = 0
        case .timeShift:
            // 60 ps of each detector's own, either way.
            let shifts = SIMD4(60.0, -60, 60, -60)
            epoch.squaredOffsets += 2 * shifts * epoch.offsets + shifts * shifts * epoch.gated
            epoch.offsets += shifts * epoch.gated
        case .deadTime:
            // A twentieth of the clicks is made by a pulse just before the slot.
            for lane in 0..<4 { epoch.shortIntervals[lane] += draw(0.05 * epoch.gated[lane]) }
        case .afterGate:
            for lane in 0..<4 {
                epoch.blanked[lane] += draw(50_000 * blankedSeconds)
            }
        case .brightLight:
            epoch.peak[0] = draw(3e6 * epoch.peakSeconds)
        }
    }

    /// Power of one window: log-normal of mean 1.
    private mutating func flicker() -> Double {
        let variance = Elementary.log(1 + scintillation * scintillation)
        return Elementary.exp(variance.squareRoot() * random.normal() - variance / 2)
    }

    private mutating func draw(_ mean: Double) -> Double { Poisson.draw(mean, &random) }
}
