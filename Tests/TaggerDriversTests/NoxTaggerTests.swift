import PayloadDoubles
import PayloadHAL
import Quantities
import TaggerDrivers
import Testing

@Suite struct NoxTaggerTests {
    /// The letters are those of the public cqptoolkit: W and S at first, R to run, S to stop.
    @Test func aTaggerThatHearsItsLettersKeepsTheProtocol() throws {
        let transcript = Transcript([
            .sends("W"), .sends("S"), .sends("R"), .sends("S"), .sends("S"), .sends("R"), .reopens,
            .sends("W"), .sends("S"), .sends("R"), .sends("S"),
        ])
        let script = BulkScript { _, _ in .stalls }
        script.endlessly = { [0x24, 0, 0, 0, 0, 0x10, 0x10, 2] }
        do {
            var tagger = try NoxTagger(
                ScriptedBulkDevice(script, serial: "N3"), line: ScriptedConnection(transcript))
            let faults = taggerFaults(
                of: &tagger, settings: TaggerSettings(), patience: .seconds(3))
            #expect(faults == [])
            #expect(tagger.identity.serial == "N3")
            #expect(tagger.gaps > 0)
        }
        #expect(transcript.isFinished)
        #expect(transcript.afterwards == "S")
    }

    @Test func aBrokenLineAndAnAbsentDeviceAreFaultsOfTheirOwn() throws {
        typealias Tagger = NoxTagger<ScriptedBulkDevice, ScriptedConnection>
        let script = BulkScript { _, _ in .stalls }
        do throws(Tagger.Failure) {
            _ = try Tagger(
                ScriptedBulkDevice(script),
                line: ScriptedConnection(Transcript([.sends("W"), .breaks])))
            Issue.record("opened without a line")
        } catch { #expect(error.fault == .unreachable) }
        script.unplug()
        do throws(Tagger.Failure) {
            _ = try Tagger(
                ScriptedBulkDevice(script),
                line: ScriptedConnection(Transcript([.sends("W"), .sends("S")])))
            Issue.record("opened without a device")
        } catch { #expect(error.fault == .unreachable) }
    }
}
