import Simulator
import Testing

@Suite struct EntangledSourceTests {
    /// No noise, no dead time, nothing lost but by `efficiency`.
    private func quiet(efficiency: Double = 0.2, pairRate: Double = 5e4) -> EntangledParameters {
        var given = EntangledParameters()
        given.pairRateHertz = pairRate
        var arm = EntangledParameters.Arm()
        arm.lossDecibels = 0
        arm.efficiency = efficiency
        arm.backgroundHertz = 0
        arm.darkRateHertz = 0
        arm.jitterPicoseconds = 0
        arm.deadTimePicoseconds = 0
        (given.first, given.second) = (arm, arm)
        return given
    }

    private func run(
        _ given: EntangledParameters, steps: [Int64]
    ) -> (first: [EntangledClick], second: [EntangledClick], source: EntangledSource) {
        var source = EntangledSource(given)
        var (first, second): ([EntangledClick], [EntangledClick]) = ([], [])
        for step in steps {
            source.advance(to: step)
            first += source.first
            second += source.second
        }
        return (first, second, source)
    }

    private let oneSecond: Int64 = 1_000_000_000_000

    @Test func theRatesAreThoseOfTheSourceAndTheLosses() {
        var given = quiet()
        given.second.lossDecibels = 3.010_299_956_639_812
        let run = run(given, steps: [4 * oneSecond])
        func isNear(_ count: Int, _ mean: Double) -> Bool {
            abs(Double(count) - mean) < 5 * mean.squareRoot()
        }
        #expect(isNear(run.first.count, 4 * 1e4))
        #expect(isNear(run.second.count, 4 * 5e3))
        #expect(isNear(Int(run.source.pairsDetected), 4 * 1e3))
    }

    @Test func theBitsAgreeAsTheVisibilitySaysAndNotAcrossBases() {
        var given = quiet(efficiency: 0.9)
        given.rectilinearVisibility = 0.9
        given.diagonalVisibility = 0.6
        let run = run(given, steps: [oneSecond])
        var firsts: [Int64: UInt8] = [:]
        for click in run.first { if let pair = click.pair { firsts[pair] = click.detector } }
        // Same bits and all, by the two bases.
        var same = [[0.0, 0.0], [0.0, 0.0]]
        var all = same
        for click in run.second {
            guard let pair = click.pair, let first = firsts[pair] else { continue }
            let (a, b) = (Int(first >> 1), Int(click.detector >> 1))
            all[a][b] += 1
            if (first ^ click.detector) & 1 == 0 { same[a][b] += 1 }
        }
        let expected = [[0.95, 0.5], [0.5, 0.8]]
        for a in 0...1 {
            for b in 0...1 {
                let p = expected[a][b]
                let sigma = (p * (1 - p) / all[a][b]).squareRoot()
                #expect(abs(same[a][b] / all[a][b] - p) < 5 * sigma, "bases \(a), \(b)")
            }
        }
    }

    @Test func eachPhotonAloneIsEven() {
        let run = run(quiet(), steps: [2 * oneSecond])
        for clicks in [run.first, run.second] {
            for detector in UInt8(0)...3 {
                let count = Double(clicks.count { $0.detector == detector })
                let mean = Double(clicks.count) / 4
                #expect(abs(count - mean) < 5 * mean.squareRoot())
            }
        }
    }

    @Test func theTimesOfAPairDifferByTheClocksAndTheJitter() {
        var given = quiet()
        given.second.clockOffsetPicoseconds = -700
        given.second.clockFrequencyError = 1e-9
        given.first.jitterPicoseconds = 150
        given.second.jitterPicoseconds = 200
        let run = run(given, steps: [4 * oneSecond])
        var firsts: [Int64: Int64] = [:]
        for click in run.first { if let pair = click.pair { firsts[pair] = click.time } }
        var rests: [Double] = []
        for click in run.second {
            guard let pair = click.pair, let first = firsts[pair] else { continue }
            rests.append(Double(click.time - first) + 700 - 1e-9 * Double(first))
        }
        let count = Double(rests.count)
        let mean = rests.reduce(0, +) / count
        let spread = (rests.reduce(0) { $0 + $1 * $1 } / count).squareRoot()
        #expect(abs(mean) < 5 * 250 / count.squareRoot())
        #expect(abs(spread - 250) < 5 * 250 / (2 * count).squareRoot())
        let times = run.first.map(\.time)
        #expect(times == times.sorted())
    }

    @Test func noiseIsOfNoPairAndHasItsRate() {
        var given = quiet(efficiency: 0)
        given.first.backgroundHertz = 900
        given.first.darkRateHertz = 100
        let run = run(given, steps: [5 * oneSecond])
        #expect(run.second.isEmpty)
        #expect(run.first.allSatisfy { $0.pair == nil })
        #expect(abs(Double(run.first.count) - 20_000) < 5 * 20_000.0.squareRoot())
    }

    @Test func noDetectorFiresWithinItsDeadTime() {
        var given = quiet(efficiency: 0.9, pairRate: 2e6)
        given.first.deadTimePicoseconds = 1_000_000
        let run = run(given, steps: [oneSecond / 50])
        for detector in UInt8(0)...3 {
            let times = run.first.filter { $0.detector == detector }.map(\.time)
            let shortest = zip(times.dropFirst(), times).map { $0 - $1 }.min() ?? 0
            #expect(shortest >= 1_000_000)
        }
        let counts = run.source.firstCounts
        #expect(counts.deadTimeLosses > 0)
        #expect(counts.photons + counts.noise - counts.deadTimeLosses >= Int64(run.first.count))
    }

    @Test func howTheTimeIsCutMakesNoDifference() {
        var given = EntangledParameters()
        given.seed = 5
        let whole = run(given, steps: [oneSecond / 10])
        let cut = run(
            given, steps: (1...100).map { $0 * oneSecond / 1_000 }.filter { $0 % 7 != 3 })
        #expect(whole.first == cut.first && whole.second == cut.second)
        given.seed = 6
        let other = run(given, steps: [oneSecond / 10])
        #expect(other.first != whole.first)
    }

    @Test func parametersOutOfRangeAreAllNamed() {
        var given = EntangledParameters()
        given.pairRateHertz = -1
        given.rectilinearVisibility = 1.1
        given.second.efficiency = .nan
        #expect(
            given.faults.map(\.field) == [
                "entangled.pairRateHertz", "entangled.rectilinearVisibility",
                "entangled.second.efficiency",
            ])
        #expect(EntangledParameters().faults.isEmpty)
    }
}
