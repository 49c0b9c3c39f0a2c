import BoardFile
import Gating
import Monitors
import Sifting
import Simulator

/// The monitors as a board wants them: their plan, and where each number of it came from.
struct MonitorSetup {
    /// Where a number of the plan came from.
    struct Source: Equatable {
        /// The number, as the board's key.
        var name: String
        /// Its value with its unit.
        var value: String
        /// `board`, `simulated world`, or what stood in for it.
        var origin: String
    }

    /// What is expected and done.
    let plan: MonitorPlan
    /// Where its numbers came from.
    let sources: [Source]
    /// Windows of one epoch.
    let windowsPerEpoch: Int64

    /// The monitors of `board`; `nil` if it wants none.
    ///
    /// - Parameter world: What is known of a simulated world: its calibrated numbers, not its attack.
    init?(_ board: Board, world: WorldParameters?) {
        let wanted = board.monitors
        guard wanted.isOn else { return nil }
        var sources: [Source] = []
        func pick(
            _ name: String, _ unit: String, _ own: Double?, world: Double?, otherwise: Double,
            _ words: String
        ) -> Double {
            let value = own ?? world ?? otherwise
            let origin = own != nil ? "board" : world != nil ? "simulated world" : words
            let record = wanted.record(of: name).map { "record \($0)" }
            let text = unit.isEmpty ? "\(value)" : "\(value) \(unit)"
            sources.append(Source(name: name, value: text, origin: record ?? origin))
            return value
        }
        let dark = pick(
            "dark_rate", "Hz", wanted.darkRate, world: world?.detectors.darkRateHertz,
            otherwise: 0, "not known: none expected")
        let jitter = pick(
            "jitter", "ps", wanted.jitter.map(Double.init),
            world: world?.detectors.jitterPicoseconds, otherwise: 0,
            "not known: spread and tails are not watched")
        var plan = MonitorPlan(
            darkRate: SIMD4(repeating: dark + wanted.skyRate), jitter: SIMD4(repeating: jitter),
            gate: Double(board.gate.width), slotPeriod: Double(board.transmitter.slotPeriod),
            falseAlarms: wanted.falseAlarms,
            epochs: 450e15 / Double(max(board.sifting.epoch, 1)))
        plan.highestRate = SIMD4(
            repeating: pick(
                "highest_rate", "Hz", wanted.highestRate, world: world.map(Self.highestRate),
                otherwise: 1e6, "not known: 1 MHz"))
        let error = pick(
            "port_error", "", wanted.portError, world: world?.optics.misalignmentError,
            otherwise: 0, "not known: 0")
        let mu = board.transmitter.intensities
        let p = board.transmitter.probabilities
        let factors = MonitorPlan.coincidence(
            intensities: SIMD4(mu[0], mu[1], mu[2], 0),
            probabilities: SIMD4(p[0], p[1], p[2], 0), error: error)
        (plan.doubleFactor, plan.crossFactor) = (factors.double, factors.cross)
        _ = pick(
            "dead_time", "ps", wanted.deadTime.map(Double.init),
            world: world.map { Double($0.detectors.deadTimePicoseconds) }, otherwise: 0,
            "not known: intervals are not watched")
        plan.deadTime = Double(board.gate.deadTime) * 1e-12
        Self.fill(&plan, wanted)
        if wanted.darkRates.count == 4 { sources.removeAll { $0.name == "dark_rate" } }
        sources += Self.recorded(wanted)
        self.plan = plan
        self.sources = sources
        windowsPerEpoch = Self.windows(board)
    }

    /// What records gave beside the numbers that any board has.
    private static func recorded(_ wanted: Board.Monitors) -> [Source] {
        let values: [(String, String)] = [
            ("least_jitters_ps", text(wanted.leastJitters)),
            ("phase_tolerance", "\(wanted.phaseTolerance) ps"),
            ("short_share", "\(wanted.shortShare)"),
            ("afterpulse_share", "\(wanted.afterpulseShare)"),
            ("crosstalk_share", "\(wanted.crosstalkShare)"),
            ("one_shares", text(wanted.oneShares)),
        ]
        let recorded = values.compactMap { key, value in
            wanted.record(of: key).map {
                Source(name: key, value: value, origin: "record \($0)")
            }
        }
        guard wanted.darkRates.count == 4 else { return recorded }
        let origin = wanted.record(of: "dark_rates_hz").map { "record \($0)" } ?? "board"
        return [Source(name: "dark_rates_hz", value: text(wanted.darkRates), origin: origin)]
            + recorded
    }

    /// Numbers with no more digits than say something.
    private static func text(_ values: [Double]) -> String {
        values.map { "\(($0 * 1e4).rounded() / 1e4)" }.joined(separator: ", ")
    }

    private static func fill(_ plan: inout MonitorPlan, _ wanted: Board.Monitors) {
        if wanted.darkRates.count == 4 {
            let rates = wanted.darkRates
            plan.darkRate =
                SIMD4(rates[0], rates[1], rates[2], rates[3]) + SIMD4(repeating: wanted.skyRate)
        }
        if wanted.leastJitters.count == 4 {
            let jitters = wanted.leastJitters
            plan.leastJitter = SIMD4(jitters[0], jitters[1], jitters[2], jitters[3])
        }
        plan.afterpulseShare = wanted.afterpulseShare
        plan.crosstalkShare = wanted.crosstalkShare
        plan.darkShare = wanted.darkShare
        plan.coincidenceTolerance = wanted.coincidenceTolerance
        plan.phase = SIMD4(
            wanted.phases[0], wanted.phases[1], wanted.phases[2], wanted.phases[3])
        plan.phaseTolerance = Double(wanted.phaseTolerance)
        plan.spreadTolerance = wanted.spreadTolerance
        plan.shortShare = wanted.shortShare
        plan.blankedRate = wanted.blankedRate
        plan.oneShare = SIMD2(wanted.oneShares[0], wanted.oneShares[1])
        plan.rectilinearShare = wanted.rectilinearShare
        plan.shareTolerance = wanted.shareTolerance
        let words = wanted.effects
        let effects: [(MonitorKind, String)] = [
            (.rateCeiling, words.rateCeiling), (.darkCountsMissing, words.darkCountsMissing),
            (.doubleClicksMany, words.doubleClicksMany),
            (.doubleClicksFew, words.doubleClicksFew), (.crossClicksMany, words.crossClicksMany),
            (.crossClicksFew, words.crossClicksFew), (.phaseShift, words.phaseShift),
            (.phaseSpread, words.phaseSpread), (.phaseSharp, words.phaseSharp),
            (.deadTime, words.deadTime), (.blankedCounts, words.blankedCounts),
            (.bitBias, words.bitBias), (.basisBias, words.basisBias),
        ]
        for (kind, word) in effects {
            let effect: MonitorEffect =
                word == "abort" ? .abort : word == "exclude" ? .exclude : .flag
            // The board's table refuses what would choose key bits.
            precondition(plan.set(effect, for: kind))
        }
    }

    /// Interval of one detector below which it was dead, ps; 0 where that is not known.
    static func shortestInterval(_ board: Board, world: WorldParameters?) -> Int64 {
        let dead = board.monitors.deadTime ?? world?.detectors.deadTimePicoseconds ?? 0
        guard board.monitors.isOn else { return 0 }
        return min(
            max(dead - board.monitors.deadTimeTolerance, 0),
            GatePlan.shortestIntervalRange.upperBound)
    }

    /// What cuts the stream into the windows.
    ///
    /// - Parameter isBlanking: Whether somebody gates the detectors off as the board says, on the
    ///   clock of the tags.
    static func cutter(
        _ board: Board, parameters: SiftParameters, isBlanking: Bool
    ) -> WindowCutter {
        let windows = windows(board)
        let wanted = board.monitors
        return WindowCutter(
            firstSlot: parameters.firstSlot,
            slotsPerWindow: Int64(parameters.slotsPerEpoch) / windows,
            slotPeriod: board.transmitter.slotPeriod,
            blanking: WindowCutter.Blanking(
                period: isBlanking ? wanted.blankPeriod : 0, length: wanted.blankTime,
                margin: wanted.blankMargin))
    }

    /// As many windows as the board wants, or the next fewer that divide an epoch.
    private static func windows(_ board: Board) -> Int64 {
        let slots = board.sifting.epoch / board.transmitter.slotPeriod
        var windows = max(board.sifting.epoch / max(board.monitors.window, 1), 1)
        // Ends at 1, which divides all.
        while slots % windows != 0 { windows -= 1 }
        return windows
    }

    /// Four times what a detector counts of the light at its brightest, and twice its background:
    /// scintillation never gives so much.
    private static func highestRate(_ world: WorldParameters) -> Double {
        let optics = world.optics
        let transmitter = world.transmitter
        let least = optics.lossTable.map(\.lossDecibels).min() ?? optics.lossDecibels
        let photons =
            transmitter.signalIntensity * transmitter.signalProbability
            + transmitter.decoyIntensity * transmitter.decoyProbability
        let light =
            photons * LinkBudget.transmittance(of: least) * world.detectors.efficiency * 1e12
            / Double(transmitter.slotPeriodPicoseconds)
        // A quarter of the light for each of four detectors, and of that four times as much.
        return light + 2 * (optics.backgroundHertz + world.detectors.darkRateHertz)
    }
}
