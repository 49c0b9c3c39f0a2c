import Reconciliation
import Testing

/// What passes between the ends, as bytes, and what is done about bytes that cannot be.
@Suite struct ReconciliationMessageTests {
    private func encoded(_ plan: ReconciliationPlan) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 255, count: ReconciliationPlan.encodedBytes)
        try bytes.withUnsafeMutableBytes { try plan.encode(into: $0) }
        return bytes
    }

    private func read(_ bytes: [UInt8]) throws -> ReconciliationPlan {
        try bytes.withUnsafeBytes { try ReconciliationPlan(encoded: $0) }
    }

    @Test func aPlanReadsBackAsItWasWritten() throws {
        for bits in [1, 500, 38_399, 102_400, 409_600] {
            for ppm in [100, 9_999, 50_000, 109_999] {
                let plan = try ReconciliationPlan(bits: bits, qberPPM: ppm)
                #expect(try read(encoded(plan)) == plan)
            }
        }
    }

    @Test func aChangedPlanIsRefusedOrStaysWithinItsCode() throws {
        let bytes = try encoded(ReconciliationPlan(bits: 100_000, qberPPM: 20_000))
        var refused = 0
        for place in bytes.indices {
            for value in UInt8.min...UInt8.max {
                var changed = bytes
                changed[place] = value
                do {
                    let plan = try read(changed)
                    #expect(plan.splitRows <= plan.rows && plan.incrementRows <= plan.rows)
                    #expect(plan.bits * 64 <= ReconciliationPlan.bitsPreferred * plan.liftingSize)
                } catch is ReconciliationError { refused += 1 }
            }
        }
        #expect(refused > 1000)
        #expect(throws: ReconciliationError.wrongLength(bytes: 15, expected: 16)) {
            try read([UInt8](bytes.dropLast()))
        }
    }

    @Test func aRequestReadsBackAndIsAnsweredAlikeEachTime() throws {
        let plan = try ReconciliationPlan(bits: 30_001, qberPPM: 20_000)
        let request = IncrementRequest(first: plan.splitRows, count: 3)
        var bytes = [UInt8](repeating: 0, count: IncrementRequest.encodedBytes)
        try bytes.withUnsafeMutableBytes { try request.encode(into: $0) }
        #expect(try bytes.withUnsafeBytes { try IncrementRequest(encoded: $0) } == request)

        var satellite = try SyndromeEncoder(plan: plan)
        let block = TestBlock(bits: plan.bits, errors: 0, seed: 4)
        try block.alice.withUnsafeBytes { try satellite.load($0) }
        var answers = [[UInt8]](
            repeating: [UInt8](repeating: 0, count: request.bytes(plan)), count: 2)
        for i in answers.indices {
            try answers[i].withUnsafeMutableBytes { try satellite.increment(request, into: $0) }
        }
        #expect(answers[0] == answers[1])
        #expect(answers[0].contains { $0 != 0 })
    }

    @Test func aRequestForRowsThatWereNotOfferedIsRefused() throws {
        let plan = try ReconciliationPlan(bits: 30_000, qberPPM: 20_000)
        let satellite = try SyndromeEncoder(plan: plan)
        for (first, count) in [
            (plan.splitRows - 1, 1), (plan.splitRows, 0), (plan.rows, 1), (plan.splitRows, 65_535),
            (65_535, 65_535),
        ] {
            var answer = [UInt8](repeating: 0, count: 100_000)
            let request = IncrementRequest(first: first, count: count)
            var refused = false
            do {
                try answer.withUnsafeMutableBytes { try satellite.increment(request, into: $0) }
            } catch {
                refused =
                    error as? ReconciliationError == .wrongRequest(first: first, count: count)
            }
            #expect(refused)
        }
    }

    @Test func bothEndsCountTheSameLeak() throws {
        let plan = try ReconciliationPlan(bits: 30_000, qberPPM: 20_000)
        let request = IncrementRequest(first: plan.splitRows, count: 5)
        #expect(
            plan.disclosedBits(after: request)
                == plan.firstDisclosureBits + request.bits(plan))
        #expect(
            plan.disclosedBits(after: IncrementRequest(first: 0, count: 60_000)) == plan.bits)
    }
}
