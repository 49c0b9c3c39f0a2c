import Distillation
import Testing
import TimeTags
import Wire

/// A source of entangled pairs over two stations: the key comes by the chain of a pass.
@Suite struct EntangledChainTests {
    @Test func bothStationsHoldTheSameKey() throws {
        let chain = EntangledChain(seed: 3)
        try chain.run()
        let result = try #require(chain.results.first)
        #expect(result.outcome == .key, "\(result)")
        let name = try #require(result.key)
        let mine = try #require(chain.first.keys[name])
        let other = try #require(chain.second.keys[name])
        #expect(mine.state == .available && other.state == .available)
        #expect(mine.bytes == other.bytes && mine.bytes.count == result.keyBytes)
        #expect(chain.firstCounts == chain.secondCounts)
        #expect(Int64(result.siftedBits) == chain.firstCounts.keyBits)
        #expect(mine.record.proof.method == .bbm92)
        // (1 - V) / 2 of the pairs in either basis, and half of those that chance made.
        #expect((0.015...0.05).contains(chain.firstCounts.errorRate))
        #expect((0.01...0.05).contains(Double(result.correctedErrors) / Double(result.siftedBits)))
    }

    @Test func aLinkThatLosesRepeatsAndDamagesGivesTheSameKeyOnBothEnds() throws {
        let chain = EntangledChain(seed: 4)
        chain.weather.loss = 0.2
        chain.weather.duplication = 0.1
        chain.weather.reordering = 0.05
        chain.weather.corruption = 0.05
        try chain.run()
        let name = try #require(chain.results.first?.key)
        #expect(chain.counters.repeated > 0)
        #expect(chain.results.first?.outcome == .key, "\(chain.results)")
        #expect(chain.first.keys[name]?.bytes == chain.second.keys[name]?.bytes)
        #expect(chain.first.keys[name] != nil)
    }

    /// Somebody who knows the protocol turns the basis of a click, or a test bit, and mends the
    /// checksum: the epoch is sifted at both ends, and the hashes differ.
    @Test(arguments: [1, 2], [MessageType.coincidenceRequest, .coincidenceAnswer])
    func aChangedAnnouncementOrTestBitGivesNoKey(step: UInt8, type: MessageType) throws {
        let chain = EntangledChain(seed: 3)
        var seen = 0
        chain.weather.tamper = { message, _ in
            guard message[3] == type.rawValue, message[22] == step else { return }
            // The last part of an epoch, which encoding again does not cut elsewhere.
            guard message[5] + 1 == message[6] else { return }
            seen += 1
            guard seen == 4 else { return }
            // After the step, and in an answer the status.
            let body = type == .coincidenceRequest ? 23 : 24
            if step == 1 {
                #expect(throws: Never.self) {
                    try turnBasis(ofClick: 20, from: body, in: &message)
                }
            }
            if step == 2 { message[body + 10] ^= 1 }
            mend(&message)
        }
        try chain.run()
        #expect(seen > 4)
        #expect(chain.counters.dropped == 0)
        #expect(chain.keysBelievedShared == 0)
        #expect(chain.results.map(\.outcome) != [.key])
    }

    /// Refused epochs hold no bits; the rest still makes a key.
    @Test func anEpochThatMakesNoSenseIsDroppedAtBothEnds() throws {
        let chain = EntangledChain(seed: 3)
        var seen = 0
        chain.weather.tamper = { message, _ in
            guard message[3] == MessageType.coincidenceRequest.rawValue, message[22] == 1 else {
                return
            }
            seen += 1
            guard seen == 2 else { return }
            // The number of clicks of the part.
            message[22 + 1 + 24] ^= 0xFF
            mend(&message)
        }
        try chain.run()
        #expect(chain.counters.dropped == 1)
        #expect(chain.results.first?.outcome == .key)
        let name = try #require(chain.results.first?.key)
        #expect(chain.first.keys[name]?.bytes == chain.second.keys[name]?.bytes)
        #expect(chain.firstCounts == chain.secondCounts)
    }

    @Test func stationsThatDeclaredOtherwiseGetNoKey() throws {
        let chain = EntangledChain(seed: 3)
        chain.secondTolerance = 0
        try chain.run()
        #expect(chain.keysBelievedShared == 0)
        #expect(chain.results.first?.outcome != .key)
    }

    @Test func noPairsGiveNoKey() throws {
        let chain = EntangledChain(seed: 3)
        chain.source.pairRateHertz = 0
        chain.source.first.darkRateHertz = 0
        chain.source.first.backgroundHertz = 0
        chain.epochs = 3
        try chain.run()
        #expect(chain.firstCounts.pairs == 0)
        #expect(chain.results.map(\.outcome) == [.noKey(.noBits)])
        #expect(chain.first.keys.isEmpty && chain.second.keys.isEmpty)
    }

    @Test func aSourceWithoutEntanglementGivesNoKey() throws {
        let chain = EntangledChain(seed: 3)
        chain.source.diagonalVisibility = 0
        try chain.run()
        #expect(chain.results.first?.outcome == .noKey(.counts), "\(chain.results)")
        #expect(chain.keysBelievedShared == 0)
    }
}

/// Announces a click in the other basis; nothing else changes, nor does the length.
private func turnBasis(ofClick index: Int, from start: Int, in message: inout [UInt8]) throws {
    let payload = Array(message[start..<message.count - 4])
    var clicks = [ClickWord](repeating: ClickWord(slot: 0, basis: 0, bit: 0), count: 16_384)
    let head = try payload.withUnsafeBytes { payload in
        try clicks.withUnsafeMutableBufferPointer {
            try AnnouncementPayload.decode(
                payload, slotCount: EntangledChain.slotsPerEpoch, into: $0)
        }
    }
    clicks[index] = ClickWord(
        slot: clicks[index].slot, basis: 1 - clicks[index].basis, bit: 0)
    var encoded = [UInt8](repeating: 0, count: MessageHeader.largestPayload)
    let taken = try clicks[..<head.count].withUnsafeBufferPointer { clicks in
        try encoded.withUnsafeMutableBytes {
            try AnnouncementPayload.encode(
                clicks, firstIndex: head.firstIndex, base: head.base, into: $0)
        }
    }
    #expect(taken.clicks == head.count && taken.bytes == payload.count)
    message.replaceSubrange(start..<start + taken.bytes, with: encoded[..<taken.bytes])
}

/// Makes the checksum of a changed message right.
private func mend(_ message: inout [UInt8]) {
    let end = message.count - 4
    let checksum = message.withUnsafeBytes {
        CRC32C.of(UnsafeRawBufferPointer(rebasing: $0[..<end]))
    }
    message.withUnsafeMutableBytes { $0.put(checksum, at: end) }
}
