import PayloadDoubles
import PayloadHAL
import Quantities
import TaggerDrivers
import Testing
import TimeTags
import USBIP

/// The station's own drivers on the emulated taggers, message by message.
@Suite struct DriverTests {
    @Test func theReferenceTaggersDriverFindsNoFaultInTheEmulatedOne() throws {
        let bus = ServedBus(ReferenceTaggerDevice())
        var tagger = try ReferenceTagger(ServedDevice(bus))
        #expect(tagger.identity.serial == "SIM0001" && tagger.identity.channels == 8)
        var settings = TaggerSettings()
        settings.enabledChannels = 0x7F
        settings.thresholds = [ChannelThreshold(channel: 2, volts: -0.15)]
        let faults = taggerFaults(of: &tagger, settings: settings, patience: .milliseconds(300))
        #expect(faults == [])
    }

    @Test func theReferenceTaggersDriverReadsFramesAfterARecovery() throws {
        let bus = ServedBus(ReferenceTaggerDevice())
        var tagger = try ReferenceTagger(ServedDevice(bus))
        try tagger.configure(TaggerSettings())
        try tagger.start()
        var bytes: [UInt8] = []
        for _ in 0..<10 {
            _ = try tagger.read(by: tagger.now.later(by: .milliseconds(50))) { bytes += $0 }
        }
        try tagger.recover(by: tagger.now.later(by: .milliseconds(500)))
        for _ in 0..<10 {
            _ = try tagger.read(by: tagger.now.later(by: .milliseconds(50))) { bytes += $0 }
        }
        var decoder = ReferenceDecoder()
        var tags = [TimeTag](repeating: TimeTag(time: 0, channel: 0), count: 1_000)
        let count = bytes.withUnsafeBytes { input in
            tags.withUnsafeMutableBufferPointer { decoder.decode(input, into: $0).tagsWritten }
        }
        // One gap, told by the sequence, and otherwise a tag every 10 ms.
        #expect(tags[..<count].filter { $0.kind == .lossBegin }.count == 1)
        #expect(tags[..<count].filter { $0.kind == .detection }.count > 15)
    }

    @Test func theFX2DriverFindsNoFaultInTheEmulatedOne() throws {
        let bus = ServedBus(RecordTaggerDevice.fx2())
        var tagger = try FX2Tagger(ServedDevice(bus))
        #expect(tagger.identity.tick.numerator == 15_625 && tagger.identity.tick.denominator == 2)
        let faults = taggerFaults(
            of: &tagger, settings: TaggerSettings(), patience: .milliseconds(300))
        #expect(faults == [])
    }

    @Test func theNoxDriverFindsNoFaultInTheEmulatedOne() throws {
        var nox = RecordTaggerDevice.nox()
        nox.attachLine()
        let bus = ServedBus(nox)
        var tagger = try NoxTagger(ServedDevice(bus), line: ServedLine(bus: bus))
        let faults = taggerFaults(
            of: &tagger, settings: TaggerSettings(), patience: .milliseconds(3_000))
        #expect(faults == [])
    }

    /// Whatever the fault, the driver ends with an error or with bytes for the decoder to refuse.
    @Test(arguments: MisbehavingTaggerDevice.Fault.allCases)
    func theDriverSurvivesATaggerThatFails(fault: MisbehavingTaggerDevice.Fault) {
        let bus = ServedBus(MisbehavingTaggerDevice(fault))
        let refusing: [MisbehavingTaggerDevice.Fault] = [
            .mute, .identity, .newer, .status, .endless,
        ]
        do {
            var tagger = try ReferenceTagger(ServedDevice(bus))
            try tagger.configure(TaggerSettings())
            try tagger.start()
            for _ in 0..<200 {
                _ = try tagger.read(by: tagger.now.later(by: .milliseconds(50))) { _ in }
            }
            #expect(!refusing.contains(fault), "\(fault) was taken for a good tagger")
        } catch {
            #expect(fault != .garbage && fault != .half, "\(fault) is for the decoder: \(error)")
        }
    }
}
