import LinkDrivers
import PayloadDoubles
import PayloadHAL
import Quantities
import Testing

import Wire

@Suite struct DatagramLinkTests {
    @Test func linksOverAQuietNetworkLoseNothing() {
        #expect(LinkLimits.largestMessage == MessageHeader.largestMessage)
        let net = LossyNet(seed: 1)
        var near = DatagramLink(net.end(0), session: 10)
        var far = DatagramLink(net.end(1), session: 20)
        let faults = linkFaults(
            between: &near, and: &far, messages: 40, promise: .complete, patience: .seconds(60))
        #expect(faults == [])
        let counters = far.counters
        #expect(counters.damaged + counters.malformed + counters.stale + counters.duplicates == 0)
    }

    @Test(arguments: 1...25 as ClosedRange<UInt64>)
    func whateverTheNetworkDoesAMessageComesWholeAndOnceOrNotAtAll(seed: UInt64) {
        let net = LossyNet(seed: seed, trouble: .heavy)
        var near = DatagramLink(net.end(0), session: 10)
        var far = DatagramLink(net.end(1), session: 20)
        let faults = linkFaults(
            between: &near, and: &far, messages: 60, promise: .partial, patience: .seconds(60),
            seed: seed)
        #expect(faults == [])
        // Most get through: 14 packets at 6 % of trouble each is the worst that they have.
        let (up, down) = (far.counters, near.counters)
        #expect(up.messagesReceived + down.messagesReceived > 40)
        #expect(up.damaged + down.damaged > 0)
        #expect(up.duplicates + up.stale > 0)
    }

    @Test func eachFaultOfTheNetworkHasACounter() {
        let cases: [(LossyNet.Trouble, (LinkCounters) -> Int64)] = [
            (LossyNet.Trouble(loss: 0.1), { $0.incomplete }),
            (LossyNet.Trouble(doubling: 0.5), { $0.duplicates }),
            (LossyNet.Trouble(damage: 0.2), { $0.damaged }),
            (LossyNet.Trouble(cutting: 0.2), { $0.malformed }),
            (LossyNet.Trouble(echo: 0.5), { $0.malformed }),
        ]
        for (trouble, count) in cases {
            let net = LossyNet(seed: 3, trouble: trouble)
            var near = DatagramLink(net.end(0), session: 10)
            var far = DatagramLink(net.end(1), session: 20)
            let faults = linkFaults(
                between: &near, and: &far, messages: 60, promise: .partial, patience: .seconds(60))
            #expect(faults == [], "\(trouble)")
            let seen = count(near.counters) + count(far.counters)
            #expect(seen > 0, "\(trouble)")
        }
    }

    @Test func reorderedPacketsOfManyMessagesAllArrive() {
        let net = LossyNet(seed: 5, trouble: LossyNet.Trouble(delay: 0.1))
        var near = DatagramLink(net.end(0), session: 10)
        var far = DatagramLink(net.end(1), session: 20)
        let faults = linkFaults(
            between: &near, and: &far, messages: 60, promise: .complete, patience: .seconds(60))
        #expect(faults == [])
    }

    @Test func anEndThatBeginsAfreshIsHeardAtOnceAndItsPastIsNot() throws {
        let net = LossyNet(seed: 1)
        var far = DatagramLink(net.end(1), session: 20)
        var old: [UInt8] = []
        do {
            var near = DatagramLink(net.end(0), session: 10)
            for _ in 0..<3 { try send("before", &near) }
            #expect(try receive(&far) == "before")
            old = try #require(takeLater(net))
        }
        var near = DatagramLink(net.end(0), session: 11)
        try send("after", &near)
        #expect(try receive(&far) == "before")
        #expect(try receive(&far) == "after")
        net.inject(old, to: 1)
        #expect(try receive(&far) == nil)
        let counters = far.counters
        #expect(counters.peerRestarts == 1)
        #expect(counters.stale == 1)
    }

    @Test func halvesOfManyMessagesNeitherFillTheMemoryNorHoldUpTheNext() throws {
        let net = LossyNet(seed: 1)
        var near = DatagramLink(net.end(0), session: 10)
        var far = DatagramLink(net.end(1), session: 20)
        let long = String(repeating: "long ", count: 400)
        for _ in 0..<200 {
            try send(long, &near)
            // The second of the two packets is lost.
            let first = try #require(takeLater(net))
            _ = takeLater(net)
            net.inject(first, to: 1)
            #expect(try receive(&far) == nil)
        }
        try send("whole", &near)
        #expect(try receive(&far) == "whole")
        let counters = far.counters
        #expect(counters.incomplete >= 190)
    }

    @Test func aBrokenNetworkIsAnErrorUntilItIsReopened() throws {
        let net = LossyNet(seed: 1)
        var near = DatagramLink(net.end(0), session: 10)
        net.isBroken = true
        do throws(LinkError<NetEnd.Failure>) {
            let message: [UInt8] = [1]
            try message.span.withUnsafeBytes { bytes throws(LinkError<NetEnd.Failure>) in
                try near.send(bytes)
            }
            Issue.record("sent over nothing")
        } catch { #expect(error.fault == .unreachable) }
        try near.reopen(by: .seconds(1))
        try send("again", &near)
    }

    /// The example of docs/formats/link.md.
    @Test func thePacketOfTheDescriptionIsWhatIsSent() throws {
        let net = LossyNet(seed: 1)
        var near = DatagramLink(net.end(0), session: 0x0102_0304)
        try send("lodestar", &near)
        let packet = try #require(takeLater(net))
        let described: [UInt8] = [
            0x4C, 0x46, 0x01, 0x00, 0x04, 0x03, 0x02, 0x01, 0x00, 0x00, 0x00, 0x00, 0x08, 0x00,
            0x00, 0x00, 0xC1, 0x6F, 0x87, 0x1D, 0x6C, 0x6F, 0x64, 0x65, 0x73, 0x74, 0x61, 0x72,
            0x91, 0xCC, 0x47, 0x60,
        ]
        #expect(packet == described)
    }
}

/// The next packet to the far end, however long it takes.
func takeLater(_ net: LossyNet) -> [UInt8]? {
    var end = net.end(1)
    var packet = [UInt8](repeating: 0, count: 2_000)
    let deadline = net.now.later(by: .seconds(1))
    let count = packet.withUnsafeMutableBytes { packet in
        var room = packet.mutableBytes
        return (try? end.receive(into: &room, by: deadline)) ?? 0
    }
    return count > 0 ? Array(packet[..<count]) : nil
}

/// Sends a text.
func send<Link: MessageLink & ~Copyable>(_ text: String, _ link: inout Link) throws {
    let bytes = Array(text.utf8)
    try bytes.span.withUnsafeBytes { bytes throws(Link.Failure) in try link.send(bytes) }
}

/// The next message within 10 ms of the link's time, as text.
func receive<Link: MessageLink & ~Copyable>(
    _ link: inout Link, milliseconds: Int64 = 10
) throws -> String? {
    let room = UnsafeMutableRawBufferPointer.allocate(
        byteCount: LinkLimits.largestMessage, alignment: 1)
    defer { room.deallocate() }
    let count = try link.receive(into: room, by: link.now.later(by: .milliseconds(milliseconds)))
    return count > 0 ? String(decoding: room[..<count], as: UTF8.self) : nil
}
