import Testing
import Wire

/// A small seeded generator (SplitMix64), so that a failing run can be repeated.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Slots in which a click falls with probability `p` each, `slots` of them.
func clicks(probability p: Double, slots: UInt32, random: inout Seeded) -> [ClickWord] {
    var all: [ClickWord] = []
    var slot: UInt32 = 0
    while slot < slots {
        if Double.random(in: 0..<1, using: &random) < p {
            all.append(
                ClickWord(
                    slot: slot, basis: UInt8(random.next() & 1), bit: UInt8(random.next() & 1)))
        }
        slot += 1
    }
    return all
}

/// As `clicks`, by geometric gaps from the logarithm's series: for small p and many slots.
func sparseClicks(probability p: Double, slots: UInt32, random: inout Seeded) -> [ClickWord] {
    // A gap is longer than g with probability (1 - p)^g; bisect g for a uniform draw.
    var powers: [Double] = [1 - p]
    for _ in 1..<31 { powers.append(powers[powers.count - 1] * powers[powers.count - 1]) }
    var all: [ClickWord] = []
    var next: UInt64 = 0
    while true {
        let draw = Double.random(in: 0..<1, using: &random)
        var gap: UInt64 = 0
        var tail = 1.0
        for bit in (0..<31).reversed() where tail * powers[bit] > draw {
            tail *= powers[bit]
            gap += 1 << UInt64(bit)
        }
        next += gap
        guard next < UInt64(slots) else { return all }
        all.append(
            ClickWord(slot: UInt32(next), basis: UInt8(random.next() & 1), bit: 0))
        next += 1
    }
}

/// Encodes a whole epoch into payloads.
func payloads(_ clicks: [ClickWord]) throws -> [[UInt8]] {
    var all: [[UInt8]] = []
    var done = 0
    var base: UInt32 = 0
    repeat {
        var room = [UInt8](repeating: 0xAA, count: MessageHeader.largestPayload)
        let (count, bytes) = try clicks.withUnsafeBufferPointer { clicks in
            try room.withUnsafeMutableBytes {
                try AnnouncementPayload.encode(
                    UnsafeBufferPointer(rebasing: clicks[done...]), firstIndex: UInt32(done),
                    base: base, into: $0)
            }
        }
        all.append(Array(room[..<bytes]))
        done += count
        if done > 0 { base = clicks[done - 1].slot + 1 }
    } while done < clicks.count
    return all
}

func decode(_ payload: [UInt8], slots: UInt32) throws(WireError) -> [ClickWord] {
    var room = [ClickWord](
        repeating: ClickWord(slot: 0, basis: 0, bit: 0),
        count: AnnouncementPayload.largestClickCount)
    var failure: WireError?
    var count = 0
    payload.withUnsafeBytes { bytes in
        room.withUnsafeMutableBufferPointer { room in
            do throws(WireError) {
                count = try AnnouncementPayload.decode(bytes, slotCount: slots, into: room).count
            } catch { failure = error }
        }
    }
    if let failure { throw failure }
    return Array(room[..<count])
}

@Suite struct MessageTests {
    func message(payload: [UInt8]) throws -> [UInt8] {
        var room = [UInt8](repeating: 0, count: MessageHeader.largestMessage)
        room.replaceSubrange(
            MessageHeader.size..<MessageHeader.size + payload.count, with: payload)
        let header = MessageHeader(
            type: .reply, direction: .down, part: 3, parts: 7, session: 0x0102_0304,
            sequence: 5, epoch: 6)
        let count = try room.withUnsafeMutableBytes {
            try Message.seal(header, payloadCount: payload.count, in: $0)
        }
        return Array(room[..<count])
    }

    @Test func aMessageIsLaidOutAsDocumentedDownToTheByte() throws {
        let bytes = try message(payload: [9, 8])
        #expect(
            Array(bytes[..<24]) == [
                0x4C, 0x57, 1, 2, 1, 3, 7, 0, 4, 3, 2, 1, 5, 0, 0, 0, 6, 0, 0, 0, 2, 0, 9, 8,
            ])
        #expect(bytes.count == 28)
        let (header, payload) = try bytes.withUnsafeBytes { try Message.open($0) }
        #expect(header.part == 3 && header.parts == 7 && header.session == 0x0102_0304)
        #expect(payload == 22..<24)
    }

    @Test func everySingleBitFlipIsNoticed() throws {
        let bytes = try message(payload: Array(0..<50))
        var accepted = 0
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            if (try? damaged.withUnsafeBytes({ try Message.open($0) })) != nil { accepted += 1 }
        }
        #expect(accepted == 0)
    }

    @Test func everyCutIsNoticed() throws {
        let bytes = try message(payload: Array(0..<50))
        for count in 0..<bytes.count {
            #expect(throws: WireError.self) {
                _ = try Array(bytes[..<count]).withUnsafeBytes { try Message.open($0) }
            }
        }
    }
}

@Suite struct AnnouncementTests {
    @Test(arguments: [0, 1e-3, 0.02, 0.5, 1])
    func whatIsAnnouncedIsReadBack(probability: Double) throws {
        var random = Seeded(seed: 11)
        let slots: UInt32 = 60_000
        let sent = clicks(probability: probability, slots: slots, random: &random)
        var read: [ClickWord] = []
        for payload in try payloads(sent) { read += try decode(payload, slots: slots) }
        #expect(read == sent.map { ClickWord(slot: $0.slot, basis: $0.basis, bit: 0) })
    }

    @Test func clicksAtTheEndsOfTheLongestEpochAreReadBack() throws {
        let sent = [0, 1, ClickWord.largestEpoch - 1].map {
            ClickWord(slot: $0, basis: 1, bit: 0)
        }
        let read = try payloads(sent).flatMap { try decode($0, slots: ClickWord.largestEpoch) }
        #expect(read == sent)
        #expect(throws: WireError.slot(UInt64(ClickWord.largestEpoch - 1))) {
            try payloads(sent).flatMap { try decode($0, slots: ClickWord.largestEpoch - 1) }
        }
    }

    @Test func anAnnouncementDoesNotDependOnTheKeyBits() throws {
        var random = Seeded(seed: 12)
        let sent = clicks(probability: 0.01, slots: 50_000, random: &random)
        let flipped = sent.map { ClickWord(slot: $0.slot, basis: $0.basis, bit: 1 - $0.bit) }
        #expect(try payloads(sent) == payloads(flipped))
    }

    /// 200 ms epochs at 625 MHz, headers and checksums included.
    @Test func theSizeAtThirteenKilohertzIsWithinTwoPercentOfTheEntropy() throws {
        var random = Seeded(seed: 13)
        let slots: UInt32 = 125_000_000
        for p in [1e-3, 1e-4, 13.5e3 / 625e6, 1e-5, 1e-6] {
            var (bytes, count) = (0, 0)
            for _ in 0..<(p > 1e-4 ? 1 : 20) {
                let sent = sparseClicks(probability: p, slots: slots, random: &random)
                count += sent.count
                bytes += try payloads(sent).reduce(0) {
                    $0 + $1.count + MessageHeader.size + MessageHeader.trailerSize
                }
            }
            let entropy = entropyPerClick(p) + 1
            let ratio = Double(8 * bytes) / Double(count) / entropy
            print("announcement at p = \(p): \(ratio) of the entropy, \(count) clicks")
            if p > 1.5e-5 { #expect(ratio < 1.02) }
            #expect(ratio > 0.98)
        }
    }

    /// Binary entropy of p over p, bits, by the series of log2.
    func entropyPerClick(_ p: Double) -> Double {
        (-p * log2(p) - (1 - p) * log2(1 - p)) / p
    }

    func log2(_ x: Double) -> Double {
        // Exponent, and the series of the inverse hyperbolic tangent for the rest.
        let rest = (x.significand - 1) / (x.significand + 1)
        var (power, sum) = (rest, 0.0)
        for n in stride(from: 1.0, to: 60, by: 2) {
            sum += power / n
            power *= rest * rest
        }
        return Double(x.exponent) + 2 * sum / 0.693_147_180_559_945_3
    }

    @Test func randomAndMutatedPayloadsAreRefusedOrReadWithinBounds() throws {
        let seed: UInt64 = 14
        var random = Seeded(seed: seed)
        let sent = clicks(probability: 0.02, slots: 10_000, random: &random)
        let good = try payloads(sent)[0]
        for round in 0..<5_000 {
            var bytes = round % 2 == 0 ? good : []
            if bytes.isEmpty {
                bytes = (0..<Int.random(in: 0..<200, using: &random)).map { _ in
                    UInt8(truncatingIfNeeded: random.next())
                }
            } else {
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
                        UInt8(truncatingIfNeeded: random.next())
                }
                bytes.removeLast(Int.random(in: 0..<3, using: &random))
            }
            guard let read = try? decode(bytes, slots: 10_000) else { continue }
            let isAscending = zip(read, read.dropFirst()).allSatisfy { $0.slot < $1.slot }
            #expect(isAscending && read.allSatisfy { $0.slot < 10_000 }, "seed \(seed)")
        }
    }
}

@Suite struct ReplyTests {
    func verdicts(_ clicks: [ClickWord], weights: [Int], random: inout Seeded) -> [Verdict] {
        clicks.map { click in
            guard random.next() & 1 == 0 else { return .dropped }
            var draw = Int.random(in: 0..<weights.reduce(0, +), using: &random)
            var intensity = 0
            while draw >= weights[intensity] {
                draw -= weights[intensity]
                intensity += 1
            }
            return Verdict(
                intensity: UInt8(intensity), bit: click.basis == 1 ? UInt8(random.next() & 1) : 0)
        }
    }

    @Test(arguments: [[1, 0, 0], [90, 9, 1], [1, 1, 1], [0, 0, 1], [1, 90, 9]])
    func verdictsAreReadBackAndAlwaysFitOneMessage(weights: [Int]) throws {
        var random = Seeded(seed: 21)
        for count in [0, 1, 100, AnnouncementPayload.largestClickCount] {
            let clicks = (0..<count).map {
                ClickWord(slot: UInt32($0), basis: UInt8(random.next() & 1), bit: 0)
            }
            let sent = verdicts(clicks, weights: weights, random: &random)
            var room = [UInt8](repeating: 0, count: MessageHeader.largestPayload)
            var read = [Verdict](repeating: .dropped, count: count)
            let digest = ShortDigest(low: 1, high: 2)
            let size = try clicks.withUnsafeBufferPointer { clicks in
                try sent.withUnsafeBufferPointer { sent in
                    try room.withUnsafeMutableBytes {
                        try ReplyPayload.encode(
                            sent, on: clicks, testBasis: 1, digest: digest, into: $0)
                    }
                }
            }
            try clicks.withUnsafeBufferPointer { clicks in
                try read.withUnsafeMutableBufferPointer { read in
                    try room.withUnsafeBytes {
                        let reply = try ReplyPayload.decode(
                            UnsafeRawBufferPointer(rebasing: $0[..<size]), on: clicks,
                            testBasis: 1, into: read)
                        #expect(reply.digest == digest)
                    }
                }
            }
            #expect(read == sent)
        }
    }

    @Test func mutatedRepliesNeverCrash() throws {
        var random = Seeded(seed: 22)
        let clicks = (0..<200).map {
            ClickWord(slot: UInt32($0), basis: UInt8(random.next() & 1), bit: 0)
        }
        let sent = verdicts(clicks, weights: [8, 2, 1], random: &random)
        var good = [UInt8](repeating: 0, count: 1000)
        let size = try clicks.withUnsafeBufferPointer { clicks in
            try sent.withUnsafeBufferPointer { sent in
                try good.withUnsafeMutableBytes {
                    try ReplyPayload.encode(
                        sent, on: clicks, testBasis: 1, digest: ShortDigest(low: 1, high: 2),
                        into: $0)
                }
            }
        }
        good.removeLast(good.count - size)
        var refused = 0
        for _ in 0..<5_000 {
            var bytes = good
            for _ in 0..<3 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
                    UInt8(truncatingIfNeeded: random.next())
            }
            var read = [Verdict](repeating: .dropped, count: clicks.count)
            clicks.withUnsafeBufferPointer { clicks in
                read.withUnsafeMutableBufferPointer { read in
                    bytes.withUnsafeBytes {
                        do {
                            _ = try ReplyPayload.decode($0, on: clicks, testBasis: 1, into: read)
                        } catch { refused += 1 }
                    }
                }
            }
            #expect(read.allSatisfy { $0.intensity < 3 })
        }
        #expect(refused > 2_500)
    }
}
