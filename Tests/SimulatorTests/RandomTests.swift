import Foundation
import Testing

@testable import Simulator

@Suite struct RandomTests {
    @Test func splitMixGivesThePublishedSequence() {
        // Outputs of the authors' C program for the seed 1234567.
        let published: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
        ]
        let ours = (0..<5).map { SplitMix.value(at: UInt64($0), key: 1_234_567) }
        #expect(ours == published)
    }

    @Test func xoshiroGivesThePublishedSequence() {
        // Outputs of the authors' C program for the state 1, 2, 3, 4.
        var generator = SeededGenerator(state: (1, 2, 3, 4))
        let published: [UInt64] = [
            41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386,
            9_228_616_714_210_784_205, 9_973_669_472_204_895_162,
        ]
        let ours = published.map { _ in generator.next() }
        #expect(ours == published)
    }

    @Test func normalDeviatesFollowTheNormalDistribution() {
        var generator = SeededGenerator(seed: 3, stream: 1)
        let count = 400_000
        var bins = [Int](repeating: 0, count: 100)
        for _ in 0..<count {
            // Through its own distribution function a deviate becomes uniform.
            let uniform = 0.5 * erfc(-generator.normal() / 2.0.squareRoot())
            bins[min(Int(uniform * 100), 99)] += 1
        }
        #expect(chiSquared(bins, expected: Double(count) / 100) < 160)
    }

    @Test func normalDeviatesReachTheTailAsOftenAsTheyShould() {
        var generator = SeededGenerator(seed: 5, stream: 1)
        var beyondThree = 0
        var beyondLayers = 0
        for _ in 0..<1_000_000 {
            let size = abs(generator.normal())
            if size > 3 { beyondThree += 1 }
            if size > 3.7 { beyondLayers += 1 }
        }
        #expect(isPoisson(beyondThree, expected: 2_699.8))
        #expect(isPoisson(beyondLayers, expected: 215.6))
    }

    @Test func exponentialDeviatesFollowTheExponentialDistribution() {
        var generator = SeededGenerator(seed: 4, stream: 1)
        let count = 400_000
        var bins = [Int](repeating: 0, count: 100)
        var beyondLayers = 0
        for _ in 0..<count {
            let deviate = generator.exponential()
            bins[min(Int((1 - exp(-deviate)) * 100), 99)] += 1
            if deviate > 7.8 { beyondLayers += 1 }
        }
        #expect(chiSquared(bins, expected: Double(count) / 100) < 160)
        #expect(isPoisson(beyondLayers, expected: Double(count) * exp(-7.8)))
    }

    /// For 100 bins the mean is 99 and the standard deviation 14.1.
    private func chiSquared(_ bins: [Int], expected: Double) -> Double {
        bins.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    }
}

@Suite struct StateSequenceTests {
    private let sequence = StateSequence(
        seed: 9, signalProbability: 0.5, decoyProbability: 0.25, rectilinearProbability: 0.5)

    @Test func classesBasesAndBitsComeAsOftenAsAskedAndIndependently() {
        let count = 600_000
        var cells = [Int](repeating: 0, count: 12)
        for slot in 0..<Int64(count) {
            let state = sequence.state(ofSlot: 1_000_000_007 + slot)
            cells[Int(state.intensity) * 4 + Int(state.basis) * 2 + Int(state.bit)] += 1
        }
        let probabilities = [0.5, 0.25, 0.25]
        for cell in 0..<12 {
            #expect(isPoisson(cells[cell], expected: Double(count) * probabilities[cell / 4] / 4))
        }
    }

    @Test func biasedChoicesKeepTheirBias() {
        let biased = StateSequence(
            seed: 9, signalProbability: 0.9, decoyProbability: 0.07, rectilinearProbability: 0.9)
        let states = (0..<Int64(300_000)).map { biased.state(ofSlot: $0) }
        #expect(isPoisson(states.filter { $0.intensity == 2 }.count, expected: 9_000))
        #expect(isPoisson(states.filter { $0.intensity == 1 }.count, expected: 21_000))
        #expect(isPoisson(states.filter { $0.basis == 1 }.count, expected: 30_000))
    }

    @Test func neighbouringSlotsAndNeighbouringSeedsAreIndependent() {
        let other = StateSequence(
            seed: 10, signalProbability: 0.5, decoyProbability: 0.25, rectilinearProbability: 0.5)
        var sameAsNext = 0
        var sameAsOther = 0
        for slot in 0..<Int64(200_000) {
            let bit = sequence.state(ofSlot: slot).bit
            if bit == sequence.state(ofSlot: slot + 1).bit { sameAsNext += 1 }
            if bit == other.state(ofSlot: slot).bit { sameAsOther += 1 }
        }
        #expect(abs(sameAsNext - 100_000) < 1_100)
        #expect(abs(sameAsOther - 100_000) < 1_100)
    }

    @Test func aSlotHoldsTheSameStateHoweverOftenAndWheneverItIsAsked() {
        let forwards = (-50..<50).map { sequence.state(ofSlot: Int64($0)) }
        let backwards = (-50..<50).reversed().map { sequence.state(ofSlot: Int64($0)) }
        #expect(forwards == backwards.reversed())
        // Pinned: a change here would make old recordings unreadable to the satellite peer.
        let pinned = (0..<8).map { slot in
            let state = sequence.state(ofSlot: Int64(slot))
            return Int(state.intensity) * 100 + Int(state.basis) * 10 + Int(state.bit)
        }
        #expect(pinned == StateSequenceTests.pinned)
    }

    private static let pinned = [200, 1, 11, 0, 10, 111, 0, 201]
}
