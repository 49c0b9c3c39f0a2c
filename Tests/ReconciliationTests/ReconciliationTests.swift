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
        var source = Sequence(state: seed)
        let alice = (0..<(bits + 7) / 8).map { _ in UInt8(truncatingIfNeeded: source.next()) }
        var bob = alice
        var placed = 0
        while placed < errors {
            let bit = Int(source.next() % UInt64(bits))
            guard (alice[bit / 8] ^ bob[bit / 8]) >> UInt8(bit % 8) & 1 == 0 else { continue }
            bob[bit / 8] ^= 1 << UInt8(bit % 8)
            placed += 1
        }
        let result = try alice.withUnsafeBytes { alice in
            try bob.withUnsafeMutableBytes { try ends.run(alice: alice, bob: $0) }
        }
        let left = zip(alice, bob).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
        return (plan, result, left)
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
        let increments = (result.messages - 2) / 2
        #expect(increments >= 1)
        let rows = (1...increments).reduce(0) { $0 + $1 * plan.incrementRows }
        #expect(result.disclosedBits == plan.firstDisclosureBits + rows * plan.liftingSize)
    }

    @Test func aHopelessBlockFailsAndLeavesItsBitsAlone() throws {
        let (_, result, left) = try run(qber: 0.01, bits: 51_200, errors: 20_000, seed: 3)
        #expect(!result.corrected)
        #expect(left == 20_000)
    }

    @Test(arguments: [1, 7, 801, 5_003, 20_001, 51_200, 77_777, 130_000])
    func anyLengthIsCorrected(bits: Int) throws {
        let (_, result, left) = try run(
            qber: 0.03, bits: bits, errors: bits * 3 / 100, seed: 11)
        #expect(result.corrected)
        #expect(left == 0)
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

/// A fixed sequence of words (Steele, Lea, Flood 2014).
private struct Sequence {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
