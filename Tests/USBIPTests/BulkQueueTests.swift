import Testing
import USBIP

@Suite struct BulkQueueTests {
    /// Random transfers in, random room out: what comes is what packets on a bus would bring.
    @Test(arguments: 0..<20)
    func transfersEndWhereAHostWouldSeeThemEnd(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        var queue = BulkQueue(capacity: 5_000)
        var packets: [[UInt8]] = []
        var next: UInt8 = 0
        for _ in 0..<400 {
            let transfer = (0..<random(1_400)).map { _ in
                next &+= 1
                return next
            }
            let endsEmpty = random(2) == 0
            let fits = queue.space >= transfer.count
            let isTaken = transfer.withUnsafeBytes {
                queue.append($0, packetSize: 64, endsEmpty: endsEmpty)
            }
            #expect(isTaken == fits)
            if fits { packets.append(transfer: transfer, endsEmpty: endsEmpty) }
            let length = 64 * (1 + random(20))
            var output: [UInt8] = []
            let answer = queue.transmit(length, packetSize: 64, into: &output)
            let expected = packets.takeTransfer(length)
            #expect(output == expected ?? [])
            #expect(answer == (expected == nil ? .wait : .complete))
        }
    }
}

extension [[UInt8]] {
    fileprivate mutating func append(transfer: [UInt8], endsEmpty: Bool) {
        var rest = transfer[...]
        while !rest.isEmpty {
            append([UInt8](rest.prefix(64)))
            rest = rest.dropFirst(64)
        }
        // Two empty packets one after the other are as good as one.
        if transfer.count % 64 == 0, endsEmpty, last?.isEmpty != true, !transfer.isEmpty {
            append([])
        }
    }

    /// Packets until a short one or until the room is full; `nil` if neither happens.
    fileprivate mutating func takeTransfer(_ length: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        for (index, packet) in enumerated() {
            bytes += packet
            if packet.count < 64 || bytes.count == length {
                removeFirst(index + 1)
                return bytes
            }
        }
        return nil
    }
}
