import Distillation
import Testing
import TimeTags
import Wire

/// Somebody on the link who knows the protocol and changes messages so that checksums fit.
@Suite struct TamperingTests {
    /// Changes one bit of the payload of the `number`-th message of a kind, checksum mended.
    static func flip(
        type: MessageType, step: UInt8?, number: Int, bit: Int
    ) -> (inout [UInt8], MessageDirection) -> Void {
        var seen = -1
        return { message, _ in
            guard message[3] == type.rawValue, step == nil || message[22] == step else { return }
            seen += 1
            guard seen == number else { return }
            let payload = 8 * (message.count - 26)
            guard payload > 0 else { return }
            let at = bit % payload
            message[22 + at / 8] ^= 1 << UInt8(at % 8)
            let end = message.count - 4
            let checksum = message.withUnsafeBytes {
                CRC32C.of(UnsafeRawBufferPointer(rebasing: $0[..<end]))
            }
            message.withUnsafeMutableBytes { $0.put(checksum, at: end) }
        }
    }

    private func passWith(
        _ tamper: @escaping (inout [UInt8], MessageDirection) -> Void, step: Int? = nil
    ) throws -> WholePass {
        let pass = WholePass(seed: 11)
        // More errors than expected in a block, so that it needs increments.
        if step == 2 { (pass.errorRate, pass.keyErrorRate) = (0.003, 0.012) }
        pass.patience = 4_000_000_000_000
        pass.weather.tamper = tamper
        try pass.run()
        return pass
    }

    /// A changed message either does not matter, because it was ignored and asked for again, or
    /// no key comes of the window. A key on both ends is then the same.
    private func expectNothingWrong(_ pass: WholePass, _ what: String) {
        #expect(!pass.hasLonelyKey, "\(what)")
        for name in pass.sharedKeys {
            #expect(pass.ground.keys[name]?.bytes == pass.satellite.keys[name]?.bytes, "\(what)")
        }
    }

    @Test(arguments: 1...10) func aChangedRequestGivesNoKey(step: Int) throws {
        for bit in [0, 9, 77, 200] {
            let pass = try passWith(
                Self.flip(
                    type: .distillationRequest, step: UInt8(step), number: 0, bit: bit),
                step: step)
            expectNothingWrong(pass, "step \(step) bit \(bit)")
            let wasSent = pass.results.first?.outcome != .key
            // Steps that an undisturbed pass takes but for those after a failure.
            if [1, 2, 4, 5, 6, 7, 8, 9].contains(step) {
                #expect(wasSent || pass.sharedKeys.isEmpty, "step \(step) bit \(bit)")
            }
        }
    }

    @Test(arguments: [1, 2, 4, 5, 6, 7, 8]) func aChangedAnswerGivesNoKey(step: Int) throws {
        for bit in [1, 8, 17, 100] {
            let pass = try passWith(
                Self.flip(type: .distillationAnswer, step: UInt8(step), number: 0, bit: bit),
                step: step)
            expectNothingWrong(pass, "step \(step) bit \(bit)")
            #expect(pass.sharedKeys.isEmpty, "step \(step) bit \(bit)")
        }
    }

    @Test func aChangedTestBitOfAReplyGivesNoKey() throws {
        // After 24 bytes and one bit for each of 1,500 clicks follow the sent bits of the test
        // basis: with one of them changed the ground would count another error rate.
        for bit in stride(from: 192 + 1_500 + 16, to: 192 + 1_500 + 330, by: 90) {
            let pass = try passWith(Self.flip(type: .reply, step: nil, number: 5, bit: bit))
            expectNothingWrong(pass, "reply bit \(bit)")
            #expect(pass.sharedKeys.isEmpty, "reply bit \(bit)")
        }
    }

    @Test func aMessageOfAnotherPassGivesNothing() throws {
        // Everything that the satellite says in one pass is played back in the next.
        var recorded: [[UInt8]] = []
        let first = WholePass(seed: 12)
        first.weather.tamper = { message, direction in
            if direction == .down { recorded.append(message) }
        }
        try first.run()
        #expect(first.sharedKeys.count == 1)
        var at = 0
        let before = Set(first.ground.keys.keys)
        first.results = []
        first.weather.tamper = { message, direction in
            guard direction == .down else { return }
            message = recorded[at % recorded.count]
            at += 1
        }
        first.patience = 3_000_000_000_000
        try first.run(session: WholePass.session + 1)
        #expect(at > 20)
        #expect(!first.hasLonelyKey)
        #expect(first.results.first?.outcome != .key)
        let available = first.ground.keys.filter { $0.value.state == .available }
        #expect(Set(available.keys) == before)
    }
}
