import Distillation
import FiniteKey
import Testing
import TimeTags
import Wire

@Suite struct DistillationTests {
    @Test func aPassWithoutFaultsEndsWithAKeyThatBothEndsHold() throws {
        let pass = WholePass(seed: 1)
        try pass.run()
        #expect(pass.results.count == 1)
        let result = try #require(pass.results.first)
        #expect(result.outcome == .key)
        #expect(pass.sharedKeys == [result.key])
        #expect(result.keyBytes > 200)
        #expect(result.siftedBits > 14_000 && result.siftedBits < 16_000)
        // What a forecast with the same counts and leak allows, in whole bytes.
        let length = try #require(result.length)
        #expect(Int64(result.keyBytes) == length.keyBits / 8)
        #expect(pass.ground.spent == pass.satellite.spent)
        #expect(pass.ground.spent.count == 3)
    }

    @Test func severalWindowsGiveSeveralKeys() throws {
        let pass = WholePass(seed: 2)
        pass.epochs = 83
        pass.epochsPerWindow = 40
        try pass.run()
        #expect(pass.results.map(\.window) == [0, 1, 2])
        #expect(pass.results.prefix(2).allSatisfy { $0.outcome == .key })
        // The last window has a fourteenth of the bits, too few for a key.
        #expect(pass.results[2].key == nil)
        #expect(pass.sharedKeys.count == 2)
        // The first key is there long before the pass is over: use in the same pass.
        #expect(pass.results[0].endedAt < 60 * 200_000_000_000)
    }

    @Test(arguments: 1...6) func aFaultyLinkOnlyTakesLonger(seed: UInt64) throws {
        let pass = WholePass(seed: 100 + seed)
        pass.weather = Weather(
            loss: 0.2, duplication: 0.1, reordering: 0.1, corruption: 0.05)
        pass.lostEpochs = [3, 17]
        try pass.run()
        #expect(pass.results.first?.outcome == .key)
        #expect(pass.sharedKeys.count == 1)
        #expect(!pass.hasLonelyKey)
    }

    @Test func aLinkThatDiesAtAnyMomentLeavesNoLonelyKey() throws {
        var withKey = 0
        var unsettled = 0
        // The last second of the pass and the exchange after it, in steps of 28 ms.
        for step in 0..<25 {
            let pass = WholePass(seed: 200 + UInt64(step))
            pass.patience = 1_000_000_000_000
            pass.weather.endsAt = 7_900_000_000_000 + Int64(step) * 28_000_000_000
            try pass.run()
            #expect(!pass.hasLonelyKey, "step \(step)")
            withKey += pass.sharedKeys.count
            unsettled += pass.results.first?.outcome == .unsettled ? 1 : 0
        }
        // The steps must straddle the exchange, or nothing was tried.
        #expect(withKey > 5)
        #expect(unsettled > 5)
    }

    @Test func blocksWithManyMoreErrorsThanExpectedAreCorrectedByCascade() throws {
        let pass = WholePass(seed: 8)
        (pass.errorRate, pass.keyErrorRate) = (0.002, 0.08)
        // Some 200 round trips a block.
        pass.patience = 120_000_000_000_000
        try pass.run()
        let result = try #require(pass.results.first)
        #expect(result.blocksByCascade > 0)
        #expect(result.blocksDisclosed == 0)
        // The verification tag was right, or the outcome would be a refusal.
        switch result.outcome {
        case .key, .noKey: break
        default: Issue.record("\(result.outcome)")
        }
        #expect(result.disclosedBits <= result.siftedBits)
        #expect(!pass.hasLonelyKey)
    }

    @Test func countsWithTooManyErrorsGiveNoKey() throws {
        let pass = WholePass(seed: 3)
        pass.errorRate = 0.12
        pass.epochs = 8
        pass.epochsPerWindow = 8
        try pass.run()
        #expect(pass.results.first?.outcome == .noKey(.counts))
        #expect(pass.ground.keys.isEmpty && pass.satellite.keys.isEmpty)
    }

    @Test func nothingIsAskedAboutAWindowThatCanGiveNoKey() throws {
        let pass = WholePass(seed: 3)
        pass.errorRate = 0.3
        try pass.run()
        let result = try #require(pass.results.first)
        #expect(result.outcome == .noKey(.counts))
        #expect(result.siftedBits > 2 * pass.blockBits)
        #expect(result.messages == 0)
        #expect(result.disclosedBits == 0)
        #expect(pass.ground.keys.isEmpty && pass.satellite.keys.isEmpty)
    }

    @Test func aPassWithoutClicksGivesNoKey() throws {
        let pass = WholePass(seed: 4)
        pass.clicksPerEpoch = 1
        pass.epochs = 2
        try pass.run()
        #expect(pass.results.first?.key == nil)
        #expect(pass.ground.keys.isEmpty && pass.satellite.keys.isEmpty)
    }

    @Test func aSatelliteThatReliesOnAnotherProofGivesNoKey() throws {
        let pass = WholePass(seed: 5)
        var other = pass.proof
        other.secrecy = 1e-12
        try pass.run(satelliteProof: other)
        #expect(pass.results.first?.outcome != .key)
        #expect(pass.sharedKeys.isEmpty)
        #expect(!pass.hasLonelyKey)
    }

    @Test func withoutAuthenticationKeyThereIsNoKey() throws {
        let pass = WholePass(seed: 6, stockBytes: 32 + 22)
        try pass.run()
        #expect(pass.results.first?.outcome == .vault(.stockEmpty))
        #expect(pass.ground.keys.isEmpty && pass.satellite.keys.isEmpty)
    }

    @Test func aStoreThatFailsGivesNoKey() throws {
        let pass = WholePass(seed: 7)
        pass.satellite.isBroken = true
        try pass.run()
        #expect(pass.results.first?.outcome == .refused(.storage))
        #expect(!pass.hasLonelyKey)
        #expect(pass.sharedKeys.isEmpty)
    }
}
