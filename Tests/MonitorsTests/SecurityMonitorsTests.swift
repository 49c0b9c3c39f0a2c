import Monitors
import Simulator
import Testing

/// Goal: clean passes give no alarm, attacks give one within an epoch or two, and no alarm can choose
/// the key.
@Suite struct SecurityMonitorsTests {
    @Test func cleanPassesAreQuiet() {
        for pass in 1...25 {
            var bench = EpochBench(seed: UInt64(pass))
            bench.signalRate = 5_000 * Double(pass)
            var monitors = SecurityMonitors(plan: bench.plan())
            for index in 0..<2_250 {
                let verdict = monitors.take(bench.epoch(index, of: 2_250))
                if verdict.count > 0 {
                    Issue.record("pass \(pass), epoch \(index): \(verdict[0])")
                }
            }
            #expect(monitors.epochs == 2_250)
        }
    }

    @Test(arguments: EpochBench.Attack.allCases)
    func everyAttackIsSeenAtOnce(attack: EpochBench.Attack) {
        let expected: MonitorKind =
            switch attack {
            case .blinding: .darkCountsMissing
            case .timeShift: .phaseShift
            case .deadTime: .deadTime
            case .afterGate: .blankedCounts
            case .brightLight: .rateCeiling
            }
        for pass in 1...10 {
            var bench = EpochBench(seed: UInt64(pass))
            var monitors = SecurityMonitors(plan: bench.plan())
            for index in 0..<100 { _ = monitors.take(bench.epoch(index, of: 450)) }
            bench.attack = attack
            let verdict = monitors.take(bench.epoch(100, of: 450))
            let seen = verdict.contains(expected)
            #expect(seen, "\(attack) in pass \(pass)")
        }
    }

    @Test func aShiftInDimLightIsSeenFromManyEpochsTogether() {
        for pass in 1...10 {
            var bench = EpochBench(seed: UInt64(pass))
            bench.signalRate = 3_000
            var monitors = SecurityMonitors(plan: bench.plan())
            for index in 1_000..<1_100 {
                let verdict = monitors.take(bench.epoch(index, of: 2_250))
                #expect(verdict.count == 0, "clean light of pass \(pass)")
            }
            bench.attack = .timeShift
            var first: Int?
            for index in 0..<SecurityMonitors.darkWindow where first == nil {
                let verdict = monitors.take(bench.epoch(1_100 + index, of: 2_250))
                if verdict.contains(.phaseShift) { first = index }
            }
            // No single epoch tells, or the test shows nothing.
            #expect(first.map { $0 > 0 } == true, "\(first.map(String.init) ?? "never")")
        }
    }

    @Test func anAlarmOfPlacesIsNotCountedAgainAfterTheShift() {
        var bench = EpochBench(seed: 3)
        var monitors = SecurityMonitors(plan: bench.plan())
        bench.attack = .timeShift
        let shifted = monitors.take(bench.epoch(100, of: 450)).contains(.phaseShift)
        #expect(shifted)
        bench.attack = nil
        for index in 101..<140 {
            let again = monitors.take(bench.epoch(index, of: 450)).contains(.phaseShift)
            #expect(!again, "epoch \(index)")
        }
    }

    @Test func missingDarkCountsAloneAreSeenWithinTwoSeconds() {
        var bench = EpochBench(seed: 9)
        bench.knowsSky = false
        var monitors = SecurityMonitors(plan: bench.plan())
        for index in 0..<100 { _ = monitors.take(bench.epoch(index, of: 450)) }
        bench.attack = .blinding
        var epochs = 0
        var seen = false
        while !seen, epochs < 40 {
            seen = monitors.take(bench.epoch(100 + epochs, of: 450)).contains(.darkCountsMissing)
            epochs += 1
        }
        #expect(seen)
        #expect(epochs <= 10)
    }

    @Test func noAlarmMayChooseTheKeyByItsBits() {
        var plan = EpochBench(seed: 1).plan()
        let tried = [plan.set(.exclude, for: .bitBias), plan.set(.exclude, for: .basisBias)]
        #expect(tried == [false, false])
        #expect(plan.effect(of: .bitBias) == .abort)
        let flagged = plan.set(.flag, for: .bitBias)
        #expect(flagged)
        #expect(plan.effect(of: .bitBias) == .flag)
        let excluded = plan.set(.exclude, for: .phaseShift)
        #expect(excluded)
    }

    @Test func theGravestEffectCounts() {
        let bench = EpochBench(seed: 1)
        var monitors = SecurityMonitors(plan: bench.plan())
        var epoch = EpochCounts()
        epoch.seconds = 1
        epoch.offGate = SIMD4(repeating: 170)
        epoch.shortIntervals.x = 50
        let first = monitors.take(epoch)
        #expect(first.effect == .exclude)
        epoch.blanked.y = 100
        let verdict = monitors.take(epoch)
        #expect(verdict.effect == .abort)
        #expect(verdict.count == 2)
        #expect(monitors.alarms[Int(MonitorKind.deadTime.rawValue)] == 2)
    }

    @Test func whatIsNoNumberIsAnAlarm() {
        let bench = EpochBench(seed: 1)
        var monitors = SecurityMonitors(plan: bench.plan())
        var epoch = EpochCounts()
        epoch.seconds = 1
        epoch.offGate = SIMD4(repeating: 170)
        epoch.blankedSeconds = .nan
        epoch.blanked.x = 10
        let verdict = monitors.take(epoch)
        #expect(verdict.contains(.blankedCounts))
    }

    @Test func coincidencesFollowFromStatesAndClasses() {
        // Enumerated by hand over four states: within a basis 0.512 of independent, across 1.
        let one = MonitorPlan.coincidence(
            intensities: SIMD4(0.5, 0, 0, 0), probabilities: SIMD4(1, 0, 0, 0), error: 0.006)
        #expect(abs(one.double - 0.511928) < 1e-9)
        #expect(one.cross == 1)
        // 0.3225 / 0.425^2 more for the classes of the usual protocol.
        let usual = MonitorPlan.coincidence(
            intensities: SIMD4(0.8, 0.1, 0, 0), probabilities: SIMD4(0.5, 0.25, 0.25, 0), error: 0)
        #expect(abs(usual.cross - 0.3225 / 0.180625) < 1e-9)
    }
}
