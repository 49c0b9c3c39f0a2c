import Coincidence
import FiniteKey
import Gating
import Secrets
import Simulator
import Testing
import Wire

@Suite struct EntangledPassTests {
    private static let period: Int64 = 1_600

    /// A source near by, so that a second holds some twenty thousand pairs.
    private static var bright: EntangledParameters {
        var given = EntangledParameters()
        given.pairRateHertz = 3e5
        given.first.lossDecibels = 3
        given.second.lossDecibels = 2.5
        return given
    }

    private struct Recording: Sendable {
        var first: Recorded
        var second: Recorded
        var pairsDetected: Int64
    }

    private static let recording = record(bright, milliseconds: 1_000)

    private static func record(
        _ given: EntangledParameters, milliseconds: Int64
    ) -> Recording {
        var source = EntangledSource(given)
        source.advance(to: milliseconds * 1_000_000_000)
        return Recording(
            first: Recorded(source.first, period: period),
            second: Recorded(source.second, period: period), pairsDetected: source.pairsDetected)
    }

    /// Sifts the epochs, of 200 ms, in which there are clicks.
    private func exchange(
        _ recording: Recording, tolerance: UInt32 = 1
    ) throws -> CoincidenceExchange {
        let first = recording.first.epochs(5, slots: 125_000_000)
        let second = recording.second.epochs(5, slots: 125_000_000)
        var exchange = CoincidenceExchange(
            try parameters(tolerance: tolerance), epochCapacity: 200_000, keyCapacity: 100_000)
        for epoch in 0..<5 {
            try exchange.run(epoch: UInt32(epoch), first: first[epoch], second: second[epoch])
        }
        return exchange
    }

    private func parameters(tolerance: UInt32 = 1) throws -> CoincidenceParameters {
        try CoincidenceParameters(
            firstSlot: 0, slotsPerEpoch: 125_000_000, tolerance: tolerance)
    }

    @Test func thePairsFoundAreTheSourcesPairsAndTheErrorsThoseOfTheVisibility() throws {
        let given = Self.bright
        let detected = Self.recording.pairsDetected
        let exchange = try exchange(Self.recording)
        let counts = exchange.counts
        // Dead time takes a few per cent of the pairs, chance adds a few.
        #expect(counts.pairs > detected * 94 / 100)
        #expect(counts.pairs < detected + Int64(counts.accidentals * 1.3))
        #expect(counts.pairs == counts.keyBits + counts.testBits + counts.unlikeBases)
        let pairs = Double(counts.pairs)
        #expect(abs(Double(counts.keyBits) - pairs / 4) < 5 * (pairs * 3 / 16).squareRoot())

        // Half of what chance makes is wrong, and (1 - V) / 2 of the rest.
        let chance = counts.accidentals / pairs
        let expected = chance / 2 + (1 - chance) * (1 - given.diagonalVisibility) / 2
        let tests = Double(counts.testBits)
        let sigma = (expected * (1 - expected) / tests).squareRoot()
        #expect(abs(counts.errorRate - expected) < 5 * sigma)
        let firstBits = bits(exchange.firstKey, count: counts.keyBits)
        let secondBits = bits(exchange.secondKey, count: counts.keyBits)
        let wrong = zip(firstBits, secondBits).count { $0 != $1 }
        let keyExpected = chance / 2 + (1 - chance) * (1 - given.rectilinearVisibility) / 2
        let keys = Double(counts.keyBits)
        let keySigma = (keyExpected * (1 - keyExpected) / keys).squareRoot()
        #expect(abs(Double(wrong) / keys - keyExpected) < 5 * keySigma)
        let ones = Double(firstBits.count { $0 == 1 })
        #expect(abs(ones - keys / 2) < 5 * (keys / 4).squareRoot())
    }

    /// Truth: which pair caused each click.
    @Test func nearlyEveryPairFoundIsTrueAndNearlyEveryTruePairIsFound() throws {
        let (first, second) = (Self.recording.first, Self.recording.second)
        let slots = Set(first.causes.compactMap { $0 })
        let possible = second.causes.compactMap { $0 }.count { slots.contains($0) }
        let pairs = match(
            words(first.clicks), words(second.clicks), tolerance: 1)
        let isTrue = pairs.count { pair in
            guard let cause = first.causes[Int(pair.first)] else { return false }
            return second.causes[Int(pair.second)] == cause
        }
        #expect(Double(isTrue) > 0.998 * Double(possible))
        let chance = Double(first.clicks.count) * Double(second.clicks.count) * 3 * 1.6e-9
        let isFalse = Double(pairs.count - isTrue)
        #expect(abs(isFalse - chance) < 5 * chance.squareRoot() + 0.1 * chance)
    }

    private func words(_ clicks: [Click]) -> [ClickWord] {
        clicks.map { ClickWord(slot: UInt32($0.slot), basis: $0.basis, bit: $0.bit) }
    }

    @Test func aClockOffByMoreThanTheToleranceFindsOnlyChance() throws {
        var given = Self.bright
        given.pairRateHertz = 1e6
        given.second.clockOffsetPicoseconds = 48_000
        let exchange = try exchange(Self.record(given, milliseconds: 200), tolerance: 8)
        let counts = exchange.counts
        let excess = Double(counts.pairs) - counts.accidentals
        #expect(abs(excess) < 8 * counts.accidentals.squareRoot())
        #expect(counts.errorRate > 0.3)
    }

    /// A source that is not entangled: bits agree in one basis and not at all in the other.
    @Test func aSourceWithoutEntanglementShowsInTheTestBasis() throws {
        var given = Self.bright
        given.diagonalVisibility = 0
        let exchange = try exchange(Self.record(given, milliseconds: 200))
        let counts = exchange.counts
        #expect(abs(counts.errorRate - 0.5) < 5 * 0.5 / Double(counts.testBits).squareRoot())
        #expect(throws: KeyLengthFault.errorRate(.test, counts.errorRate)) {
            _ = try keyLength(counts)
        }
    }

    @Test func theCountsGiveAKeyLength() throws {
        let exchange = try exchange(Self.recording)
        let length = try keyLength(exchange.counts)
        #expect(length.keyBits > 0 && length.keyBits < exchange.counts.keyBits)
    }

    private func keyLength(_ counts: CoincidenceCounts) throws -> KeyLength {
        try KeyLengthInput(
            method: .bbm92, intensities: PerIntensity(0, 0, 0),
            probabilities: PerIntensity(0, 0, 0),
            key: counts.key(), test: counts.test,
            leak: .disclosed(bits: 0.25 * Double(counts.keyBits)), secrecy: 1e-9, correctness: 1e-15
        ).keyLength()
    }

    @Test func thePartsOfALongAnnouncementAreTakenTogether() throws {
        // 40,000 clicks of one epoch at each station: three parts.
        var generator = SeededGenerator(seed: 3, stream: 0)
        var clicks: [Click] = []
        var slot: Int64 = -1
        for _ in 0..<40_000 {
            slot += 1 + Int64(generator.below(3_000))
            clicks.append(Click(slot: slot, offset: 0, detector: UInt8(generator.below(4))))
        }
        var exchange = CoincidenceExchange(
            try parameters(tolerance: 0), epochCapacity: 40_000, keyCapacity: 40_000)
        try exchange.run(epoch: 0, first: clicks, second: clicks)
        let counts = exchange.counts
        #expect(counts.pairs == 40_000 && counts.unlikeBases == 0 && counts.testErrors == 0)
        let wanted = clicks.filter { $0.basis == 0 }.map(\.bit)
        #expect(bits(exchange.firstKey, count: counts.keyBits) == wanted)
        #expect(bits(exchange.secondKey, count: counts.keyBits) == wanted)
    }

    @Test func aKeyThatOutgrowsItsMemoryIsRefused() throws {
        let clicks = (0..<9).map { Click(slot: 100 * $0, offset: 0, detector: 1) }
        var exchange = CoincidenceExchange(
            try parameters(), epochCapacity: 9, keyCapacity: 8)
        #expect(throws: CoincidenceFault.bits(capacity: 8)) {
            try exchange.run(epoch: 0, first: clicks, second: clicks)
        }
        #expect(exchange.counts == CoincidenceCounts())
    }

    @Test func aDoubleClickIsSquashedAndLaterOnesFallIntoTheDeadTime() {
        var receiver = ArmReceiver(
            slotPeriod: 1_600, deadTime: 50_000,
            random: SeededBits(generator: SeededGenerator(seed: 2, stream: 0)))
        // Slot 0: H and V. Slot 1: dead time. Slot 40: D. Slot 80: both bases.
        for (time, detector) in [
            (-800, 0), (799, 1), (800, 2), (64_000, 2), (128_000, 1), (128_300, 3),
        ] as [(Int64, UInt8)] {
            receiver.append(time: time, detector: detector)
        }
        let early = receiver.take(before: 40)
        #expect(early.map(\.slot) == [0] && early[0].basis == 0 && early[0].flags.isSquashed)
        let late = receiver.take(before: .max)
        #expect(late.map(\.slot) == [40])
        #expect(receiver.deadTimeDrops == 1 && receiver.squasher.crosses == 1)
    }

    @Test func anEmptyWindowGivesEmptyKeys() throws {
        var exchange = CoincidenceExchange(
            try parameters(), epochCapacity: 1, keyCapacity: 1)
        for epoch in UInt32(0)..<3 { try exchange.run(epoch: epoch, first: [], second: []) }
        #expect(exchange.counts == CoincidenceCounts())
    }
}
