import LinkDrivers
import PayloadDoubles
import PayloadHAL
import Quantities
import Testing

@Suite struct SerialLinkTests {
    private let settings = SerialLink<WireEnd>.Settings(bytesPerSecond: 11_520)

    @Test func linksOverAQuietWireLoseAndRepeatNothing() {
        let wire = NoisyWire(seed: 1)
        var near = SerialLink(wire.end(0), session: 10, settings: settings)
        var far = SerialLink(wire.end(1), session: 20, settings: settings)
        let faults = linkFaults(
            between: &near, and: &far, messages: 30, promise: .reliable, patience: .seconds(600))
        #expect(faults == [])
        let counters = far.counters
        #expect(counters.damaged + counters.malformed + counters.stale + counters.duplicates == 0)
        #expect(counters.retransmissions == 0)
        let waiting = near.messagesWaiting
        #expect(waiting <= 1)
    }

    @Test(arguments: 1...25 as ClosedRange<UInt64>)
    func afterNoiseAllHasComeInOrder(seed: UInt64) {
        let wire = NoisyWire(seed: seed, noise: .heavy)
        var near = SerialLink(wire.end(0), session: 10, settings: settings)
        var far = SerialLink(wire.end(1), session: 20, settings: settings)
        let faults = linkFaults(
            between: &near, and: &far, messages: 30, promise: .reliable, patience: .seconds(600),
            seed: seed)
        #expect(faults == [])
        let counters = far.counters
        #expect(counters.damaged + counters.malformed > 0)
        #expect(counters.retransmissions > 0)
    }

    @Test func aFastLineWithFlowControlOfItsOwnIsUsedAsItIs() {
        let wire = NoisyWire(
            seed: 2, bytesPerSecond: 10_000_000, noise: NoisyWire.Noise(flip: 0.02))
        var near = SerialLink(wire.end(0), session: 10)
        var far = SerialLink(wire.end(1), session: 20)
        let faults = linkFaults(
            between: &near, and: &far, messages: 60, promise: .reliable, patience: .seconds(30))
        #expect(faults == [])
    }

    @Test func theLineIsUsedToNineTenthsOfWhatItCarries() throws {
        let wire = NoisyWire(seed: 1)
        var near = SerialLink(wire.end(0), session: 10, settings: settings)
        var far = SerialLink(wire.end(1), session: 20, settings: settings)
        let message = [UInt8](repeating: 0x5A, count: 4_800)
        var received = 0
        let start = wire.now
        while received < 20 {
            do throws(LinkError<WireEnd.Failure>) {
                try message.span.withUnsafeBytes { bytes throws(LinkError<WireEnd.Failure>) in
                    try near.send(bytes)
                }
            } catch { try #require(error.fault == .refused) }
            _ = try receive(&near, milliseconds: 5)
            if try receive(&far, milliseconds: 5) != nil { received += 1 }
        }
        let seconds = Double(wire.now.count - start.count) * 1e-12
        let share = Double(received * message.count) / seconds / 11_520
        #expect(share > 0.9)
        #expect(share < 1)
    }

    @Test func aSilentWireLosesNothingAndIsUsedAgainAtOnce() throws {
        let wire = NoisyWire(seed: 1)
        var near = SerialLink(wire.end(0), session: 10, settings: settings)
        var far = SerialLink(wire.end(1), session: 20, settings: settings)
        try meet(&near, &far)
        wire.isSilent = true
        for index in 0..<10 { try send("message \(index)", &near) }
        let silence = wire.now.later(by: .seconds(2))
        while wire.now < silence {
            #expect(try receive(&near) == nil)
            #expect(try receive(&far) == nil)
        }
        wire.isSilent = false
        let back = wire.now
        var received: [String] = []
        while received.count < 10, wire.now < back.later(by: .seconds(5)) {
            _ = try receive(&near)
            if let text = try receive(&far) { received.append(text) }
        }
        #expect(received == (0..<10).map { "message \($0)" })
        #expect(wire.now < back.later(by: .milliseconds(1_500)))
    }

    @Test func anEndThatBeginsAfreshGetsWhatWasNotAcknowledged() throws {
        let wire = NoisyWire(seed: 1)
        var near = SerialLink(wire.end(0), session: 10, settings: settings)
        do {
            var far = SerialLink(wire.end(1), session: 20, settings: settings)
            try meet(&near, &far)
        }
        // Two parts: the first may have reached the end that went away.
        let long = String(repeating: "0123456789", count: 90)
        try send(long, &near)
        for _ in 0..<20 { _ = try receive(&near) }
        var far = SerialLink(wire.end(1), session: 21, settings: settings)
        var received: [String] = []
        for _ in 0..<400 where received.isEmpty {
            _ = try receive(&near)
            if let text = try receive(&far) { received.append(text) }
        }
        #expect(received == [long])
        var counters = near.counters
        #expect(counters.peerRestarts == 1)
        // And the other way round.
        near = SerialLink(wire.end(0), session: 12, settings: settings)
        try send("new", &near)
        try send("old", &far)
        var (up, down): (String?, String?) = (nil, nil)
        for _ in 0..<400 where up == nil || down == nil {
            if let text = try receive(&near) { down = text }
            if let text = try receive(&far) { up = text }
        }
        #expect(up == "new")
        #expect(down == "old")
        counters = far.counters
        #expect(counters.peerRestarts == 1)
    }

    @Test func aMegabyteWithoutAFrameEndIsOneFaultAndWhatFollowsIsRead() throws {
        let wire = NoisyWire(seed: 1, bytesPerSecond: 1_000_000)
        var near = SerialLink(wire.end(0), session: 10)
        var far = SerialLink(wire.end(1), session: 20)
        try meet(&near, &far)
        wire.inject([UInt8](repeating: 0x41, count: 1 << 20), to: 1)
        try send("after it", &near)
        var text: String?
        for _ in 0..<2000 where text == nil {
            _ = try receive(&near)
            text = try receive(&far)
        }
        #expect(text == "after it")
        let counters = far.counters
        #expect(counters.malformed == 1)
    }

    @Test func noiseAloneIsNeverAMessageAndIsCounted() throws {
        let wire = NoisyWire(seed: 1, bytesPerSecond: 1_000_000)
        var far = SerialLink(wire.end(1), session: 20)
        var chance = SeededChance(seed: 9)
        for _ in 0..<200 {
            wire.inject(chance.bytes(1_000), to: 1)
            #expect(try receive(&far) == nil)
        }
        let counters = far.counters
        #expect(counters.bytesReceived > 190_000)
        #expect(counters.malformed + counters.damaged > 100)
        let peer = far.peer
        #expect(peer == 0)
    }

    @Test func aFullQueueRefusesAndForgetsNothing() throws {
        let wire = NoisyWire(seed: 1)
        var near = SerialLink(wire.end(0), session: 10, settings: settings)
        let message = [UInt8](repeating: 1, count: 5)
        var taken = 0
        while taken < 1_000 {
            do throws(LinkError<WireEnd.Failure>) {
                try message.span.withUnsafeBytes { bytes throws(LinkError<WireEnd.Failure>) in
                    try near.send(bytes)
                }
                taken += 1
            } catch {
                #expect(error.fault == .refused)
                break
            }
        }
        #expect(taken == 256)
        var far = SerialLink(wire.end(1), session: 20, settings: settings)
        var received = 0
        for _ in 0..<2_000 where received < taken {
            _ = try receive(&near)
            if try receive(&far) != nil { received += 1 }
        }
        #expect(received == taken)
        let refused = near.counters.messagesRefused
        #expect(refused == 1)
    }

    @Test func aBrokenWireIsAnErrorAndReopeningLosesNothing() throws {
        let wire = NoisyWire(seed: 1)
        var near = SerialLink(wire.end(0), session: 10, settings: settings)
        var far = SerialLink(wire.end(1), session: 20, settings: settings)
        try meet(&near, &far)
        try send("one", &near)
        wire.isBroken = true
        do {
            try send("two", &near)
            Issue.record("sent over nothing")
        } catch let error as LinkError<WireEnd.Failure> {
            #expect(error.fault == .unreachable)
        }
        try near.reopen(by: wire.now.later(by: .seconds(1)))
        try far.reopen(by: wire.now.later(by: .seconds(1)))
        var received: [String] = []
        for _ in 0..<200 where received.count < 2 {
            _ = try receive(&near)
            if let text = try receive(&far) { received.append(text) }
        }
        // The second was taken before the wire failed.
        #expect(received == ["one", "two"])
    }

    @Test func twoEndsWithTheSameSessionHearNothingOfEachOther() throws {
        let wire = NoisyWire(seed: 1)
        var near = SerialLink(wire.end(0), session: 10, settings: settings)
        var far = SerialLink(wire.end(1), session: 10, settings: settings)
        try send("echo", &near)
        for _ in 0..<100 {
            #expect(try receive(&near) == nil)
            #expect(try receive(&far) == nil)
        }
        let malformed = near.counters.malformed
        #expect(malformed > 0)
    }

    /// The example of docs/formats/link.md.
    @Test func theHelloOfTheDescriptionIsWhatIsSent() throws {
        let wire = NoisyWire(seed: 1)
        var near = SerialLink(wire.end(0), session: 0x0102_0304, settings: settings)
        #expect(try receive(&near) == nil)
        var line = wire.end(1)
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = try bytes.withUnsafeMutableBytes { bytes in
            var room = bytes.mutableBytes
            return try line.receive(into: &room, by: .seconds(1))
        }
        let described: [UInt8] = [
            0x00, 0x02, 0x01, 0x05, 0x04, 0x03, 0x02, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01,
            0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x05, 0xB4, 0x3D, 0xFD, 0x3C,
            0x00,
        ]
        #expect(Array(bytes[..<count]) == described)
    }

    /// Works both ends until they know each other.
    private func meet(
        _ near: inout SerialLink<WireEnd>, _ far: inout SerialLink<WireEnd>
    ) throws {
        for _ in 0..<100 where near.peer == 0 || far.peer == 0 {
            _ = try receive(&near)
            _ = try receive(&far)
        }
        let peers = [near.peer, far.peer]
        try #require(!peers.contains(0))
    }
}
