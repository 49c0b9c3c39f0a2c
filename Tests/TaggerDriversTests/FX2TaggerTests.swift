import PayloadDoubles
import PayloadHAL
import Quantities
import TaggerDrivers
import Testing

/// The registers of timetag-fpga, written from its own docs/registers.
private final class FakeFX2: @unchecked Sendable {
    var registers: [UInt16: UInt32] = [1: 7, 2: 128_000_000, 3: 0, 4: 0, 5: 0, 6: 0, 7: 0]
    var writes: [[UInt32]] = []
    let script = BulkScript { _, _ in .stalls }

    init() {
        script.written = { [unowned self] endpoint, bytes in
            guard endpoint == 2, bytes.count == 8, bytes[0] == 0xAA else { return }
            let address = UInt16(bytes[2]) | UInt16(bytes[3]) << 8
            if bytes[1] == 1 {
                let value = bytes[4...].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                registers[address] = value
                writes.append([UInt32(address), value])
            }
            let value = registers[address] ?? 0
            script.replies[0x88, default: []].append(
                (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) })
        }
        script.endlessly = { [unowned self] in
            registers[3] == 3 ? [0, 0x10, 0, 0, 0, 2] : []
        }
    }
}

private typealias Failure = TaggerError<ScriptedBulkDevice.Failure>

@Suite struct FX2TaggerTests {
    @Test func aTaggerMadeFromTheRegisterPageKeepsTheProtocol() throws {
        let fake = FakeFX2()
        var tagger = try FX2Tagger(ScriptedBulkDevice(fake.script, serial: "A1"))
        var settings = TaggerSettings()
        settings.enabledChannels = 0b0101
        let faults = taggerFaults(of: &tagger, settings: settings, patience: .seconds(1))
        #expect(faults == [])
        #expect(tagger.identity.tick == (15_625, 2))
        #expect(tagger.identity.firmware == "7")
        #expect(tagger.gaps > 0)
    }

    /// The reset procedure and the start of docs/registers.
    @Test func startingIsTheProcedureOfThePage() throws {
        let fake = FakeFX2()
        var tagger = try FX2Tagger(ScriptedBulkDevice(fake.script))
        try tagger.configure(TaggerSettings())
        fake.writes = []
        try tagger.start()
        #expect(fake.writes == [[3, 4], [3, 0], [5, 0], [3, 2], [3, 3]])
        #expect(fake.registers[4] == 0xF)
        try tagger.stop()
        #expect(fake.registers[3] == 0)
    }

    @Test func noAnswerAWrongOneAndASenselessClockAreFaults() {
        func fault(_ change: (FakeFX2) -> Void) -> InstrumentFault? {
            let fake = FakeFX2()
            change(fake)
            do throws(Failure) {
                _ = try FX2Tagger(ScriptedBulkDevice(fake.script))
                return nil
            } catch { return error.fault }
        }
        #expect(fault { $0.registers[2] = 12 } == .garbled)
        #expect(fault { $0.registers[2] = 127_999_999 } == .garbled)
        #expect(fault { $0.script.written = { _, _ in } } == .garbled)
        #expect(
            fault { fake in
                fake.script.written = { _, _ in fake.script.replies[0x88] = [[1, 2, 3]] }
            } == .garbled)
        #expect(
            fault { fake in
                fake.script.written = { _, _ in fake.script.replies[0x88] = [[9, 9, 9, 9]] }
            } == .refused)
        #expect(fault { $0.script.unplug() } == .unreachable)
    }
}
