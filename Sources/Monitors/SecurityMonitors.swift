internal import Quantities

/// Watches a pass epoch by epoch for what attacks on detectors leave in the counts.
///
/// Every test compares a count with what honest physics makes of it at most, or at least, by a bound
/// on the tail of its distribution, at one chance fixed by ``MonitorPlan/limit``. Nothing is random
/// and nothing is learnt: the same counts give the same alarms.
public struct SecurityMonitors: Sendable {
    /// Epochs over which dark counts and places are gathered until their absence or shift tells.
    public static let darkWindow = 32
    /// Logarithm of the 6 windows from 1 to 32 epochs.
    private static let windowChoices = 1.791_759_469_228_055

    /// What is expected and done.
    public let plan: MonitorPlan
    /// Alarms so far, by ``MonitorKind``.
    public private(set) var alarms: InlineArray<13, Int64> = InlineArray(repeating: 0)
    /// Epochs taken in.
    public private(set) var epochs: Int64 = 0
    /// Of each kind, by ``MonitorKind``, the least likely that was seen: an alarm, or what came
    /// closest to one. Its chance is 0 as long as nothing surprised.
    public private(set) var closest: InlineArray<13, MonitorAlarm>
    /// The number of the epoch in which that was.
    public private(set) var closestEpoch: InlineArray<13, Int64> = InlineArray(repeating: 0)

    private var darkCounts: InlineArray<32, SIMD4<Double>> = InlineArray(
        repeating: SIMD4(0, 0, 0, 0))
    /// What is to be expected at least.
    private var darkMeans: InlineArray<32, SIMD4<Double>> = InlineArray(
        repeating: SIMD4(0, 0, 0, 0))
    private var darkNext = 0
    private var number: Int64 = 0
    /// The places in the slot of the last epochs: dim light takes many to tell.
    private var places = PhaseHistory()
    /// What the sharpest pulses that are allowed leave in the gate and beside it, by detector.
    private var sharpest: InlineArray<4, GatedPulse> = InlineArray(repeating: GatedPulse())

    /// Monitors that have seen nothing.
    public init(plan: MonitorPlan) {
        self.plan = plan
        closest = InlineArray { kind in
            let kind = MonitorKind(rawValue: UInt8(truncatingIfNeeded: kind)) ?? .rateCeiling
            return MonitorAlarm(
                kind: kind, lane: 0, seen: 0, expected: 0, chance: 0, effect: plan.effect(of: kind))
        }
        for lane in 0..<4 {
            let own = plan.leastJitter[lane]
            let least = own > 0 ? own : plan.jitter[lane]
            guard least > 0 else { continue }
            let variance = least * least
            sharpest[lane] = GatedPulse(
                variance: variance * max(1 - plan.spreadTolerance, 0.01), gate: plan.gate,
                period: plan.slotPeriod)
        }
    }

    /// Takes in the next epoch and says what is wrong with it.
    ///
    /// - Parameter number: Of the epoch, to be found again in ``closestEpoch``.
    public mutating func take(_ epoch: EpochCounts, number: Int64 = 0) -> EpochVerdict {
        var verdict = EpochVerdict()
        epochs += 1
        self.number = number
        guard epoch.seconds > 0 else { return verdict }
        watchRates(epoch, &verdict)
        watchDarkCounts(epoch, &verdict)
        watchCoincidences(epoch, &verdict)
        watchPhases(epoch, &verdict)
        watchDeadTimes(epoch, &verdict)
        watchBits(epoch, &verdict)
        for i in 0..<verdict.count { alarms[Int(verdict[i].kind.rawValue)] += 1 }
        return verdict
    }

    private mutating func test(
        _ kind: MonitorKind, _ lane: Int, seen: Double, expected: Double, chance: Double,
        _ verdict: inout EpochVerdict
    ) {
        let place = Int(kind.rawValue)
        // Written so that what is no number is the least likely of all, and gives an alarm.
        guard !(chance >= closest[place].chance) || !(chance > plan.limit) else { return }
        let alarm = MonitorAlarm(
            kind: kind, lane: UInt8(truncatingIfNeeded: lane), seen: seen, expected: expected,
            chance: chance, effect: plan.effect(of: kind))
        if !(chance >= closest[place].chance) {
            closest[place] = alarm
            closestEpoch[place] = number
        }
        guard !(chance > plan.limit) else { return }
        verdict.append(alarm)
    }

    private mutating func watchRates(_ epoch: EpochCounts, _ verdict: inout EpochVerdict) {
        let windows = max(epoch.seconds / max(epoch.peakSeconds, 1e-6), 1)
        for lane in 0..<4 {
            let mean = plan.highestRate[lane] * epoch.peakSeconds
            // The largest of many windows: their chances add.
            let chance =
                TailBound.poisson(epoch.peak[lane], orMoreOf: mean) + Elementary.log(windows)
            test(
                .rateCeiling, lane, seen: epoch.peak[lane], expected: mean, chance: chance,
                &verdict)
            let blanked = plan.blankedRate * epoch.blankedSeconds
            test(
                .blankedCounts, lane, seen: epoch.blanked[lane], expected: blanked,
                chance: TailBound.poisson(epoch.blanked[lane], orMoreOf: max(blanked, 1e-9)),
                &verdict)
        }
    }

    private mutating func watchDarkCounts(_ epoch: EpochCounts, _ verdict: inout EpochVerdict) {
        darkCounts[darkNext] = epoch.offGate
        darkMeans[darkNext] = leastOffGate(epoch)
        let newest = darkNext
        darkNext = (darkNext + 1) % Self.darkWindow
        for lane in 0..<4 {
            // The newest epoch, then the newest two, four, and so on; their chances add.
            var (counts, mean, place) = (0.0, 0.0, newest)
            var worst = (chance: 0.0, counts: 0.0, mean: 0.0)
            for epoch in 1...Self.darkWindow {
                counts += darkCounts[place][lane]
                mean += darkMeans[place][lane]
                place = place == 0 ? Self.darkWindow - 1 : place - 1
                guard epoch & (epoch - 1) == 0 else { continue }
                let chance = TailBound.poisson(counts, orLessOf: mean) + Self.windowChoices
                if !(chance >= worst.chance) { worst = (chance, counts, mean) }
            }
            test(
                .darkCountsMissing, lane, seen: worst.counts, expected: worst.mean,
                chance: worst.chance, &verdict)
        }
    }

    /// The least to expect between the gates, by detector: background, and the tails of the light
    /// that is seen in the gates. More background means more of them, so that what is known of it
    /// gives the least.
    private func leastOffGate(_ epoch: EpochCounts) -> SIMD4<Double> {
        let inGate = min(plan.gate / plan.slotPeriod, 1)
        let background = epoch.seconds * plan.darkShare * plan.darkRate
        var least = background * (1 - inGate)
        for lane in 0..<4 {
            let light = max(epoch.gated[lane] - background[lane] * inGate, 0)
            least[lane] += light * sharpest[lane].tail
        }
        return least
    }

    private mutating func watchCoincidences(_ epoch: EpochCounts, _ verdict: inout EpochVerdict) {
        let room = 1 + plan.coincidenceTolerance
        for basis in 0..<2 {
            let mean = epoch.doublePairs[basis] * plan.doubleFactor
            let seen = epoch.doubles[basis]
            // One other detector of the basis; two across.
            let leaked =
                plan.crosstalkShare * (epoch.gated[2 * basis] + epoch.gated[2 * basis + 1])
            many(.doubleClicksMany, basis, seen, mean * room + leaked, &verdict)
            few(.doubleClicksFew, basis, seen, mean / room, &verdict)
        }
        let mean = epoch.crossPairs * plan.crossFactor
        let leaked = 2 * plan.crosstalkShare * epoch.gated.sum()
        many(.crossClicksMany, 0, epoch.crosses, mean * room + leaked, &verdict)
        few(.crossClicksFew, 0, epoch.crosses, mean / room, &verdict)
    }

    private mutating func many(
        _ kind: MonitorKind, _ lane: Int, _ seen: Double, _ mean: Double,
        _ verdict: inout EpochVerdict
    ) {
        // A thousandth of a count: products of few clicks are themselves uncertain.
        let chance = TailBound.poisson(seen, orMoreOf: max(mean, 1e-3))
        test(kind, lane, seen: seen, expected: mean, chance: chance, &verdict)
    }

    private mutating func few(
        _ kind: MonitorKind, _ lane: Int, _ seen: Double, _ mean: Double,
        _ verdict: inout EpochVerdict
    ) {
        let chance = TailBound.poisson(seen, orLessOf: mean)
        test(kind, lane, seen: seen, expected: mean, chance: chance, &verdict)
    }

    private mutating func watchPhases(_ epoch: EpochCounts, _ verdict: inout EpochVerdict) {
        let total = epoch.gated.sum()
        guard total > 0 else { return }
        // What moves all detectors alike is the clock, which has a watch of its own.
        let common = (epoch.offsets - plan.phase * epoch.gated).sum() / total
        places.take(epoch, places: plan.phase + SIMD4(repeating: common))
        for lane in 0..<4 where epoch.gated[lane] >= 1 {
            watchShift(lane, &verdict)
            let number = epoch.gated[lane]
            let mean = epoch.offsets[lane] / number
            let variance = max(epoch.squaredOffsets[lane] / number - mean * mean, 1)
            watchSpread(epoch, lane, variance: variance, &verdict)
        }
        // What gave an alarm is not counted again in the epochs to come.
        if verdict.contains(.phaseShift) { places = PhaseHistory() }
    }

    /// The newest epoch, then the newest two, four, and so on; their chances add.
    private mutating func watchShift(_ lane: Int, _ verdict: inout EpochVerdict) {
        var worst = (chance: 0.0, shift: 0.0)
        places.forEachWindow(lane) { sum in
            let shift = (sum.residual / sum.number).magnitude
            let chance =
                TailBound.mean(
                    of: sum.tested, off: shift - plan.phaseTolerance, variance: sum.variance,
                    bound: plan.gate) + Self.windowChoices
            if !(chance >= worst.chance) { worst = (chance, shift) }
        }
        test(
            .phaseShift, lane, seen: worst.shift, expected: plan.phaseTolerance,
            chance: worst.chance, &verdict)
    }

    private mutating func watchSpread(
        _ epoch: EpochCounts, _ lane: Int, variance: Double, _ verdict: inout EpochVerdict
    ) {
        watchSharpness(epoch, lane, variance: variance, &verdict)
        guard plan.jitter[lane] > 0 else { return }
        let number = epoch.gated[lane]
        let bound = plan.gate / 2
        let square = bound * bound
        // Background is spread evenly over the gate; clicks between the gates tell how much there
        // is, or too much, where the light's own tails lie there.
        let offShare = max(1 - plan.gate / plan.slotPeriod, 1e-3)
        let background = min(epoch.offGate[lane] / offShare * (1 - offShare) / number, 1)
        let even = plan.gate * plan.gate / 12
        // The clock's own error widens too; two of its sigmas are no surprise.
        let clock = 4 * epoch.clockVariance / epoch.seconds
        let jitter = plan.jitter[lane] * plan.jitter[lane]
        let widest = GatedPulse(
            variance: jitter * (1 + plan.spreadTolerance) + clock, gate: plan.gate,
            period: plan.slotPeriod
        ).variance
        let most = (1 - background) * widest + background * max(even, widest)
        test(
            .phaseSpread, lane, seen: variance.squareRoot(), expected: most.squareRoot(),
            chance: TailBound.mean(
                of: number, off: variance - most, variance: square * most, bound: square),
            &verdict)
    }

    private mutating func watchSharpness(
        _ epoch: EpochCounts, _ lane: Int, variance: Double, _ verdict: inout EpochVerdict
    ) {
        let least = sharpest[lane].variance
        guard least > 0 else { return }
        let number = epoch.gated[lane]
        let square = plan.gate * plan.gate / 4
        test(
            .phaseSharp, lane, seen: variance.squareRoot(), expected: least.squareRoot(),
            chance: TailBound.mean(
                of: number, off: least - variance, variance: square * least, bound: square),
            &verdict)
    }

    private mutating func watchDeadTimes(_ epoch: EpochCounts, _ verdict: inout EpochVerdict) {
        for lane in 0..<4 {
            let mean = plan.shortShare * max(epoch.tags[lane], epoch.gated[lane])
            many(.deadTime, lane, epoch.shortIntervals[lane], mean, &verdict)
            // Pulses that blind some detectors for the slot after them.
            let chance =
                epoch.rejectedPairs[lane] * plan.deadTime
                + plan.afterpulseShare * epoch.gated[lane]
            many(
                .deadTime, lane, epoch.rejected[lane],
                chance * (1 + plan.coincidenceTolerance), &verdict)
        }
    }

    private mutating func watchBits(_ epoch: EpochCounts, _ verdict: inout EpochVerdict) {
        for basis in 0..<2 {
            let ones = epoch.gated[2 * basis + 1]
            let all = ones + epoch.gated[2 * basis]
            balance(.bitBias, basis, ones, all, plan.oneShare[basis], &verdict)
        }
        let rectilinear = epoch.gated.x + epoch.gated.y
        balance(
            .basisBias, 0, rectilinear, epoch.gated.sum(), plan.rectilinearShare, &verdict)
    }

    private mutating func balance(
        _ kind: MonitorKind, _ lane: Int, _ count: Double, _ all: Double, _ share: Double,
        _ verdict: inout EpochVerdict
    ) {
        guard all > 0 else { return }
        let seen = count / all
        let nearest = min(
            max(seen, share - plan.shareTolerance), share + plan.shareTolerance)
        guard nearest != seen else { return }
        test(
            kind, lane, seen: seen, expected: nearest,
            chance: TailBound.binomial(count, of: all, share: nearest), &verdict)
    }
}
