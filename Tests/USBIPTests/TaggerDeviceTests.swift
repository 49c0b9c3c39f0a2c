import Simulator
import Testing
import TimeTags
import USBIP

@Suite struct TaggerDeviceTests {
    /// Enables all eight channels and starts, as the page on the tagger has it byte by byte.
    private static func started(
        _ tagger: ReferenceTaggerDevice = ReferenceTaggerDevice()
    ) -> BusHost<ReferenceTaggerDevice> {
        var host = BusHost.attached(tagger)
        #expect(host.control([0x40, 0x11, 0xFF, 0, 0, 0, 0, 0]) == [])
        #expect(host.control([0x40, 0x20, 0, 0, 0, 0, 0, 0]) == [])
        return host
    }

    /// Everything that a host gets which always has a transfer of 64 KiB under way.
    private static func drain<F: USBFunction>(_ host: inout BusHost<F>) -> [UInt8] {
        var bytes: [UInt8] = []
        while let answer = host.read(65_536) {
            guard answer.status == 0 else { break }
            bytes += answer.data
        }
        // The one that is still under way is taken back.
        host.unlink(host.lastNumber)
        _ = host.answer()
        return bytes
    }

    private static func decode(_ bytes: [UInt8]) -> [TimeTag] {
        var decoder = ReferenceDecoder()
        return read(bytes, &decoder)
    }

    private static func read(_ bytes: [UInt8], _ decoder: inout some TagDecoder) -> [TimeTag] {
        var tags = [TimeTag](repeating: TimeTag(time: 0, channel: 0), count: 400_000)
        let count = bytes.withUnsafeBytes { input in
            tags.withUnsafeMutableBufferPointer {
                decoder.decode(input, into: $0).tagsWritten
            }
        }
        return Array(tags[..<count])
    }

    @Test func theBytesAreThoseOfTheSimulatedTaggerWhileTheHostKeepsUp() {
        var host = Self.started()
        var world = SimulatedWorld(WorldParameters())
        var peer = SimulatedTagger(WorldParameters())
        var received: [UInt8] = []
        var expected: [UInt8] = []
        for step in 1...300 {
            let time = Int64(step) * SimulatedTagger.flushInterval
            world.advance(to: time)
            peer.advance(to: time)
            expected += peer.bytes
            let tags = world.tags
            host.server.withFunction(0) { tagger in
                tags.withUnsafeBufferPointer { tagger.take($0, now: time) }
            }
            received += Self.drain(&host)
        }
        #expect(expected.count > 100_000)
        #expect(received == expected)
    }

    @Test func whatTheHostDoesNotFetchIsDroppedAndTold() {
        var host = Self.started(ReferenceTaggerDevice(memory: 4_096))
        var time: Int64 = 0
        var sent = 0
        func feed(_ host: inout BusHost<ReferenceTaggerDevice>, _ count: Int) {
            let tags = (0..<count).map { index in
                TimeTag(time: time + Int64(index) * 1_000_000, channel: 3)
            }
            time += Int64(count) * 1_000_000
            sent += count
            host.server.withFunction(0) { tagger in
                tags.withUnsafeBufferPointer { tagger.take($0, now: time) }
            }
        }
        for _ in 0..<10 { feed(&host, 10_000) }
        let dropped = host.server.withFunction(0) { $0.counts.dropped }
        #expect(dropped > 50_000)
        var bytes = Self.drain(&host)
        feed(&host, 10)
        bytes += Self.drain(&host)
        // What each frame says was lost before it, and what it holds.
        var at = 0
        var counted: Int64 = 0
        while at + 40 <= bytes.count {
            let lost = bytes[at + 12..<at + 16].reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
            #expect((bytes[at + 5] == 1) == (lost > 0))
            counted += lost
            at += 40 + 8 * (Int(bytes[at + 6]) | Int(bytes[at + 7]) << 8)
        }
        #expect(counted == dropped)
        let tags = Self.decode(bytes)
        #expect(tags.filter { $0.kind == .detection }.count == sent - Int(dropped))
        #expect(tags.filter { $0.kind == .lossBegin }.count >= 1)
        let status = host.control([0xC0, 2, 0, 0, 0, 0, 48, 0]) ?? []
        #expect(status[4] == 5)
        let told = status[24..<32].reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
        #expect(told == dropped)
        let counts = host.server.withFunction(0) { $0.counts }
        #expect(counts.taken == Int64(sent))
        #expect(counts.sent + counts.dropped == Int64(sent))
    }

    @Test func identityAndStatusAreAsThePageSays() {
        var host = BusHost.attached(ReferenceTaggerDevice(serial: "SIM0042", memory: 1_000))
        let identity = host.control([0xC0, 1, 0, 0, 0, 0, 64, 0]) ?? []
        #expect(identity.count == 64)
        #expect(Array(identity[0..<5]) == [0x4C, 0x54, 0x54, 0x49, 1])
        #expect(Array(identity[24..<28]) == [0xE8, 3, 0, 0])
        #expect(String(decoding: identity[32..<39], as: UTF8.self) == "SIM0042")
        #expect(host.control([0x40, 0x10, 0x6A, 0xFF, 2, 0, 0, 0]) == [])
        #expect(host.control([0x40, 0x11, 0x1F, 0, 0, 0, 0, 0]) == [])
        let thresholds = host.control([0xC0, 3, 0, 0, 0, 0, 16, 0]) ?? []
        #expect(thresholds[4..<6] == [0x6A, 0xFF])
        #expect(host.control([0x40, 0x20, 0, 0, 0, 0, 0, 0]) == [])
        let status = host.control([0xC0, 2, 0, 0, 0, 0, 48, 0]) ?? []
        #expect(status.count == 48)
        #expect(Array(status[0..<8]) == [0x4C, 0x54, 0x54, 0x53, 1, 0, 1, 0])
        #expect(Array(status[16..<20]) == [0x1F, 0, 0, 0])
    }

    @Test(
        arguments: [
            ([0x40, 0x55, 0, 0, 0, 0, 0, 0], 1), ([0x40, 0x10, 0, 0, 8, 0, 0, 0], 2),
            ([0x40, 0x11, 0, 1, 0, 0, 0, 0], 2), ([0x40, 0x10, 0xFF, 0x7F, 0, 0, 0, 0], 3),
            ([0x40, 0x12, 2, 0, 0, 0, 0, 0], 4), ([0x40, 0x14, 99, 0, 0, 0, 0, 0], 6),
            ([0x40, 0x13, 0, 0, 0, 0, 0, 0], 7), ([0x40, 0x12, 1, 0, 0, 0, 0, 0], 8),
        ] as [([UInt8], UInt8)])
    func whatItCannotDoItStallsAndSaysWhy(setup: [UInt8], refusal: UInt8) {
        var host = Self.started()
        #expect(host.control(setup) == nil)
        #expect(host.control([0xC0, 2, 0, 0, 0, 0, 48, 0])?[7] == refusal)
    }

    @Test func aTestPulseGivesTagsOfEnabledChannels() {
        var host = BusHost.attached(ReferenceTaggerDevice())
        #expect(host.control([0x40, 0x11, 2, 0, 0, 0, 0, 0]) == [])
        // Channels 0 and 1, every 100 us.
        let data: [UInt8] = [3, 0, 0, 0, 0xA0, 0x86, 1, 0]
        #expect(host.control([0x40, 0x13, 0, 0, 0, 0, 8, 0], data: data) == [])
        #expect(host.control([0x40, 0x20, 0, 0, 0, 0, 0, 0]) == [])
        host.server.withFunction(0) {
            $0.take(UnsafeBufferPointer(start: nil, count: 0), now: 1_000_000_001)
        }
        let tags = Self.decode(Self.drain(&host))
        #expect(tags.count == 10)
        #expect(tags.first == TimeTag(time: 100_000_000, channel: 1))
    }

    @Test func aTaggerWithoutTagsShowsThatItLives() {
        var host = Self.started()
        for step in 1...100 {
            host.server.withFunction(0) {
                $0.take(UnsafeBufferPointer(start: nil, count: 0), now: Int64(step) * 5_000_000_000)
            }
        }
        #expect(Self.drain(&host).count == 5 * 40)
    }

    @Test func afterStopNothingComesAndAfterStartTheSequenceHasAGap() {
        var host = Self.started()
        let tag = [TimeTag(time: 1_000, channel: 1)]
        func feed(_ host: inout BusHost<ReferenceTaggerDevice>) {
            host.server.withFunction(0) { tagger in
                tag.withUnsafeBufferPointer { tagger.take($0, now: 2_000) }
            }
        }
        feed(&host)
        #expect(Self.drain(&host)[8] == 0)
        #expect(host.control([0x40, 0x21, 0, 0, 0, 0, 0, 0]) == [])
        feed(&host)
        #expect(Self.drain(&host) == [])
        #expect(host.control([0x40, 0x20, 0, 0, 0, 0, 0, 0]) == [])
        feed(&host)
        #expect(Self.drain(&host)[8] == 2)
    }

    @Test func framesLostOnOrderLeaveAGapAndGarbageIsSkipped() {
        var host = Self.started()
        for step in 1...10 {
            host.server.withFunction(0) { tagger in
                if step == 4 { tagger.loseFrames(2) }
                if step == 8 { tagger.sendGarbage(1_000) }
                let tags = [TimeTag(time: Int64(step) * 1_000_000, channel: 1)]
                tags.withUnsafeBufferPointer {
                    tagger.take($0, now: Int64(step) * 1_000_000)
                }
            }
        }
        let bytes = Self.drain(&host)
        let tags = Self.decode(bytes)
        #expect(bytes.count == 8 * 48 + 1_000)
        #expect(
            tags.filter { $0.kind == .detection }.map(\.time)
                == [1, 2, 3, 6, 7, 8, 9, 10].map { $0 * 1_000_000 })
        #expect(tags.filter { $0.kind == .lossBegin }.count == 2)
    }

    @Test func aNoxIsDecodedToTheNearestTick() {
        var host = BusHost.attached(RecordTaggerDevice.nox())
        #expect(host.readNox() == nil)
        let tags = (0..<5_000).map {
            TimeTag(time: 7 + Int64($0) * 123_456_789, channel: UInt8($0 % 6))
        }
        host.server.withFunction(0) { tagger in
            tags.withUnsafeBufferPointer { tagger.take($0, now: 0) }
        }
        host.fetch()
        var bytes = host.answer()?.data ?? []
        while let answer = host.readNox() { bytes += answer.data }
        var decoder = NoxDecoder()
        let decoded = Self.read(bytes, &decoder)
        #expect(decoded.count == tags.count)
        for (found, sent) in zip(decoded, tags) {
            #expect(found.channel == sent.channel && abs(found.time - sent.time) <= 1)
        }
    }

    @Test func anFX2TaggerIsDecodedToTheTickBegun() {
        var encoder = FX2Encoder()
        var bytes: [UInt8] = []
        // 600 s: the counter wraps once.
        let tags = (0..<6_000).map {
            TimeTag(time: Int64($0) * 100_000_000_007, channel: UInt8($0 % 4))
        }
        for tag in tags { #expect(encoder.append(tag, to: &bytes)) }
        var decoder = FX2Decoder()
        let decoded = Self.read(bytes, &decoder).filter { $0.kind == .detection }
        #expect(decoded.count == tags.count)
        for (found, sent) in zip(decoded, tags) {
            #expect(found.channel == sent.channel && 0...7_813 ~= sent.time - found.time)
        }
    }

    @Test func aNoxWithALineIsStartedByLetters() {
        var nox = RecordTaggerDevice.nox()
        nox.attachLine()
        var output: [UInt8] = []
        #expect(nox.transmit(8_192, packetSize: 512, from: 0x82, into: &output) == .wait)
        #expect(!nox.isRunning)
        nox.letter(UInt8(ascii: "W"))
        #expect(!nox.isRunning)
        nox.letter(UInt8(ascii: "R"))
        #expect(nox.isRunning)
        nox.letter(UInt8(ascii: "S"))
        #expect(!nox.isRunning)
    }

    @Test func anFX2TaggerObeysItsRegisters() {
        var host = BusHost.attached(RecordTaggerDevice.fx2())
        func exchange(_ write: UInt8, _ address: UInt8, _ value: UInt8) -> [UInt8]? {
            let command: [UInt8] = [0xAA, write, address, 0, value, 0, 0, 0]
            host.submit(endpoint: 2, isIn: false, length: 8, data: command)
            #expect(host.answer(isIn: false)?.status == 0)
            host.submit(endpoint: 8, isIn: true, length: 512)
            return host.answer()?.data
        }
        func feed(_ times: [Int64], now: Int64) {
            let tags = times.map { TimeTag(time: $0, channel: 1) }
            host.server.withFunction(0) { tagger in
                tags.withUnsafeBufferPointer { tagger.take($0, now: now) }
            }
        }
        #expect(exchange(0, 2, 0) == [0x00, 0x20, 0xA1, 0x07])
        feed([5_000_000], now: 10_000_000)
        // Its counter begins at 10 us of the world.
        #expect(exchange(1, 3, 4) == [4, 0, 0, 0])
        #expect(exchange(1, 4, 0xF) == [0xF, 0, 0, 0])
        #expect(exchange(1, 3, 3) == [3, 0, 0, 0])
        feed([11_000_000, 12_000_000], now: 13_000_000)
        host.submit(endpoint: 6, isIn: true, length: 1_024)
        var decoder = FX2Decoder()
        let tags = Self.read(host.answer()?.data ?? [], &decoder)
        #expect(tags.map(\.time) == [1_000_000, 2_000_000])
        #expect(exchange(1, 3, 0) == [0, 0, 0, 0])
        feed([14_000_000], now: 15_000_000)
        host.submit(endpoint: 6, isIn: true, length: 1_024)
        #expect(host.answer() == nil)
        // What is no command stalls the endpoint.
        host.submit(endpoint: 2, isIn: false, length: 8, data: [9, 9, 9, 9, 9, 9, 9, 9])
        #expect(host.answer(isIn: false)?.status == -32)
    }

    @Test func everyTaggerOnTheCommandLineIsThere() {
        for name in EmulatedTagger.names { #expect(EmulatedTagger(named: name) != nil) }
        #expect(EmulatedTagger(named: "none") == nil)
    }

    @Test func tagsBeyondAFormatAreLeftOut() {
        var bytes: [UInt8] = []
        var encoder = FX2Encoder()
        #expect(!encoder.append(TimeTag(time: 5, channel: 4), to: &bytes))
        #expect(!NoxEncoder().append(TimeTag(time: 5, channel: 15), to: &bytes))
        #expect(!NoxEncoder().append(TimeTag(time: -5, channel: 1), to: &bytes))
        #expect(bytes.isEmpty)
    }

    @Test(arguments: MisbehavingTaggerDevice.Fault.allCases)
    func aMisbehavingTaggerNeverBreaksTheServer(fault: MisbehavingTaggerDevice.Fault) {
        var host = BusHost.attached(MisbehavingTaggerDevice(fault))
        _ = host.control([0xC0, 1, 0, 0, 0, 0, 64, 0])
        _ = host.control([0x40, 0x11, 0xFF, 0, 0, 0, 0, 0])
        _ = host.control([0x40, 0x20, 0, 0, 0, 0, 0, 0])
        for step in 1...40 {
            host.server.withFunction(0) { tagger in
                let tags = [TimeTag(time: Int64(step) * 1_000_000, channel: 1)]
                tags.withUnsafeBufferPointer {
                    tagger.take($0, now: Int64(step) * 1_000_000)
                }
            }
            host.submit(endpoint: 1, isIn: true, length: 16_384)
            host.fetch()
        }
        #expect(host.server.fault(of: host.connection) == nil)
    }
}

extension BusHost {
    /// The number of the last message.
    var lastNumber: UInt32 { messages }

    /// A transfer from the endpoint of a Nox.
    mutating func readNox() -> Answer? {
        submit(endpoint: 2, isIn: true, length: 8_192)
        return answer()
    }
}
