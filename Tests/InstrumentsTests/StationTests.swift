import BoardFile
import Foundation
import GateDrivers
import Instruments
import PayloadHAL
import Testing

/// Goal: both programs read a board the same way, and a board without instruments is refused in
/// words.
@Suite struct StationInstrumentsTests {
    private static let boards = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "boards").path

    private func board(_ name: String) throws -> Board {
        try Board.load("\(Self.boards)/\(name).toml")
    }

    private var identity: TaggerIdentity {
        TaggerIdentity(
            model: "m", serial: "", firmware: "", format: .reference, channels: 8, tick: (1, 1))
    }

    @Test func aTaggerIsToldOnlyWhatItTakes() throws {
        let board = try board("sim")
        #expect(TaggerSettings(board, for: identity) == TaggerSettings())
        var able = identity
        able.thresholds = -2...2
        able.enablesChannels = true
        let settings = TaggerSettings(board, for: able)
        // PPS on input 1, the beacon on 2, the detectors on 3 to 6.
        #expect(settings.enabledChannels == 0b111_1110)
        #expect(settings.thresholds.map(\.channel) == [1, 2, 3, 4, 5, 6])
    }

    @Test func aBoardWithoutATaggerIsRefused() throws {
        struct Never: TaggerUse {
            func use<Tagger: TimeTagger & ~Copyable>(_ tagger: consuming Tagger) throws {
                Issue.record("a tagger was opened")
            }
        }
        let error = #expect(throws: StationFault.self) {
            try StationTagger(board("sim")).open(for: Never())
        }
        #expect(error?.description == "the board has no tagger.connection")
    }

    @Test func aBankOfNoLinesIsThereAndClosed() throws {
        let bank = try StationGates(board("sim")).bank()
        let (mayClick, isOpen) = (bank.mayClick, bank.isShutterOpen)
        #expect(mayClick == [] && isOpen == false)
        let limit = try StationGates(board("sim")).rates().rule.counts
        #expect(limit > 0)
    }
}
