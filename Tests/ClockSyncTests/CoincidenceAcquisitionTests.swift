import Foundation
import Testing

@testable import ClockSync

/// Two taggers that share photon pairs, with a known line between their clocks.
struct SyntheticPairs {
    var referenceRate = 100_000.0
    var otherRate = 300_000.0
    var pairRate = 10_000.0
    var jitter = 300.0
    var seconds = 1.3
    var offset = 1_234_567_000.0
    var frequency = 5e-6
    /// Change of the frequency, 1/s.
    var drift = 0.0

    func photons(seed: UInt64) -> (reference: [Int64], other: [Int64]) {
        var random = SplitMix64(state: seed)
        func times(_ rate: Double) -> [Double] {
            var times: [Double] = []
            var time = 0.0
            while true {
                time -= log(1 - random.uniform()) / rate
                if time > seconds { return times }
                times.append(time * 1e12)
            }
        }
        let start = 5e12
        let pairs = times(pairRate)
        let reference =
            (times(referenceRate - pairRate) + pairs.map { $0 + jitter * random.normal() })
            .map { Int64((start + $0).rounded()) }
        let other = (times(otherRate - pairRate) + pairs.map { $0 + jitter * random.normal() })
            .map { time in
                let late = offset + frequency * time + drift * time * time * 0.5e-12
                return Int64((start + time + late).rounded())
            }
        return (reference.sorted(), other.sorted())
    }

    func align(
        seed: UInt64, configuration: CoincidenceConfiguration = CoincidenceConfiguration()
    ) throws -> CoincidenceAlignment {
        let (reference, other) = photons(seed: seed)
        return try aligned(reference, other, configuration)
    }

    /// True lateness of the other tagger at reference time `origin`, ps.
    func truth(at origin: Int64) -> Double { offset + frequency * (Double(origin) - 5e12) }
}

func aligned(
    _ reference: [Int64], _ other: [Int64],
    _ configuration: CoincidenceConfiguration = CoincidenceConfiguration()
) throws -> CoincidenceAlignment {
    let storage = UnsafeMutableRawPointer.allocate(
        byteCount: CoincidenceAcquisition.storageBytes, alignment: 64)
    defer { storage.deallocate() }
    return try reference.withUnsafeBufferPointer { reference in
        try other.withUnsafeBufferPointer { other in
            try CoincidenceAcquisition.align(
                reference: reference, other: other, configuration: configuration,
                storage: storage)
        }
    }
}

@Suite("Two taggers aligned by coincident photons")
struct CoincidenceAcquisitionTests {
    @Test(
        "offset and frequency are found to 0.1 ns",
        arguments: [
            (1_234_567_000.0, 5e-6), (-1_234_567_000.0, -10e-6), (0.0, 10e-6),
            (150_000_000_123.0, 0.0), (-190_000_000_456.0, 19e-6),
        ])
    func accurate(offset: Double, frequency: Double) throws {
        var pairs = SyntheticPairs()
        pairs.offset = offset
        pairs.frequency = frequency
        let found = try pairs.align(seed: 1)
        #expect(abs(found.offset - pairs.truth(at: found.origin)) < 100)
        #expect(abs(found.frequency - frequency) < 2e-10)
        #expect(abs(found.jitter / 424 - 1) < 0.1)
        #expect(found.span > 0.9)
    }

    @Test("pairs that fall half into each of two bins do not mislead the frequency, for 12 seeds")
    func splitPeak() throws {
        var pairs = SyntheticPairs()
        pairs.otherRate = 1_000_000
        pairs.pairRate = 14_000
        pairs.seconds = 0.1
        for seed in 1...12 as ClosedRange<UInt64> {
            pairs.frequency = seed % 2 == 0 ? 10e-6 : -10e-6
            // Seed 8 was once taken for -10 ppm, out of reach of the true frequency.
            pairs.offset = 1_234_567_000 + Double(seed) * 23_456
            let found = try pairs.align(seed: seed)
            #expect(abs(found.frequency - pairs.frequency) < 2e-8, "seed \(seed)")
        }
    }

    @Test("a span with more pairs than there is room for is used to its end")
    func longSpan() throws {
        var pairs = SyntheticPairs()
        pairs.referenceRate = 60_000
        pairs.otherRate = 60_000
        pairs.pairRate = 40_000
        pairs.seconds = 5
        var configuration = CoincidenceConfiguration()
        configuration.span = 5_000_000_000_000
        let found = try pairs.align(seed: 8, configuration: configuration)
        #expect(found.span > 4.9)
        #expect(abs(found.frequency - pairs.frequency) < 5e-12)
        let atEnd = found.offset + (found.frequency - pairs.frequency) * 20e12
        #expect(abs(atEnd - pairs.truth(at: found.origin)) < 100)
    }

    @Test("its sigma is honest over seeds")
    func honestSigma() throws {
        let pairs = SyntheticPairs()
        var offsets = 0.0
        var frequencies = 0.0
        let seeds: ClosedRange<UInt64> = 20...49
        for seed in seeds {
            let found = try pairs.align(seed: seed)
            let offset = (found.offset - pairs.truth(at: found.origin)) / found.offsetSigma
            let frequency = (found.frequency - pairs.frequency) / found.frequencySigma
            offsets += offset * offset
            frequencies += frequency * frequency
        }
        let count = Double(seeds.count)
        let offsetError = (offsets / count).squareRoot()
        let frequencyError = (frequencies / count).squareRoot()
        #expect(offsetError > 0.7 && offsetError < 1.35, "offset \(offsetError)")
        #expect(frequencyError > 0.7 && frequencyError < 1.35, "frequency \(frequencyError)")
    }

    @Test("few pairs among many singles are found with longer slices")
    func faint() throws {
        var pairs = SyntheticPairs()
        pairs.pairRate = 4_000
        let found = try pairs.align(seed: 3)
        #expect(abs(found.offset - pairs.truth(at: found.origin)) < 500)
    }

    @Test("unrelated recordings are not aligned, for 3 seeds")
    func noPairs() {
        var pairs = SyntheticPairs()
        pairs.pairRate = 0.001
        for seed in 60..<63 as Range<UInt64> {
            #expect {
                _ = try pairs.align(seed: seed)
            } throws: { error in
                switch error as? CoincidenceError {
                case .noCoincidences, .notALine: true
                default: false
                }
            }
        }
    }

    @Test("a frequency that changes is followed over the span that fits a line")
    func drift() throws {
        var pairs = SyntheticPairs()
        pairs.drift = 0.3e-6
        let found = try pairs.align(seed: 4)
        #expect(found.span < 0.7)
        #expect(abs(found.offset - pairs.truth(at: found.origin)) < 5_000)
    }

    @Test("misuse is refused with what is wrong")
    func misuse() {
        #expect(throws: CoincidenceError.tooFewPhotons(reference: 1, other: 2, needed: 50)) {
            try aligned([1], [1, 2])
        }
        var configuration = CoincidenceConfiguration()
        configuration.frequencyRange = 1
        #expect(
            throws: CoincidenceError.badSetting(
                .frequencyRange, value: 1, lowest: 1e-9, highest: 1e-3)
        ) { try aligned([1], [1], configuration) }
        // Recordings that do not overlap in time have nothing in common.
        let early = (0..<100).map { Int64($0) }
        let late = early.map { $0 + 1_000_000_000_000_000 }
        #expect(throws: CoincidenceError.self) { try aligned(early, late) }
    }
}
