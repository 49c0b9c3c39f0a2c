import Testing

@testable import ClockSync

/// What the clock reaches on short passes of the reference case, and how honest it is about it.
@Suite struct BeaconClockTests {
    private func reference(seed: UInt64, photons: Bool) -> Scene {
        var scene = Scene()
        scene.seed = seed
        scene.fades = Scene.fading(share: 0.25, until: scene.duration, seed: seed)
        scene.photonRate = photons ? 4_000 : 0
        return scene
    }

    @Test(arguments: 1...2 as ClosedRange<UInt64>)
    func aMinuteThroughFadesHoldsFifteenPicosecondsWithPhotons(seed: UInt64) {
        let run = ClockRun(reference(seed: seed, photons: true))
        #expect(run.rms < 15, "seed \(seed): \(run.report)")
        #expect(run.validFraction > 0.85, "seed \(seed): \(run.report)")
        #expect(run.slips == 0, "seed \(seed): \(run.report)")
    }

    @Test(arguments: 1...2 as ClosedRange<UInt64>)
    func aMinuteThroughFadesHoldsThirtyPicosecondsOnTheBeaconAlone(seed: UInt64) {
        let run = ClockRun(reference(seed: seed, photons: false))
        #expect(run.rms < 30, "seed \(seed): \(run.report)")
        #expect(run.validFraction > 0.85, "seed \(seed): \(run.report)")
        #expect(run.slips == 0, "seed \(seed): \(run.report)")
    }

    @Test(arguments: [true, false])
    func thePublishedSigmaIsHonestOverSeeds(photons: Bool) {
        var squares = 0.0
        for seed in 11...14 as ClosedRange<UInt64> {
            var scene = reference(seed: seed, photons: photons)
            scene.duration = 20
            scene.culmination = 10
            let run = ClockRun(scene)
            #expect(run.normalisedError < 1.5, "seed \(seed): \(run.report)")
            squares += run.normalisedError * run.normalisedError / 4
        }
        #expect(squares.squareRoot() <= 1.2, "normalised error \(squares.squareRoot())")
        // A sigma far too large would throw key away.
        #expect(squares.squareRoot() >= 0.4, "normalised error \(squares.squareRoot())")
    }

    @Test func innovationsAreAsLargeAsTheFilterPredicts() {
        let run = ClockRun(reference(seed: 3, photons: true))
        let ratio = run.statistics.squaredInnovations / Double(run.statistics.innovations)
        #expect((0.8...1.25).contains(ratio), "\(ratio)")
    }

    @Test func aLongerLookAheadHelpsInFades() {
        let scene = reference(seed: 5, photons: false)
        let short = ClockRun(scene, lagBlocks: 1)
        let long = ClockRun(scene, lagBlocks: 100)
        #expect(long.rms < short.rms, "\(long.rms) ps against \(short.rms) ps")
        #expect(long.validFraction >= short.validFraction)
    }

    @Test func theRangeRateChangesSignWithoutATrace() {
        // The dynamics are strongest about culmination: 0.39 ppm a second at 500 km.
        var scene = Scene()
        scene.duration = 20
        scene.culmination = 10
        let run = ClockRun(scene)
        #expect(run.slips == 0)
        #expect(run.rms < 10, "\(run.report)")
        #expect(run.largest < 80, "\(run.report)")
    }

    @Test func aQuietBeaconIsTrackedToFewPicoseconds() {
        var scene = Scene()
        scene.duration = 20
        scene.culmination = 10
        scene.jitter = 100
        scene.missed = 0.05
        scene.photonRate = 0
        let run = ClockRun(scene) { $0.beaconJitter = 100 }
        #expect(run.rms < 5, "\(run.report)")
    }

    @Test(arguments: [(0.8, 500.0, 1_000.0), (0.3, 500, 10_000), (0.3, 1_000, 1_000)])
    func hardBeaconsAreFollowed(missed: Double, jitter: Double, falseRate: Double) {
        var scene = reference(seed: 21, photons: false)
        scene.duration = 20
        scene.culmination = 10
        scene.missed = missed
        scene.jitter = jitter
        scene.falseRate = falseRate
        let run = ClockRun(scene)
        #expect(run.slips == 0, "\(run.report)")
        #expect(run.rms < 40, "\(run.report)")
        #expect(run.validFraction > 0.75, "\(run.report)")
    }

    @Test func timeIsExactAfterDaysOfTagging() {
        // Four days are 3.5e17 ps: a double there counts in steps of 64 ps.
        var scene = Scene()
        scene.duration = 10
        scene.culmination = 5
        scene.offset = 345_600 * second + 7
        let run = ClockRun(scene)
        #expect(run.rms < 15, "\(run.report)")
        #expect(run.slips == 0)
        #expect(run.validFraction > 0.85)
    }

    @Test func quantumLightThatIsLateByDesignIsFound() {
        var scene = Scene()
        scene.duration = 20
        scene.culmination = 10
        scene.lateness = 140
        let run = ClockRun(scene)
        #expect(run.rms < 15, "\(run.report)")
        #expect(run.statistics.phaseRejections < 5)
    }

    @Test func phasesAcrossTheSlotEdgeAreUnwrappedByPrediction() {
        // Calibrated to 300 ps, late by 700: half the phases lie beyond the edge of the slot.
        var scene = Scene()
        scene.duration = 20
        scene.culmination = 10
        scene.lateness = 700
        let run = ClockRun(scene) { $0.offsetSigma = 300 }
        #expect(run.slips == 0, "\(run.report)")
        #expect(run.rms < 30, "\(run.report)")
    }

    @Test func everySegmentFollowsItsNeighbour() {
        var scene = Scene()
        scene.duration = 6
        let run = ClockRun(scene)
        // One segment per millisecond from the first block to the last but one.
        #expect(abs(run.total - 5_990) < 40, "\(run.total) segments")
    }
}
