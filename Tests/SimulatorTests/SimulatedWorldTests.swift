import Foundation
import Orbit
import Simulator
import Testing
import TimeTags

private let second = 1_000_000_000_000.0

private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

private func deviation(_ values: [Double]) -> Double {
    let middle = mean(values)
    return (values.reduce(0) { $0 + ($1 - middle) * ($1 - middle) } / Double(values.count))
        .squareRoot()
}

@Suite struct TimeOfTheWorldTests {
    @Test func everyBeaconPulseArrivesWhenOrbitAndClocksSayItShould() throws {
        var parameters = quietWorld()
        parameters.geometry = WorldParameters.Geometry()
        parameters.geometry.culminationDegrees = 30
        parameters.geometry.lowestElevationDegrees = 29.9
        parameters.clocks.satelliteFrequencyError = 2e-7
        parameters.clocks.stationFrequencyError = -5e-7
        parameters.clocks.stationOffsetPicoseconds = 13_000_000
        parameters.detectors.efficiency = 0
        parameters.channels.beacon.skewPicoseconds = 25
        let orbit = parameters.trueOrbit
        var world = SimulatedWorld(parameters)
        var pulse: Int64 = 0
        var worst = 0.0
        world.run { tag, _ in
            guard tag.channel == 2 else { return }
            // The satellite's clock is ahead by 2e-7 of the time since the start.
            let satellite = pulse * 100_000_000
            let emission = satellite - Int64((Double(satellite) * 2e-7 / (1 + 2e-7)).rounded())
            let arrival = emission + Int64(orbit.lightTime(emittedAt: emission).rounded())
            let tagger = arrival + 13_000_000 + Int64((Double(arrival) * -5e-7).rounded())
            worst = max(worst, abs(Double(tag.time - tagger) - 25))
            pulse += 1
        }
        #expect(pulse > 150_000)
        #expect(worst <= 3)
    }

    @Test func theTruthMapTakesEveryTagBackToItsPulse() {
        var parameters = quietWorld(durationSeconds: 20)
        parameters.geometry = WorldParameters.Geometry()
        parameters.geometry.lowestElevationDegrees = 79.8
        parameters.clocks = WorldParameters.Clocks()
        parameters.detectors.efficiency = 0
        var world = SimulatedWorld(parameters)
        var pulse: Int64 = 0
        var worst: Int64 = 0
        var missing = 0
        world.run { tag, truth in
            guard tag.channel == 2 else { return }
            guard let satellite = truth.satelliteTime(atTag: tag.time),
                let back = truth.tagTime(atSatellite: satellite)
            else {
                missing += 1
                return
            }
            worst = max(worst, abs(satellite - pulse * 100_000_000), abs(back - tag.time))
            pulse += 1
        }
        #expect(missing == 0)
        #expect(worst <= 1)
    }

    @Test func theTruthMapBendsLessThanATenthOfAPicosecondBetweenItsKnots() {
        let orbit = WorldParameters().trueOrbit
        var worst = 0.0
        for time in stride(from: 0.0, through: orbit.duration, by: 0.5) {
            let middle = orbit.look(at: time + 0.0005).lightTime
            let chord =
                (orbit.look(at: time).lightTime + orbit.look(at: time + 0.001).lightTime) / 2
            worst = max(worst, abs(middle - chord))
        }
        #expect(worst < 0.1)
    }

    @Test func theTruthMapKnowsOnlyTheLastSeconds() throws {
        var world = SimulatedWorld(darkWorld(durationSeconds: 20))
        world.advance(to: 20_000_000_000_000)
        let range = world.truth.tagRange
        #expect(world.truth.satelliteTime(atTag: range.lowerBound - 1) == nil)
        #expect(world.truth.satelliteTime(atTag: range.upperBound) == nil)
        let inside = try #require(world.truth.satelliteTime(atTag: 19_000_000_000_000))
        #expect(inside < 19_000_000_000_000)
        #expect(Double(range.upperBound - range.lowerBound) > 10 * second)
    }

    @Test func theSecondPulseMarksUTCOnTheStationClock() {
        var parameters = darkWorld(durationSeconds: 200)
        parameters.transmitter.beaconPeriodPicoseconds = 1_000_000_000_000
        parameters.clocks.ppsJitterPicoseconds = 20_000
        parameters.clocks.stationFrequencyError = -5e-7
        parameters.clocks.stationOffsetPicoseconds = 13_000_000
        var world = SimulatedWorld(parameters)
        let tags = world.allTags(on: [1])
        #expect(tags.count == 201)
        let errors = tags.enumerated().map { index, tag in
            Double(tag.time) - 13_000_000 - Double(index) * (second - 500_000)
        }
        #expect(abs(mean(errors)) < 4.5 * 20_000 / 201.0.squareRoot())
        #expect(abs(deviation(errors) / 20_000 - 1) < 0.2)
    }
}

@Suite struct BeaconTests {
    @Test func jitterMissedAndFalsePulsesComeAsAsked() {
        var parameters = darkWorld(durationSeconds: 10)
        parameters.beacon.jitterPicoseconds = 500
        parameters.beacon.missedProbability = 0.3
        parameters.beacon.falseRateHertz = 1_000
        var world = SimulatedWorld(parameters)
        var offsets: [Double] = []
        var others = 0
        world.run { tag, truth in
            guard tag.channel == 2 else { return }
            guard let satellite = truth.satelliteTime(atTag: tag.time) else { return }
            let off = (satellite + 50_000_000) % 100_000_000 - 50_000_000
            if abs(off) < 5_000 { offsets.append(Double(off)) } else { others += 1 }
        }
        // False pulses fall into the 10 ns around a pulse once in 10,000 times.
        #expect(abs(Double(offsets.count) - 70_000) < 4.5 * 145)
        #expect(isPoisson(others, expected: 1_000 * 10.0))
        #expect(abs(mean(offsets)) < 4.5 * 500 / 70_000.0.squareRoot())
        #expect(abs(deviation(offsets) / 500 - 1) < 0.02)
    }

    @Test func fadesHideTheBeaconAndSomeOfThemThePhotons() {
        var parameters = quietWorld(durationSeconds: 60, lossDecibels: 45)
        parameters.beacon.fadeFraction = 0.4
        parameters.beacon.fadeLongestPicoseconds = 200_000_000_000
        parameters.beacon.photonFadeFraction = 0.5
        var world = SimulatedWorld(parameters)
        var beacon = [Bool](repeating: false, count: 6_100)
        var photons = [Bool](repeating: false, count: 6_100)
        world.run { tag, _ in
            let bin = Int(tag.time / 10_000_000_000)
            guard bin < 6_000 else { return }
            if tag.channel == 2 {
                beacon[bin] = true
            } else if tag.channel > 2 {
                photons[bin] = true
            }
        }
        let hidden = (1..<6_000).filter { !beacon[$0] }
        let dark = (1..<6_000).filter { !photons[$0] }
        // Bins of 10 ms that a fade covers whole; the shortest fade is 20 ms.
        #expect(hidden.count > 1_500 && hidden.count < 2_700)
        #expect(abs(Double(dark.count) / Double(hidden.count) - 0.5) < 0.15)
        #expect(dark.allSatisfy { !beacon[$0] })
        #expect(world.counts.beaconFaded > 150_000)
    }

    @Test func amplitudeWalkMovesNeighbouringPulsesTogether() {
        var parameters = darkWorld(durationSeconds: 10)
        parameters.beacon.amplitudeWalkPicoseconds = 100
        parameters.beacon.scintillation = 0.3
        var world = SimulatedWorld(parameters)
        let offsets = world.allTags(on: [2]).map { Double(($0.time + 50_000_000) % 100_000_000) }
        // The logarithm of a power of relative deviation 0.3 deviates by 0.2936.
        #expect(abs(deviation(offsets) / 29.36 - 1) < 0.15)
        let steps = zip(offsets.dropFirst(), offsets).map { $0 - $1 }
        #expect(deviation(steps) < 6)
    }
}

@Suite struct QuantumLightTests {
    @Test func theCountRateFollowsTheLinkBudget() {
        var world = SimulatedWorld(quietWorld(lossDecibels: 35))
        let count = world.allTags(on: detectorInputs).count
        // 625 MHz x (0.5 x 0.8 + 0.25 x 0.1) photons, 35 dB, 55 %, 2 s.
        let expected = 625e6 * 0.425 * pow(10, -3.5) * 0.55 * 2
        #expect(isPoisson(count, expected: expected))
    }

    @Test func aBrightSlotHoldsSeveralPhotonsAsPoissonSays() {
        var parameters = quietWorld(durationSeconds: 1, lossDecibels: 0)
        parameters.transmitter.slotPeriodPicoseconds = 1_000_000
        parameters.detectors.efficiency = 1
        parameters.transmitter.signalProbability = 1
        parameters.transmitter.decoyProbability = 0
        var world = SimulatedWorld(parameters)
        var perSlot: [Int64: Int] = [:]
        world.run { tag, truth in
            guard tag.channel > 2, let time = truth.satelliteTime(atTag: tag.time) else { return }
            perSlot[(time + 500_000) / 1_000_000, default: 0] += 1
        }
        // Without dead time every photon of a slot of mean 0.8 is a tag.
        let slots = 1e6
        for number in 1...4 {
            let factorial = Double((1...number).reduce(1, *))
            let expected = slots * exp(-0.8) * pow(0.8, Double(number)) / factorial
            #expect(isPoisson(perSlot.values.filter { $0 == number }.count, expected: expected))
        }
    }

    @Test func errorsComeFromMisalignmentAndBackground() throws {
        var parameters = quietWorld(durationSeconds: 4, lossDecibels: 40)
        parameters.optics.misalignmentError = 0.03
        parameters.optics.backgroundHertz = 300
        parameters.detectors.darkRateHertz = 200
        parameters.detectors.jitterPicoseconds = 150
        var world = SimulatedWorld(parameters)
        let score = sift(&world, gatePicoseconds: 1_600)
        // Photons of all classes; background is even over bases and bits.
        let photons = 625e6 * 0.425 * 1e-4 * 0.55 * 4
        let background = 500.0 * 4 * 4
        let errors = photons / 2 * 0.03 + background / 4
        let matched = photons / 2 + background / 2
        #expect(isPoisson(score.matched, expected: matched))
        #expect(isPoisson(score.errors, expected: errors))
    }

    @Test func receiverAndTransmitterBiasSetTheMatchedShare() {
        var parameters = quietWorld(lossDecibels: 40)
        parameters.transmitter.rectilinearProbability = 0.9
        parameters.optics.receiverRectilinearProbability = 0.8
        var world = SimulatedWorld(parameters)
        let score = sift(&world, gatePicoseconds: 1_600)
        let share = 0.9 * 0.8 + 0.1 * 0.2
        let count = Double(score.all)
        #expect(abs(Double(score.matched) / count - share) < 4.5 * (0.25 / count).squareRoot())
        #expect(score.errors == 0)
    }

    @Test func tagsAreLateBySkewAndSpreadByJitter() {
        var parameters = quietWorld(lossDecibels: 38)
        parameters.detectors.jitterPicoseconds = 229
        var world = SimulatedWorld(parameters)
        var offsets: [UInt8: [Double]] = [:]
        world.run { tag, truth in
            guard tag.channel > 2, let time = truth.satelliteTime(atTag: tag.time) else { return }
            offsets[tag.channel, default: []].append(Double((time + 800) % 1_600 - 800))
        }
        for (channel, skew) in [(3, 40.0), (4, -35), (5, 12), (6, -80)] as [(UInt8, Double)] {
            let values = offsets[channel] ?? []
            #expect(values.count > 10_000)
            #expect(abs(mean(values) - skew) < 4.5 * 229 / Double(values.count).squareRoot() + 1)
            #expect(abs(deviation(values) / 229 - 1) < 0.03)
        }
    }

    @Test func scintillationSpreadsThePowerAndKeepsItsMean() {
        var parameters = quietWorld(durationSeconds: 40, lossDecibels: 40)
        parameters.optics.scintillation = 0.5
        var world = SimulatedWorld(parameters)
        var bins = [Double](repeating: 0, count: 40_100)
        world.run { tag, _ in
            if tag.channel > 2 { bins[Int(tag.time / 1_000_000_000)] += 1 }
        }
        let used = Array(bins[10..<40_000])
        let average = mean(used)
        // 14.6 photons a millisecond; the mean wanders by 0.5 x sqrt(2 x 10 ms / 40 s).
        #expect(abs(average / (625e6 * 0.425 * 1e-4 * 0.55 * 1e-3) - 1) < 0.04)
        let excess = deviation(used) * deviation(used) - average
        #expect(abs(excess.squareRoot() / average - 0.5) < 0.04)
        // Ten milliseconds on, the logarithm remembers 1/e of itself.
        let products = zip(used, used.dropFirst(10)).map { ($0 - average) * ($1 - average) }
        let memory = log(1 + mean(products) / (average * average)) / log(1.25)
        #expect(abs(memory - exp(-1)) < 0.08)
    }

    /// What the station would sift with a perfect clock.
    private func sift(
        _ world: inout SimulatedWorld, gatePicoseconds: Int64
    ) -> (all: Int, matched: Int, errors: Int) {
        let sequence = world.sequence
        var (all, matched, errors) = (0, 0, 0)
        let skews: [Int64] = [40, -35, 12, -80]
        world.run { tag, truth in
            guard tag.channel > 2 else { return }
            let detector = Int(tag.channel) - 3
            guard let time = truth.satelliteTime(atTag: tag.time - skews[detector]) else { return }
            let slot = (time + 800) / 1_600
            guard 2 * abs(time - slot * 1_600) <= gatePicoseconds else { return }
            let state = sequence.state(ofSlot: slot)
            all += 1
            guard Int(state.basis) == detector / 2 else { return }
            matched += 1
            if Int(state.bit) != detector % 2 { errors += 1 }
        }
        return (all, matched, errors)
    }
}

@Suite struct DetectorTests {
    @Test func backgroundAndDarkCountsArePoissonOnEveryDetector() {
        var parameters = darkWorld(durationSeconds: 20)
        parameters.optics.backgroundHertz = 400
        parameters.detectors.darkRateHertz = 50
        var world = SimulatedWorld(parameters)
        let tags = world.allTags(on: detectorInputs)
        for channel in detectorInputs {
            let own = tags.filter { $0.channel == channel }
            #expect(isPoisson(own.count, expected: 450 * 20))
            // Fano factor of 10 ms bins: 1 within 4.5 x sqrt(2 / 2000).
            var bins = [Double](repeating: 0, count: 2_010)
            for tag in own { bins[Int(tag.time / 10_000_000_000)] += 1 }
            let used = Array(bins[0..<2_000])
            let fano = deviation(used) * deviation(used) / mean(used)
            #expect(abs(fano - 1) < 0.15)
        }
    }

    @Test func noDetectorFiresWithinItsDeadTimeAndTheRateFallsAsTheoryHasIt() {
        var parameters = darkWorld(durationSeconds: 0.1)
        parameters.optics.backgroundHertz = 500_000
        parameters.detectors.deadTimePicoseconds = 200_000
        var world = SimulatedWorld(parameters)
        var times: [UInt8: [Int64]] = [:]
        world.run { tag, _ in
            guard tag.channel > 2, tag.time < 100_000_000_000 else { return }
            times[tag.channel, default: []].append(tag.time)
        }
        for channel in detectorInputs {
            let times = times[channel] ?? []
            let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
            #expect((gaps.min() ?? 0) >= 200_000)
            // Non-paralysable: n / (1 + n t), here 500 k / 1.1, with less than Poisson spread.
            #expect(isPoisson(times.count, expected: 0.1 * 500_000 / 1.1))
        }
        #expect(world.counts.deadTimeLosses > 15_000)
    }

    @Test func afterPulsesFollowWithTheirProbabilityAndTheirTime() {
        var parameters = darkWorld(durationSeconds: 5)
        parameters.optics.backgroundHertz = 20_000
        parameters.detectors.deadTimePicoseconds = 30_000
        parameters.detectors.afterpulseProbability = 0.05
        parameters.detectors.afterpulseTimePicoseconds = 40_000
        var world = SimulatedWorld(parameters)
        var last: [UInt8: Int64] = [:]
        var waits: [Double] = []
        var total = 0
        world.run { tag, _ in
            guard tag.channel > 2 else { return }
            total += 1
            let gap = tag.time - (last[tag.channel] ?? -1_000_000_000)
            last[tag.channel] = tag.time
            if gap < 430_000 { waits.append(Double(gap - 30_000)) }
        }
        // Of 400 ns after the dead time, 21 kHz of others fill 0.84 %.
        let chance = 0.05 + 21_000 * 400e-9 * 0.95
        #expect(isPoisson(waits.count, expected: Double(total) * chance))
        let early = waits.filter { $0 < 40_000 }.count
        let expected = 0.05 * (1 - exp(-1)) + 21_000 * 40e-9
        #expect(isPoisson(early, expected: Double(total) * expected))
    }
}

@Suite struct OneSeedOneRunTests {
    /// Four tenths of a second of everything at once, as a digest.
    private func digest(seed: UInt64, stepPicoseconds: Int64) -> UInt64 {
        var parameters = WorldParameters()
        parameters.seed = seed
        parameters.geometry.lowestElevationDegrees = 80.5
        var world = SimulatedWorld(parameters)
        var hash: UInt64 = 14_695_981_039_346_656_037
        var time: Int64 = 0
        while time < 400_000_000_000 {
            time = min(time + stepPicoseconds, 400_000_000_000)
            world.advance(to: time)
            for tag in world.tags {
                hash = (hash ^ UInt64(bitPattern: tag.time)) &* 1_099_511_628_211
                hash = (hash ^ UInt64(tag.channel)) &* 1_099_511_628_211
            }
        }
        return hash
    }

    @Test func oneSeedGivesOneRunWhateverTheSteps() {
        let once = digest(seed: 1, stepPicoseconds: 10_000_000_000)
        #expect(digest(seed: 1, stepPicoseconds: 10_000_000_000) == once)
        #expect(digest(seed: 1, stepPicoseconds: 3_333_333_333) == once)
        #expect(digest(seed: 1, stepPicoseconds: 700_000_000) == once)
        #expect(digest(seed: 1, stepPicoseconds: 400_000_000_000) == once)
        #expect(digest(seed: 2, stepPicoseconds: 10_000_000_000) != once)
    }

    @Test func tagsAreInOrderAndNeverFromTheFuture() {
        var parameters = WorldParameters()
        parameters.geometry.lowestElevationDegrees = 80.5
        parameters.optics.lossDecibels = 25
        var world = SimulatedWorld(parameters)
        var (last, disorder, early): (Int64, Int, Int) = (0, 0, 0)
        var time: Int64 = 0
        while time < 500_000_000_000 {
            time += 1_234_567_890
            world.advance(to: time)
            for tag in world.tags {
                if tag.time < last { disorder += 1 }
                last = tag.time
            }
            // The station's clock is 13 us ahead and slow by 0.5 us a second.
            if last > time + 13_000_000 { early += 1 }
        }
        #expect(disorder == 0)
        #expect(early == 0)
        #expect(world.counts.tags > 100_000)
    }
}

@Suite struct PublishedPassTests {
    /// The published Micius pass, `speedUp` times as fast, so that the test is short.
    private func micius(speedUp: Double) -> WorldParameters {
        var world = quietWorld()
        world.transmitter.slotPeriodPicoseconds = 10_000
        world.geometry.rangeTable = WorldParameters.RangeTable(
            firstMetres: 1_196_000, closestMetres: 645_000, lastMetres: 1_189_000,
            durationSeconds: 273 / speedUp)
        let ranges = stride(from: 650.0, through: 1_200, by: 50)
        let losses = [
            29.8, 30.5, 30.9, 30.9, 31.8, 32.3, 33.1, 34.4, 35.5, 36.1, 37.3, 40.3,
        ]
        world.optics.lossTable = zip(ranges, losses).map { range, loss in
            WorldParameters.RangeLoss(
                rangeMetres: range == 650 ? 645_000 : range * 1_000, lossDecibels: loss)
        }
        world.optics.scintillation = 0.15
        world.optics.dipFraction = 0.1
        world.optics.dipTransmittance = 0.35
        world.optics.dipShortestPicoseconds = Int64(500_000_000_000 / speedUp)
        world.optics.dipLongestPicoseconds = Int64(5_000_000_000_000 / speedUp)
        world.optics.misalignmentError = 0.009
        world.optics.backgroundHertz = 100
        world.detectors = WorldParameters.Detectors()
        world.detectors.efficiency = 0.5
        world.detectors.darkRateHertz = 25
        return world
    }

    @Test func theMiciusPassSiftsWhatWasPublished() {
        let speedUp = 60.0
        var world = SimulatedWorld(micius(speedUp: speedUp))
        let sequence = world.sequence
        var (sifted, errors) = (0, 0)
        let skews: [Int64] = [40, -35, 12, -80]
        world.run { tag, truth in
            guard tag.channel > 2 else { return }
            let detector = Int(tag.channel) - 3
            guard let time = truth.satelliteTime(atTag: tag.time - skews[detector]) else { return }
            let slot = (time + 5_000) / 10_000
            guard 2 * abs(time - slot * 10_000) <= 2_000 else { return }
            let state = sequence.state(ofSlot: slot)
            guard state.intensity == 0, Int(state.basis) == detector / 2 else { return }
            sifted += 1
            if Int(state.bit) != detector % 2 { errors += 1 }
        }
        // Signal class, matched bases, inside 2 ns: 1,671,072 bits and an error of 1.1 %.
        #expect(abs(Double(sifted) * speedUp / 1_671_072 - 1) < 0.1)
        #expect(abs(Double(errors) / Double(sifted) - 0.011) < 0.003)
    }
}
