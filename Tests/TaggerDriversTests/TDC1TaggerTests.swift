import PayloadDoubles
import PayloadHAL
import Quantities
import TaggerDrivers
import Testing

/// A TDC1 as far as the public pyS15 shows it: lines of orders, answers, then words.
private final class FakeTDC1: @unchecked Sendable {
    var pending: [UInt8] = []
    var typed: [UInt8] = []
    var orders: [String] = []
    var level = 0.0
    var isRunning = false
    var name = "TDC1 Timestamp/counter SN 123"
    var now = Picoseconds.zero
    /// Whether it says nothing at all.
    var isMute = false
    /// What it says to any order beside the answer.
    var remark = ""

    func take(_ bytes: [UInt8]) {
        for byte in bytes {
            guard byte == 0x0A || byte == 0x3B else {
                typed.append(byte)
                continue
            }
            let order = String(decoding: typed.filter { $0 != 0x0D }, as: UTF8.self)
            typed = []
            guard !order.isEmpty else { continue }
            orders.append(order)
            obey(order)
        }
    }

    private func obey(_ order: String) {
        let words = order.split(separator: " ")
        switch words[0] {
        case "*idn?": say(name)
        case "level?": say("\(level) V")
        case "NEG", "POS": level = Double(words[1]) ?? .nan
        case "timestamp": isRunning = true
        case "abort": isRunning = false
        default: break
        }
        if !remark.isEmpty, words[0] == "REFCLK" { say(remark) }
    }

    private func say(_ line: String) {
        if !isMute { pending += Array("\(line)\r\n".utf8) }
    }
}

private struct FakeLine: ByteConnection, ~Copyable {
    enum Failure: InstrumentError {
        case never
        var fault: InstrumentFault { .unreachable }
    }
    let fake: FakeTDC1
    var now: Picoseconds { fake.now }

    func send(_ bytes: RawSpan, by deadline: Picoseconds) throws(Failure) {
        fake.take(bytes.withUnsafeBytes { Array($0) })
    }

    mutating func receive(
        into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(Failure) -> Int {
        if fake.isRunning, fake.pending.isEmpty {
            fake.pending = [0x41, 1, 0, 0]
            fake.now = fake.now.later(by: .milliseconds(1))
        }
        let count = min(fake.pending.count, buffer.byteCount)
        for index in 0..<count {
            buffer.storeBytes(of: fake.pending[index], toByteOffset: index, as: UInt8.self)
        }
        fake.pending.removeFirst(count)
        if count == 0 { fake.now = max(fake.now, deadline) }
        return count
    }

    mutating func reopen(by deadline: Picoseconds) throws(Failure) { fake.pending = [] }
}

@Suite struct TDC1TaggerTests {
    private typealias Failure = TaggerError<FakeLine.Failure>

    private func settings(_ volts: Double) -> TaggerSettings {
        var settings = TaggerSettings()
        settings.thresholds = (0..<4).map { ChannelThreshold(channel: $0, volts: volts) }
        settings.clockSource = .external
        return settings
    }

    @Test func aTaggerThatSpeaksAsThePublicReaderExpectsKeepsTheProtocol() throws {
        let fake = FakeTDC1()
        var tagger = try TDC1Tagger(FakeLine(fake: fake))
        let faults = taggerFaults(of: &tagger, settings: settings(-0.4), patience: .seconds(3))
        #expect(faults == [])
        #expect(tagger.identity.firmware == fake.name)
        #expect(fake.level == -0.4)
        #expect(fake.orders.contains("NEG -0.400"))
        #expect(fake.orders.contains("REFCLK 1"))
    }

    @Test func oneThresholdForSomeInputsOnlyIsRefused() throws {
        var tagger = try TDC1Tagger(FakeLine(fake: FakeTDC1()))
        var some = settings(0.5)
        some.thresholds.removeLast()
        var mixed = settings(0.5)
        mixed.thresholds[3].volts = 0.6
        for settings in [some, mixed] {
            do throws(Failure) {
                try tagger.configure(settings)
                Issue.record("took \(settings)")
            } catch { #expect(error.fault == .outOfRange) }
        }
    }

    @Test func silenceAnotherDeviceEndlessDataAndComplaintsAreFaults() throws {
        func fault(_ change: (FakeTDC1) -> Void) -> InstrumentFault? {
            let fake = FakeTDC1()
            change(fake)
            do throws(Failure) {
                var tagger = try TDC1Tagger(FakeLine(fake: fake))
                try tagger.configure(settings(0.5))
                return nil
            } catch { return error.fault }
        }
        #expect(fault { _ in } == nil)
        #expect(fault { $0.isMute = true } == .timedOut)
        #expect(fault { $0.name = "optical power meter" } == .garbled)
        #expect(fault { $0.name = String(repeating: "x", count: 20_000) } == .garbled)
        #expect(fault { $0.remark = "Unknown command" } == .refused)
        #expect(fault { $0.remark = "REFCLK 1" } == nil)
    }
}
