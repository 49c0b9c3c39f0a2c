import Distillation
import Testing
import Wire

/// Keys of which a dead link left the ends unsure, when they meet again.
@Suite struct ReunionTests {
    /// The message with which the link dies.
    enum Cut: CaseIterable {
        case confirmRequest, confirmAnswer, settleRequest, settleAnswer

        var step: UInt8 { self == .confirmRequest || self == .confirmAnswer ? 8 : 9 }
        var direction: MessageDirection {
            self == .confirmRequest || self == .settleRequest ? .up : .down
        }
        /// What the ends hold then.
        var standings: [KeyStanding] {
            switch self {
            case .confirmRequest: [.pending, .unknown]
            case .confirmAnswer: [.pending, .committed]
            case .settleRequest: [.available, .committed]
            case .settleAnswer: [.available, .available]
            }
        }
        /// Bytes of pads that a reunion burns: two pads for each exchange, and two exchanges where
        /// the ground has to hear of the satellite's key first.
        var cost: Int {
            switch self {
            case .confirmRequest, .settleRequest: 24
            case .confirmAnswer: 48
            case .settleAnswer: 0
            }
        }
    }

    private func passCutShort(_ cut: Cut, seed: UInt64 = 1) throws -> WholePass {
        let pass = WholePass(seed: 400 + seed)
        (pass.epochs, pass.epochsPerWindow, pass.clicksPerEpoch) = (10, 10, 3_000)
        pass.patience = 1_000_000_000_000
        var isDead = false
        pass.weather.swallows = { message, direction in
            let isLast =
                message[3] >= MessageType.distillationRequest.rawValue
                && message[22] == cut.step && direction == cut.direction
            isDead = isDead || isLast
            return isDead
        }
        try pass.run()
        pass.weather.swallows = nil
        pass.results = []
        return pass
    }

    private func expectAllSettled(_ pass: WholePass, _ what: String) {
        #expect(!pass.hasLonelyKey, "\(what)")
        #expect(!pass.ground.hasUnsettled && !pass.satellite.hasUnsettled, "\(what)")
        #expect(Set(pass.ground.keys.keys) == Set(pass.satellite.keys.keys), "\(what)")
    }

    @Test(arguments: Cut.allCases) func whenTheEndsMeetAgainEveryKeyIsSettled(cut: Cut) throws {
        let pass = try passCutShort(cut)
        let name = try #require(pass.ground.keys.keys.first)
        let held = [try pass.ground.standing(of: name), try pass.satellite.standing(of: name)]
        #expect(held == cut.standings)
        try pass.run(session: WholePass.session + 1)
        #expect(pass.results.last?.outcome == .key)
        expectAllSettled(pass, "\(cut)")
        #expect(pass.sharedKeys.contains(name) == (cut != .confirmRequest))
        #expect(pass.reunionPadBytes == cut.cost)
        #expect(pass.ground.spent == pass.satellite.spent || cut != .settleAnswer)
    }

    @Test func endsThatAreSureOfAllTheirKeysBurnNothingToSaySo() throws {
        let pass = WholePass(seed: 21)
        (pass.epochs, pass.epochsPerWindow, pass.clicksPerEpoch) = (10, 10, 3_000)
        try pass.run()
        pass.results = []
        try pass.run(session: WholePass.session + 1)
        #expect(pass.sharedKeys.count == 2)
        #expect(pass.ground.spent.count == 6)
        #expect(pass.reunionPadBytes == 0)
    }

    @Test(arguments: Cut.allCases) func aFaultyLinkOnlyTakesLonger(cut: Cut) throws {
        let pass = try passCutShort(cut, seed: 2)
        pass.patience = 20_000_000_000_000
        pass.weather = Weather(loss: 0.3, duplication: 0.1, reordering: 0.1, corruption: 0.05)
        try pass.run(session: WholePass.session + 1)
        #expect(pass.results.last?.outcome == .key)
        expectAllSettled(pass, "\(cut)")
    }

    @Test(arguments: [MessageType.distillationRequest, .distillationAnswer], [12, 13])
    func aForgedMessageSettlesNothingWrongly(type: MessageType, step: UInt8) throws {
        // Number of keys, name, standing and tag; none of them has so many bits in every message.
        for bit in [9, 40, 149, 400] {
            let pass = try passCutShort(.confirmAnswer)
            pass.patience = 2_000_000_000_000
            pass.weather.tamper = TamperingTests.flip(type: type, step: step, number: 0, bit: bit)
            try pass.run(session: WholePass.session + 1)
            #expect(!pass.hasLonelyKey, "bit \(bit)")
            pass.weather.tamper = nil
            pass.results = []
            try pass.run(session: WholePass.session + 2)
            expectAllSettled(pass, "bit \(bit)")
        }
    }
}
