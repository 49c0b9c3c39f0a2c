import PayloadDoubles
import PayloadHAL
import Quantities
import TaggerDrivers
import Testing
import TimeTags

private typealias Failure = TaggerError<ScriptedBulkDevice.Failure>

/// All five channels at 150 mV below zero, an external clock and a test pulse.
private func someSettings() -> TaggerSettings {
    var settings = TaggerSettings()
    settings.thresholds = [ChannelThreshold(channel: 2, volts: -0.150)]
    settings.enabledChannels = 0x1F
    settings.clockSource = .external
    settings.testPulse = TestPulse(channels: 3, period: .milliseconds(1))
    return settings
}

/// The fault that opening a tagger with this script ends in; `nil` if it opens.
private func openingFault(_ script: BulkScript) -> InstrumentFault? {
    do throws(Failure) {
        _ = try ReferenceTagger(ScriptedBulkDevice(script))
        return nil
    } catch { return error.fault }
}

@Suite struct ReferenceTaggerTests {
    @Test func aTaggerMadeFromThePageKeepsTheProtocol() throws {
        let fake = FakeReference()
        var tagger = try ReferenceTagger(ScriptedBulkDevice(fake.script))
        let faults = taggerFaults(of: &tagger, settings: someSettings(), patience: .seconds(2))
        #expect(faults == [])
        #expect(tagger.identity.serial == "LT-7")
        #expect(tagger.identity.firmware == "2.3")
        #expect(tagger.identity.thresholds == -2...2)
        #expect(tagger.identity.tick == (15_625, 1000))
    }

    /// The page's last section, and the other requests by its table.
    @Test func requestsAreThoseOfThePage() throws {
        let fake = FakeReference()
        var tagger = try ReferenceTagger(ScriptedBulkDevice(fake.script))
        try tagger.configure(someSettings())
        try tagger.start()
        try tagger.blink(seconds: 99)
        let expected = [
            ControlRequest(0x01), ControlRequest(0x21), ControlRequest(0x02),
            ControlRequest(0x12, value: 1), ControlRequest(0x10, value: 0xFF6A, index: 2),
            ControlRequest(0x14, value: 1000), ControlRequest(0x11, value: 0x1F),
            ControlRequest(0x13), ControlRequest(0x02), ControlRequest(0x03), ControlRequest(0x20),
            ControlRequest(0x22, value: 60),
        ]
        #expect(fake.script.requests == expected)
        #expect(fake.pulse.mask == 3)
        #expect(fake.pulse.period == 1_000_000)
        let status = try tagger.status()
        #expect(status.isRunning && status.isLocked && status.hasTestPulse)
        #expect(status.temperature == 25.4)
    }

    @Test func whatTheHardwareCannotDoIsRefusedBeforeAnythingIsSent() throws {
        let fake = FakeReference()
        var tagger = try ReferenceTagger(ScriptedBulkDevice(fake.script))
        let before = fake.script.requests.count
        var slow = TaggerSettings()
        slow.latency = .milliseconds(6)
        var quick = TaggerSettings()
        quick.testPulse = TestPulse(channels: 1, period: Picoseconds(49_000))
        var high = someSettings()
        high.thresholds.append(ChannelThreshold(channel: 4, volts: 2.001))
        for settings in [slow, quick, high] {
            do throws(Failure) {
                try tagger.configure(settings)
                Issue.record("took \(settings)")
            } catch { #expect(error.fault == .outOfRange) }
        }
        #expect(fake.script.requests.count == before)
    }

    @Test func aRefusalSaysTheTaggersReasonAndIsNotRepeatedByARecovery() throws {
        let fake = FakeReference()
        var tagger = try ReferenceTagger(ScriptedBulkDevice(fake.script))
        try tagger.configure(TaggerSettings())
        // It says that it reaches 2 V and then only takes 1.
        fake.script.control = { request, bytes in
            if request.request == 0x10 {
                fake.refusal = 3
                return .stalls
            }
            return fake.answer(request, bytes)
        }
        do throws(Failure) {
            try tagger.configure(someSettings())
            Issue.record("took it")
        } catch {
            #expect(error.fault == .refused)
            #expect(
                "\(error)"
                    == "the tagger refused SET THRESHOLD of channel 2: threshold out of range")
        }
        try tagger.recover(by: tagger.now.later(by: .seconds(1)))
    }

    @Test func aTaggerThatTakesASettingAndHasAnotherIsToldOf() throws {
        let fake = FakeReference()
        var tagger = try ReferenceTagger(ScriptedBulkDevice(fake.script))
        fake.lie = 4
        do throws(Failure) {
            try tagger.configure(TaggerSettings())
            Issue.record("took it")
        } catch {
            #expect("\(error)" == "the tagger was set to channel mask 0x1f and has 0x1b")
        }
    }

    @Test func whoIsNoReferenceTaggerIsNotOpened() {
        let good = FakeReference().identity
        let wrong: [[UInt8]] = [
            [], Array(good.prefix(63)), [0] + good.dropFirst(),
            good.prefix(4) + [2] + good.dropFirst(5),
            good.prefix(5) + [33] + good.dropFirst(6), [UInt8](repeating: 0xFF, count: 64),
            good.prefix(32) + [0x20] + good.dropFirst(33),
        ]
        for bytes in wrong {
            #expect(openingFault(BulkScript { _, _ in .bytes(bytes) }) == .garbled)
        }
        #expect(openingFault(BulkScript { _, _ in .stalls }) == .garbled)
        #expect(openingFault(BulkScript { _, _ in .silence }) == .timedOut)
        #expect(openingFault(BulkScript { _, _ in .unplug }) == .unreachable)
    }

    @Test func aTaggerThatGoesOnSendingAfterStopIsGarbled() {
        let fake = FakeReference()
        fake.script.replies[0x81] = [[UInt8]](repeating: [1, 2, 3], count: 5000)
        #expect(openingFault(fake.script) == .garbled)
    }

    @Test func aSecondOfSilenceIsAFaultUntilItIsRecovered() throws {
        let fake = FakeReference()
        var tagger = try ReferenceTagger(ScriptedBulkDevice(fake.script))
        try tagger.configure(TaggerSettings())
        try tagger.start()
        fake.script.endlessly = nil
        var faults: [InstrumentFault] = []
        for _ in 0..<4 {
            do throws(Failure) {
                _ = try tagger.read(by: tagger.now.later(by: .milliseconds(400))) { _ in }
            } catch { faults.append(error.fault) }
        }
        #expect(faults == [.timedOut, .unreachable])
        try tagger.recover(by: tagger.now.later(by: .seconds(1)))
        fake.script.endlessly = { fake.frame() }
        let count = try tagger.read(by: tagger.now.later(by: .seconds(1))) { _ in }
        #expect(count > 0)
    }

    @Test func anUnpluggedTaggerComesBackSetAndStartedAsItWas() throws {
        let fake = FakeReference()
        var tagger = try ReferenceTagger(ScriptedBulkDevice(fake.script))
        try tagger.configure(someSettings())
        try tagger.start()
        fake.script.stream = [.bytes(fake.frame()), .unplug]
        let first = try tagger.read(by: tagger.now.later(by: .seconds(1))) { _ in }
        #expect(first == 48)
        do throws(Failure) {
            _ = try tagger.read(by: tagger.now.later(by: .seconds(1))) { _ in }
            Issue.record("read from nothing")
        } catch { #expect(error.fault == .unreachable) }
        // Power was lost: it starts anew, with nothing set.
        fake.mask = 0
        fake.clock = 0
        fake.isRunning = false
        fake.script.replugTime = tagger.now.later(by: .seconds(2))
        do throws(Failure) {
            try tagger.recover(by: tagger.now.later(by: .seconds(1)))
            Issue.record("recovered without a tagger")
        } catch { #expect(error.fault == .unreachable) }
        try tagger.recover(by: tagger.now.later(by: .seconds(5)))
        #expect(fake.mask == 0x1F && fake.clock == 1 && fake.isRunning)
        #expect(tagger.events.unplugs == 1)
        let again = try tagger.read(by: tagger.now.later(by: .seconds(1))) { _ in }
        #expect(again > 0)
    }

    @Test func whatIsLostOnTheBusShowsInTheFrames() throws {
        let fake = FakeReference()
        var tagger = try ReferenceTagger(ScriptedBulkDevice(fake.script))
        try tagger.configure(TaggerSettings())
        try tagger.start()
        let frames = (0..<5).map { _ in fake.frame() }
        fake.script.endlessly = nil
        fake.script.stream = [
            .bytes(Array(frames[0].prefix(20))), .bytes(Array(frames[0].dropFirst(20))), .stall,
            .bytes(frames[1]), .overflow, .bytes(frames[3]), .failure, .bytes(frames[4]),
        ]
        var decoder = ReferenceDecoder()
        var bytes: [UInt8] = []
        for _ in 0..<8 {
            _ = try tagger.read(by: tagger.now.later(by: .milliseconds(10))) { bytes += $0 }
        }
        var tags = [TimeTag](repeating: TimeTag(time: 0, channel: 0), count: 1000)
        let progress = bytes.withUnsafeBytes { input in
            tags.withUnsafeMutableBufferPointer { decoder.decode(input, into: $0) }
        }
        let kinds = tags.prefix(progress.tagsWritten).map(\.kind)
        #expect(
            kinds == [.detection, .detection, .lossBegin, .lossEnd, .detection, .detection])
        #expect(tagger.gaps == 0)
        #expect(tagger.events.gaps == 3)
    }

    @Test func aTaggerThatGoesAwayIsStopped() throws {
        let fake = FakeReference()
        do {
            var tagger = try ReferenceTagger(ScriptedBulkDevice(fake.script))
            try tagger.configure(TaggerSettings())
            try tagger.start()
            #expect(fake.isRunning)
        }
        #expect(!fake.isRunning)
    }

    @Test func theScriptedDeviceKeepsTheProtocolOfDevices() {
        let fake = FakeReference()
        var device = ScriptedBulkDevice(fake.script)
        let faults = bulkDeviceFaults(
            of: &device, question: ControlRequest(0x01), nonsense: ControlRequest(0x7F),
            endpoint: 0x81, patience: .seconds(1)
        ) { device in
            let none: [UInt8] = []
            try? device.send(ControlRequest(0x20), none.span.bytes, by: device.now)
        }
        #expect(faults == [])
    }
}
