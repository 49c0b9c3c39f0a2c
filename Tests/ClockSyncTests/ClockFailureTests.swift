import Testing

@testable import ClockSync

/// What goes wrong with beacons, pulses per second and taggers, and what the clock must then do.
@Suite struct ClockFailureTests {
    private func scene(_ seed: UInt64 = 1, duration: Double = 20) -> Scene {
        var scene = Scene()
        scene.seed = seed
        scene.duration = duration
        scene.culmination = duration / 2
        return scene
    }

    @Test(arguments: [1_000.0, 10_000])
    func noiseIsNeverTakenForATrain(rate: Double) {
        for seed in 1...2 as ClosedRange<UInt64> {
            var scene = scene(seed, duration: 2.5)
            scene.fades = [0...100]
            scene.falseRate = rate
            scene.photonRate = 0
            let run = ClockRun(scene)
            #expect(run.statistics.acquisitions == 0, "seed \(seed), \(rate) Hz")
            #expect(run.valid == 0, "seed \(seed), \(rate) Hz")
        }
    }

    @Test(arguments: 1...2 as ClosedRange<UInt64>)
    func aPassThatBeginsInAFadeIsNumberedRightAfterIt(seed: UInt64) {
        var scene = scene(seed, duration: 8)
        scene.fades = [0...2.3]
        scene.falseRate = 3_000
        let run = ClockRun(scene)
        #expect(run.slips == 0, "seed \(seed): \(run.report)")
        #expect(run.statistics.acquisitions == 1, "seed \(seed)")
        #expect(run.validFraction > 0.6, "seed \(seed): \(run.report)")
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func reacquisitionDoesNotSlipAPulse(seed: UInt64) {
        // The clocks part by 2.2 us a second: after 40 s the raw prediction is a pulse off.
        var scene = scene(seed, duration: 60)
        scene.stationRate = -2e-6
        scene.fades = [10...14, 25...31, 48...53]
        scene.photonRate = 0
        let run = ClockRun(scene)
        #expect(run.slips == 0, "seed \(seed): \(run.report)")
        #expect(run.validFraction > 0.6, "seed \(seed): \(run.report)")
        #expect(run.rms < 60, "seed \(seed): \(run.report)")
    }

    @Test(arguments: [-10e6, 10e6])
    func pulsesAreNumberedWithPPSAndTenMicrosecondsOfOrbitError(error: Double) {
        var scene = scene()
        scene.rangeError = error
        scene.alongTrackError = 0
        let run = ClockRun(scene)
        #expect(run.slips == 0, "\(run.report)")
        #expect(run.validFraction > 0.85, "\(run.report)")
    }

    @Test(arguments: [-0.4, 0.4])
    func pulsesAreNumberedAlongATrackThatIsThreeKilometresOff(error: Double) {
        var scene = scene()
        scene.alongTrackError = error
        let run = ClockRun(scene)
        #expect(run.slips == 0, "\(run.report)")
        #expect(run.rms < 15, "\(run.report)")
    }

    @Test func theFirstOfABurstCounts() {
        var scene = scene()
        scene.photonRate = 0
        scene.afterpulses = 0.4
        let run = ClockRun(scene)
        #expect(run.slips == 0)
        #expect(run.rms < 20, "\(run.report)")
    }

    @Test(arguments: [100.0, 500, 2_000, 2_500])
    func aLampOnTheGroundIsNotTakenForTheBeacon(rate: Double) {
        // At culmination the Doppler shift vanishes, and 100 Hz divides the beacon's rate.
        var scene = scene(7, duration: 7)
        scene.alongTrackError = 0
        scene.photonRate = 0
        scene.lampRate = rate
        scene.fades = [0...4]
        let run = ClockRun(scene)
        #expect(run.slips == 0, "\(rate) Hz: \(run.report)")
        #expect(run.valid > 0, "\(rate) Hz: \(run.report)")
    }

    @Test func aLampBesideTheBeaconIsIgnored() {
        var scene = scene(8)
        scene.lampRate = 2_000
        let run = ClockRun(scene)
        #expect(run.slips == 0, "\(run.report)")
        #expect(run.rms < 15, "\(run.report)")
    }

    @Test func missingPulsesPerSecondOnlyDelayTheStart() {
        var scene = scene()
        scene.ppsMissing = [1, 2, 4, 5, 6, 11]
        let run = ClockRun(scene)
        #expect(run.slips == 0, "\(run.report)")
        #expect(run.rms < 15, "\(run.report)")
        #expect(run.validFraction > 0.7, "\(run.report)")
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func falsePulsesPerSecondAreThrownOut(seed: UInt64) {
        var scene = scene(seed)
        scene.ppsFalse = 0.5
        let run = ClockRun(scene)
        #expect(run.slips == 0, "seed \(seed): \(run.report)")
        #expect(run.statistics.pulsePerSecondStrays > 0, "seed \(seed)")
        #expect(run.validFraction > 0.5, "seed \(seed): \(run.report)")
    }

    @Test func withoutPulsesPerSecondNothingIsClaimed() {
        var scene = scene(duration: 5)
        scene.ppsMissing = Set(0...10)
        let run = ClockRun(scene)
        #expect(run.valid == 0)
        #expect(run.statistics.acquisitions == 0)
    }

    @Test(arguments: [2e-9, 2e-8, 2e-7])
    func aTaggerThatLosesItsReferenceIsCaughtUpWith(rate: Double) {
        var scene = scene()
        scene.step = (10, rate)
        let run = ClockRun(scene)
        #expect(run.slips == 0, "\(run.report)")
        #expect(run.validFraction > 0.8, "\(run.report)")
    }

    @Test func moreFalsePulsesThanABlockHoldsAreCounted() {
        var scene = scene()
        scene.falseRate = 80_000
        scene.photonRate = 0
        let run = ClockRun(scene)
        #expect(run.statistics.overflowed > 0)
        #expect(run.slips == 0, "\(run.report)")
    }

    @Test func aFadeEndsValidityBeforeTheErrorGrows() {
        var scene = scene()
        scene.photonRate = 0
        scene.fades = [8...12]
        let run = ClockRun(scene)
        #expect(run.slips == 0)
        #expect(run.largest < 4 * 150, "\(run.report)")
        let loss = run.changes.first { !$0.isValid && $0.tag > 8 * second }
        #expect(loss != nil, "\(run.changes)")
    }

    @Test func aPredictionThatEndsEarlyEndsValidity() {
        let scene = scene()
        let rows = SyntheticLight(scene).rows.filter { $0.time <= 10 * second }
        let run = ClockRun(scene, rows: rows)
        #expect(run.slips == 0, "\(run.report)")
        #expect(run.validFraction > 0.4 && run.validFraction < 0.6, "\(run.report)")
    }

    @Test(arguments: [3.0, 4_000, 2_600_000])
    func timeThatJumpsAheadNeitherTrapsNorSlips(jump: Double) {
        let scene = scene(duration: 12)
        let run = ClockRun(
            scene,
            disturb: { time, events in
                guard time >= 6 else { return }
                for index in events.indices { events[index].time += Int64(jump * 1e12) }
            })
        // The truth of the second half has moved with the jump, so none of it may be claimed
        // where UTC itself would be wrong; what is claimed is judged on the first half.
        #expect(run.statistics.accepted > 30_000, "\(run.report)")
    }

    @Test func aLonePulseInAFadeIsNotTakenForTheTrain() {
        var scene = scene(duration: 9)
        scene.photonRate = 0
        func fade(leaving lone: Bool) -> ClockRun {
            ClockRun(
                scene,
                disturb: { time, events in
                    guard time >= 6, time < 8 else { return }
                    let first = events.first { $0.kind == .beacon }
                    events.removeAll { $0.kind == .beacon }
                    if lone, abs(time - 6.9) < 0.005, var pulse = first {
                        pulse.time += 1_500
                        events.append(pulse)
                        events.sort { $0.time < $1.time }
                    }
                })
        }
        let (with, without) = (fade(leaving: true), fade(leaving: false))
        #expect(with.statistics.accepted == without.statistics.accepted, "\(with.report)")
        #expect(with.largest == without.largest, "\(with.report), not \(without.report)")
    }

    @Test func timeThatRunsBackwardsIsCountedNotFollowed() {
        let scene = scene(duration: 12)
        let run = ClockRun(
            scene,
            disturb: { time, events in
                guard time >= 6 else { return }
                for index in events.indices { events[index].time -= 5 * second }
            })
        #expect(run.statistics.late > 1_000, "\(run.report)")
        #expect(run.slips == 0, "\(run.report)")
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func randomTagsNeitherTrapNorYieldValidTime(seed: UInt64) {
        var dice = Dice(seed)
        let run = ClockRun(
            scene(seed, duration: 2.5),
            disturb: { _, events in
                for index in events.indices {
                    switch Int(dice.uniform() * 8) {
                    case 0: events[index].time += Int64(dice.normal() * 1e11)
                    case 1: events[index].kind = .pps
                    case 2: events[index].time -= Int64(dice.uniform() * 1e12)
                    default: events[index].time += Int64(dice.uniform() * 1e10)
                    }
                }
                events.sort { $0.time < $1.time }
            })
        #expect(run.valid == 0, "seed \(seed): \(run.report)")
    }
}
