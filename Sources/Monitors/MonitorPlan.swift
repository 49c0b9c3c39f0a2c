internal import Quantities

/// What the monitors expect and what they do: fixed before the pass and part of its record.
public struct MonitorPlan: Equatable, Sendable, BitwiseCopyable {
    /// Natural logarithm of the chance at which one test of one epoch may give a false alarm.
    public var limit: Double
    /// Highest rate that the satellite's light, the sky and the detectors can make, counts per
    /// second, by detector.
    public var highestRate = SIMD4<Double>(repeating: 1e6)
    /// Calibrated rate without the satellite's light, counts per second, by detector: dark counts,
    /// and the sky's where that was measured just before the pass, for the alarm comes sooner then.
    public var darkRate: SIMD4<Double>
    /// Share of that rate that is the least to expect: detectors cool down.
    public var darkShare = 0.8
    /// Coincidences within a basis over the product of both rates; see
    /// ``coincidence(intensities:probabilities:error:)``.
    public var doubleFactor = 1.0
    /// Coincidences across the bases over the product of both rates.
    public var crossFactor = 1.0
    /// By how much both factors may be wrong, as a fraction.
    public var coincidenceTolerance = 0.25
    /// Calibrated place of each detector's clicks in the slot, ps from its centre.
    public var phase = SIMD4<Double>(repeating: 0)
    /// Calibrated jitter of each detector with the satellite's pulse, rms, ps; 0 where it is not
    /// known: spread and tails are then not watched.
    public var jitter: SIMD4<Double>
    /// Least jitter of each detector by itself, rms, ps; 0: as ``jitter``. Clicks are never sharper,
    /// but for the tolerance; the satellite's pulse makes them wider.
    public var leastJitter = SIMD4<Double>(repeating: 0)
    /// By how much places may drift, ps.
    public var phaseTolerance = 20.0
    /// By how much the variance of the jitter may be wrong, as a fraction below 1.
    public var spreadTolerance = 0.15
    /// Full width of the gate, ps.
    public var gate: Double
    /// Slot period, ps.
    public var slotPeriod: Double
    /// Share of clicks that may come within the dead time of the one before: calibrated double
    /// edges.
    public var shortShare = 1e-4
    /// Time in which all detectors are ignored after a tag of any, s.
    public var deadTime = 0.0
    /// Share of clicks that may be followed by an after-pulse within that time and in a gate.
    public var afterpulseShare = 0.01
    /// Chance that a click makes another one in one other detector: light and charge that leak.
    public var crosstalkShare = 0.0
    /// Rate that may be left while a detector is gated off, counts per second.
    public var blankedRate = 1.0
    /// Share of ones to expect in each basis, from the detectors' efficiencies.
    public var oneShare = SIMD2<Double>(repeating: 0.5)
    /// Share of clicks to expect in the rectilinear basis.
    public var rectilinearShare = 0.5
    /// By how much these shares may be wrong.
    public var shareTolerance = 0.02
    /// What an alarm does, by ``MonitorKind``.
    private var effects: InlineArray<13, MonitorEffect> = InlineArray(repeating: .flag)

    /// A plan with the usual effects.
    ///
    /// - Parameters:
    ///   - darkRate: Calibrated, counts per second.
    ///   - jitter: Calibrated, rms, ps.
    ///   - gate: Full width, ps.
    ///   - slotPeriod: ps.
    ///   - falseAlarms: How many are allowed on average in `epochs`.
    ///   - epochs: 1,000 passes of 450 s in epochs of 200 ms.
    public init(
        darkRate: SIMD4<Double>, jitter: SIMD4<Double>, gate: Double, slotPeriod: Double,
        falseAlarms: Double = 0.02, epochs: Double = 2_250_000
    ) {
        self.darkRate = darkRate
        self.jitter = jitter
        self.gate = gate
        self.slotPeriod = slotPeriod
        let tests = max(epochs, 1) * MonitorKind.testsPerEpoch
        limit = Elementary.log(min(max(falseAlarms, 1e-12), 1) / tests)
        setUsualEffects()
    }

    private mutating func setUsualEffects() {
        effects[Int(MonitorKind.rateCeiling.rawValue)] = .abort
        effects[Int(MonitorKind.darkCountsMissing.rawValue)] = .abort
        effects[Int(MonitorKind.blankedCounts.rawValue)] = .abort
        effects[Int(MonitorKind.bitBias.rawValue)] = .abort
        effects[Int(MonitorKind.doubleClicksMany.rawValue)] = .exclude
        effects[Int(MonitorKind.doubleClicksFew.rawValue)] = .exclude
        effects[Int(MonitorKind.crossClicksMany.rawValue)] = .exclude
        effects[Int(MonitorKind.crossClicksFew.rawValue)] = .exclude
        effects[Int(MonitorKind.phaseShift.rawValue)] = .abort
        effects[Int(MonitorKind.phaseSpread.rawValue)] = .exclude
        effects[Int(MonitorKind.phaseSharp.rawValue)] = .abort
        effects[Int(MonitorKind.deadTime.rawValue)] = .exclude
    }

    /// What an alarm of `kind` does.
    public func effect(of kind: MonitorKind) -> MonitorEffect { effects[Int(kind.rawValue)] }

    /// Lets an alarm of `kind` do `effect`; false, and nothing changed, if that would choose the key
    /// by its bits.
    public mutating func set(_ effect: MonitorEffect, for kind: MonitorKind) -> Bool {
        guard !(kind.tellsOfBits && effect == .exclude) else { return false }
        effects[Int(kind.rawValue)] = effect
        return true
    }

    /// Whether two plans are the same.
    public static func == (a: MonitorPlan, b: MonitorPlan) -> Bool {
        for kind in 0..<MonitorKind.count where a.effects[kind] != b.effects[kind] {
            return false
        }
        let numbers =
            a.limit == b.limit && a.darkShare == b.darkShare && a.doubleFactor == b.doubleFactor
            && a.crossFactor == b.crossFactor
            && a.coincidenceTolerance == b.coincidenceTolerance
            && a.phaseTolerance == b.phaseTolerance && a.spreadTolerance == b.spreadTolerance
            && a.gate == b.gate && a.slotPeriod == b.slotPeriod && a.shortShare == b.shortShare
        return numbers && a.blankedRate == b.blankedRate
            && a.rectilinearShare == b.rectilinearShare && a.shareTolerance == b.shareTolerance
            && a.deadTime == b.deadTime && a.afterpulseShare == b.afterpulseShare
            && a.highestRate == b.highestRate && a.darkRate == b.darkRate && a.phase == b.phase
            && a.jitter == b.jitter && a.leastJitter == b.leastJitter
            && a.oneShare == b.oneShare && a.crosstalkShare == b.crosstalkShare
    }

    /// Coincidences in one slot over the product of both detectors' chances, for pulses of random
    /// class and BB84 state, few of which are seen: within a basis and across.
    ///
    /// A pulse of mean n in the state of detector H makes it click with chance n (1 - e)/2, V with
    /// n e/2, D and A with n/4 each; averaged over states and classes.
    ///
    /// - Parameters:
    ///   - intensities: Mean photon numbers of up to four classes.
    ///   - probabilities: Of the classes.
    ///   - error: Chance of the wrong port in the right basis.
    public static func coincidence(
        intensities: SIMD4<Double>, probabilities: SIMD4<Double>, error: Double
    ) -> (double: Double, cross: Double) {
        let mean = (intensities * probabilities).sum()
        guard mean > 0 else { return (1, 1) }
        let classes = (intensities * intensities * probabilities).sum() / (mean * mean)
        return (classes * (0.5 + 2 * error * (1 - error)), classes)
    }
}
