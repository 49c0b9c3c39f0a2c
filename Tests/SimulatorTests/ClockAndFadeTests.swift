import Testing

@testable import Simulator

private let second: Int64 = 1_000_000_000_000

/// Allan deviation of phases (ps) sampled every `stepSeconds`, at `stride` samples, overlapping.
private func allanDeviation(_ phases: [Double], stepSeconds: Double, stride: Int) -> Double {
    var sum = 0.0
    let count = phases.count - 2 * stride
    for index in 0..<count {
        let bend = phases[index + 2 * stride] - 2 * phases[index + stride] + phases[index]
        sum += bend * bend
    }
    let time = stepSeconds * Double(stride)
    return (sum / (2 * Double(count))).squareRoot() * 1e-12 / time
}

private func phases(white: Double, walk: Double, count: Int) -> [Double] {
    var clock = SimulatedClock(
        at: 0, frequencyError: 2e-7, whiteNoise: white, randomWalk: walk,
        generator: SeededGenerator(seed: 11, stream: 1))
    return (1...count).map { clock.advance(to: Int64($0) * second / 10) }
}

@Suite struct SimulatedClockTests {
    @Test(arguments: [(10, 1e-11), (40, 5e-12), (160, 2.5e-12)])
    func whiteFrequencyNoiseFallsWithTheRootOfTime(stride: Int, expected: Double) {
        let deviation = allanDeviation(
            phases(white: 1e-11, walk: 0, count: 40_000), stepSeconds: 0.1, stride: stride)
        #expect(abs(deviation / expected - 1) < 0.12)
    }

    @Test(arguments: [(100, 1.826e-12), (400, 3.651e-12)])
    func walkingFrequencyRisesWithTheRootOfAThirdOfTime(stride: Int, expected: Double) {
        let deviation = allanDeviation(
            phases(white: 0, walk: 1e-12, count: 60_000), stepSeconds: 0.1, stride: stride)
        #expect(abs(deviation / expected - 1) < 0.2)
    }

    @Test func aClockWithoutNoiseRunsAtItsError() {
        var clock = SimulatedClock(
            at: -second, frequencyError: -5e-7, whiteNoise: 0, randomWalk: 0,
            generator: SeededGenerator(seed: 1, stream: 1))
        #expect(abs(clock.advance(to: 0)) < 1e-6)
        #expect(abs(clock.advance(to: 100 * second) + 5e-5 * 1e12) < 1e-3)
    }
}

@Suite struct FadeProcessTests {
    @Test func fadesTakeTheirShareOfTimeWithLengthsSpreadOverTheirLogarithm() {
        var fades = FadeProcess(
            fraction: 0.25, shortest: second / 50, longest: 2 * second, deepShare: 0.05, start: 0,
            generator: SeededGenerator(seed: 2, stream: 1))
        var faded = 0
        var deep = 0
        var lengths: [Int] = []
        var length = 0
        let samples = 2_000_000
        for index in 0..<samples {
            let state = fades.state(at: Int64(index) * second / 100)
            if state.isFaded { faded += 1 }
            if state.isDeep { deep += 1 }
            if state.isFaded {
                length += 1
            } else if length > 0 {
                lengths.append(length); length = 0
            }
        }
        #expect(abs(Double(faded) / Double(samples) - 0.25) < 0.01)
        #expect(abs(Double(deep) / Double(faded) - 0.05) < 0.01)
        lengths.sort()
        // Half of all fades are shorter than the geometric mean, 0.2 s; fades may touch.
        let median = Double(lengths[lengths.count / 2]) / 100
        #expect(abs(median - 0.2) < 0.03)
        #expect(lengths[lengths.count - 1] < 450)
    }

    @Test func withoutAShareThereAreNoFades() {
        var fades = FadeProcess(
            fraction: 0, shortest: second / 50, longest: 2 * second, start: 0,
            generator: SeededGenerator(seed: 2, stream: 1))
        let states = (0..<1_000).map { fades.state(at: Int64($0) * second).isFaded }
        #expect(!states.contains(true))
    }
}
