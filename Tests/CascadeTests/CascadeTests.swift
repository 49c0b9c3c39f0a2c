import Cascade
import Testing

@Suite struct CascadeTests {
    @Test(arguments: CascadeVariant.allCases, [1, 2, 3, 7, 64, 65, 1_001, 4_096, 33_333, 100_000])
    func everyErrorIsCorrected(variant: CascadeVariant, bits: Int) throws {
        for ppm in [0, 1_000, 10_000, 50_000, 100_000] {
            let plan = try CascadePlan(
                variant: variant, bits: bits, errorRatePPM: ppm, seed: 3, passes: 24)
            let block = TestBlock(bits: bits, errorRatePPM: ppm, seed: UInt64(bits + ppm))
            let (result, bob) = try block.reconciled(plan)
            #expect(result.finished && result.error == nil)
            #expect(bob == block.alice, "\(bits) bits at \(ppm) ppm")
            #expect(result.correctedBits == block.errors)
        }
    }

    @Test(arguments: [(0, 1), (1, 1), (1, 20_000), (20_000, 500)])
    func anErrorRateThatIsFarOffCostsBitsButNotCorrectness(expected: Int, real: Int) throws {
        let plan = try CascadePlan(
            variant: .yan, bits: 20_000, errorRatePPM: expected, seed: 3, passes: 24)
        let block = TestBlock(bits: 20_000, errorRatePPM: real, seed: 8)
        let (result, bob) = try block.reconciled(plan)
        #expect(result.finished)
        #expect(bob == block.alice)
    }

    // Upper limits: what https://github.com/brunorijsman/cascade-cpp found for the same block sizes
    // without reuse of parts (study/data/papers, 10 kbit; performance, 98 kbit), a little rounded up.
    @Test(arguments: [
        (CascadeVariant.original, 10_000, 10_000, 1.145), (.original, 10_000, 50_000, 1.187),
        (.original, 98_304, 20_000, 1.16), (.yan, 10_000, 10_000, 1.096),
        (.yan, 10_000, 50_000, 1.08), (.yan, 98_304, 20_000, 1.0605),
        (.martinezMateo, 98_304, 20_000, 1.057),
    ])
    func efficiencyIsThatOfPublishedMeasurementsOrBetter(
        variant: CascadeVariant, bits: Int, ppm: Int, limit: Double
    ) throws {
        let plan = try CascadePlan(variant: variant, bits: bits, errorRatePPM: ppm, seed: 12)
        var pair = try CascadePair(plan: plan)
        var disclosed = 0
        var entropy = 0.0
        for seed in 0..<(1_000_000 / bits) {
            let block = TestBlock(bits: bits, errorRatePPM: ppm, seed: UInt64(seed))
            disclosed += try block.reconciled(with: &pair).0.disclosedBits
            entropy += block.entropyBits
        }
        let f = Double(disclosed) / entropy
        #expect(f > 1.0, "no code does better than Shannon: something was not counted")
        #expect(f < limit)
    }

    @Test(arguments: CascadeVariant.allCases)
    func theCountOfDisclosedBitsIsThatOfTheParitiesOnTheWire(variant: CascadeVariant) throws {
        let plan = try CascadePlan(
            variant: variant, bits: 50_000, errorRatePPM: 30_000, seed: 5)
        let block = TestBlock(bits: 50_000, errorRatePPM: 30_000, seed: 77)
        var parities = 0
        var messages = 0
        var bytes = 0
        var largest = 0
        let (result, _) = try block.reconciled(plan) { message in
            messages += 1
            bytes += message.count
            largest = max(largest, message.count)
            // An answer: its count in bytes 6 to 9, and no byte more than that needs.
            guard message[0] == 3 else { return }
            let count = (0..<4).reduce(0) { $0 | Int(message[6 + $1]) << (8 * $1) }
            #expect(message.count == 10 + (count + 7) / 8)
            parities += count
        }
        #expect(result.disclosedBits == parities)
        #expect(result.messages == messages)
        #expect(result.messageBytes == bytes)
        #expect(largest <= CascadeBlock.largestMessage)
    }

    @Test func aBlockWithoutErrorsCostsOneRequestForTheParitiesOfItsBlocks() throws {
        let plan = try CascadePlan(variant: .yan, bits: 100_000, errorRatePPM: 10_000, seed: 1)
        let block = TestBlock(bits: 100_000, errorRatePPM: 0, seed: 4)
        let (result, _) = try block.reconciled(plan)
        // 100,000 / 80 and 100,000 / 400 - 1 blocks, and one of two halves in each of 8 passes.
        #expect(plan.topParityCount == 1250 + 249 + 8)
        #expect(result.disclosedBits == plan.topParityCount)
        #expect(result.messages == 2)
    }

    @Test func messagesOfTheLargestBlockAreSplit() throws {
        let bits = CascadePlan.bitsRange.upperBound
        let plan = try CascadePlan(variant: .original, bits: bits, errorRatePPM: 100_000, seed: 6)
        let block = TestBlock(bits: bits, errorRatePPM: 100_000, seed: 6)
        var largest = 0
        let (result, bob) = try block.reconciled(plan) { largest = max(largest, $0.count) }
        #expect(result.finished)
        #expect(bob == block.alice)
        #expect(largest <= CascadeBlock.largestMessage)
        #expect(largest > CascadeBlock.largestMessage - 16)
    }

    @Test func bothEndsComputeTheSameShuffleEveryTime() throws {
        // The first numbers of the shuffle are part of the protocol: a change here is another protocol.
        let plan = try CascadePlan(variant: .original, bits: 20, errorRatePPM: 50_000, seed: 42)
        var requests: [[UInt8]] = []
        let block = TestBlock(bits: 20, errorRatePPM: 200_000, seed: 1)
        _ = try block.reconciled(plan) { requests.append(Array($0)) }
        var again: [[UInt8]] = []
        _ = try block.reconciled(plan) { again.append(Array($0)) }
        #expect(requests == again)
    }

    @Test func whatIsNotAllowedIsRefusedByName() {
        #expect(throws: CascadeError.bitsOutOfRange(0)) {
            try CascadePlan(variant: .yan, bits: 0, errorRatePPM: 1, seed: 0)
        }
        #expect(throws: CascadeError.bitsOutOfRange(1_048_577)) {
            try CascadePlan(variant: .yan, bits: 1_048_577, errorRatePPM: 1, seed: 0)
        }
        #expect(throws: CascadeError.errorRateOutOfRange(ppm: 110_000)) {
            try CascadePlan(variant: .yan, bits: 9, errorRatePPM: 110_000, seed: 0)
        }
        #expect(throws: CascadeError.errorRateOutOfRange(ppm: -1)) {
            try CascadePlan(variant: .yan, bits: 9, errorRatePPM: -1, seed: 0)
        }
        #expect(throws: CascadeError.passesOutOfRange(9, least: 10)) {
            try CascadePlan(variant: .yan, bits: 9, errorRatePPM: 1, seed: 0, passes: 9)
        }
    }
}
