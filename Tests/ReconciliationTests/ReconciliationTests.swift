import Quantities
import Reconciliation
import Testing

@Suite struct ReconciliationTests {
    /// Runs one block with exactly `errors` errors; the result, and how many are left.
    private func run(
        qber: Double, bits: Int, errors: Int, seed: UInt64
    ) throws -> (plan: ReconciliationPlan, result: BlockReconciliation.Result, left: Int) {
        let plan = try ReconciliationPlan(bits: bits, qberPPM: Int((qber * 1e6).rounded()))
        var ends = try BlockReconciliation(plan: plan)
        var block = TestBlock(bits: bits, errors: errors, seed: seed)
        let alice = block.alice
        let result = try alice.withUnsafeBytes { alice in
            try block.bob.withUnsafeMutableBytes { try ends.run(alice: alice, bob: $0) }
        }
        return (plan, result, block.errors)
    }

    @Test(arguments: [0.01, 0.02, 0.03, 0.05, 0.09])
    func aBlockAtItsDesignErrorRateIsCorrected(qber: Double) throws {
        let (_, result, left) = try run(
            qber: qber, bits: 100_000, errors: Int(qber * 100_000), seed: 5)
        #expect(result.corrected)
        #expect(left == 0)
    }

    @Test func disclosureNeverBeatsShannon() throws {
        for qber in [0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.105] {
            let plan = try ReconciliationPlan(bits: 102_400, qberPPM: Int(qber * 1e6))
            #expect(
                Double(plan.firstDisclosureBits) > 102_400 * BinaryEntropy.bits(qber))
        }
    }

    @Test func moreErrorsThanExpectedCostIncrementsThatAreAllCounted() throws {
        let (plan, result, left) = try run(qber: 0.02, bits: 100_000, errors: 2500, seed: 9)
        #expect(result.corrected)
        #expect(left == 0)
        #expect(result.messages >= 4)
        #expect(result.disclosedBits > plan.firstDisclosureBits)
        #expect((result.disclosedBits - plan.firstDisclosureBits) % plan.liftingSize == 0)
    }

    @Test func aHopelessBlockLeaksAllItsBitsAndLeavesThemAlone() throws {
        let (_, result, left) = try run(qber: 0.01, bits: 51_200, errors: 20_000, seed: 3)
        #expect(!result.corrected)
        #expect(left == 20_000)
        #expect(result.disclosedBits == 51_200)
    }

    @Test(arguments: [1, 7, 801, 5_003, 20_001, 51_200, 77_777, 130_000])
    func anyLengthIsCorrected(bits: Int) throws {
        let (_, result, left) = try run(
            qber: 0.03, bits: bits, errors: bits * 3 / 100, seed: 11)
        #expect(result.corrected)
        #expect(left == 0)
        #expect(result.disclosedBits <= bits)
    }

    @Test func badInputIsNamed() throws {
        #expect(throws: ReconciliationError.qberOutOfRange(ppm: 110_000)) {
            try ReconciliationPlan(bits: 100_000, qberPPM: 110_000)
        }
        #expect(throws: ReconciliationError.qberOutOfRange(ppm: 0)) {
            try ReconciliationPlan(bits: 100_000, qberPPM: 0)
        }
        #expect(throws: ReconciliationError.bitsOutOfRange(0)) {
            try ReconciliationPlan(bits: 0, qberPPM: 20_000)
        }
    }
}
