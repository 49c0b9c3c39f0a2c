import Control
import Daemon
import Foundation
import LinuxIO
import Testing

@Suite struct DaemonTests {
    @Test(arguments: StopSignal.allCases)
    func everySignalEndsItInTheSafeState(_ signal: StopSignal) throws {
        let diary = Diary()
        let rig = try DaemonRig(instruments: [
            NotedInstrument(name: "gate", diary: diary),
            NotedInstrument(name: "mirror", diary: diary),
        ])
        rig.start()
        #expect(rig.await("ready"))
        rig.send(signal)
        #expect(rig.end() == .stopped)
        #expect(
            diary.entries == [
                "open gate", "open mirror", "safe gate", "safe mirror", "close mirror",
                "close gate",
            ])
        let state = try StateDirectory(rig.directory + "/state").load()
        #expect(state.isClean)
        #expect(state.phase == .stopped)
        #expect(state.reason == "signal \(signal.name)")
        #expect(!FileManager.default.fileExists(atPath: rig.directory + "/control"))
    }

    @Test func aPassRunsFromOrderToOrderAndOnlyOneAtATime() throws {
        let rig = try DaemonRig()
        rig.start()
        #expect(rig.await("ready"))
        #expect(rig.order("pass stop") == "error no pass runs; begin one with: pass start")
        #expect(rig.order("pass start soon").hasPrefix("error pass start takes now or next"))
        #expect(rig.order("pass start next").hasPrefix("error board test does not say when"))
        #expect(rig.order("pass start") == "ok pass now begun")
        #expect(rig.order("pass start") == "error a pass runs already; end it with: pass stop")
        #expect(rig.await("pass, board test; half done"))
        #expect(rig.order("pass stop") == "ok the pass is ending")
        #expect(rig.await("ready, board test; last pass: stopped early"))
        #expect(rig.order("quit").hasPrefix("error say why"))
        #expect(rig.order("quit end of test") == "ok stopping")
        #expect(rig.end() == .stopped)
        let state = try StateDirectory(rig.directory + "/state").load()
        #expect(state.reason == "ordered: end of test")
        #expect(state.lastPass == "stopped early")
    }

    @Test func aSignalDuringAPassEndsThePassFirst() throws {
        let rig = try DaemonRig()
        rig.start()
        #expect(rig.await("ready"))
        #expect(rig.order("pass start") == "ok pass now begun")
        rig.send(.terminate)
        #expect(rig.end() == .stopped)
        #expect(try StateDirectory(rig.directory + "/state").load().lastPass == "stopped early")
    }

    @Test func aFailedPassLeavesTheInstrumentsSafeAndTheDaemonReady() throws {
        let diary = Diary()
        let rig = try DaemonRig(
            instruments: [NotedInstrument(name: "gate", diary: diary)], manner: .fails)
        rig.start()
        #expect(rig.await("ready"))
        #expect(rig.order("pass start") == "ok pass now begun")
        #expect(rig.await("ready, board test; last pass: failed: the dome is closed"))
        #expect(diary.entries == ["open gate", "safe gate"])
        rig.send(.interrupt)
        #expect(rig.end() == .stopped)
    }

    @Test func aThreadThatFailsStopsTheDaemonInTheSafeState() throws {
        let diary = Diary()
        let rig = try DaemonRig(
            instruments: [NotedInstrument(name: "gate", diary: diary)], manner: .failsInAThread)
        rig.start()
        #expect(rig.await("ready"))
        #expect(rig.order("pass start") == "ok pass now begun")
        #expect(rig.end() == .software)
        #expect(diary.entries == ["open gate", "safe gate", "close gate"])
        let state = try StateDirectory(rig.directory + "/state").load()
        #expect(state.reason == "thread tagger failed: the tagger is gone")
    }

    @Test func aPassThatDoesNotListenIsLeftBehind() throws {
        let diary = Diary()
        let rig = try DaemonRig(
            instruments: [NotedInstrument(name: "gate", diary: diary)], manner: .doesNotListen
        ) { $0.passGrace.count = 200_000_000_000 }
        rig.start()
        #expect(rig.await("ready"))
        #expect(rig.order("pass start") == "ok pass now begun")
        rig.send(.terminate)
        #expect(rig.end() == .software)
        #expect(diary.entries == ["open gate", "safe gate", "close gate"])
        #expect(try StateDirectory(rig.directory + "/state").load().isClean == false)
    }

    @Test func anInstrumentThatCannotBeOpenedIsNamedAndTheOthersAreMadeSafe() throws {
        let diary = Diary()
        let rig = try DaemonRig(instruments: [
            NotedInstrument(name: "gate", diary: diary),
            NotedInstrument(name: "tagger", diary: diary, opens: false),
            NotedInstrument(name: "mirror", diary: diary),
        ])
        rig.start()
        #expect(rig.end() == .instrument)
        #expect(
            diary.entries == [
                "open gate", "open tagger", "safe gate", "safe tagger", "close tagger",
                "close gate",
            ])
        let state = try StateDirectory(rig.directory + "/state").load()
        #expect(state.reason == "instrument tagger: unplugged")
    }

    @Test func whatCannotBeMadeSafeIsTheExitCodeWhateverElseHappened() throws {
        let rig = try DaemonRig(instruments: [
            NotedInstrument(name: "shutter", diary: Diary(), becomesSafe: false)
        ])
        rig.start()
        #expect(rig.await("ready"))
        rig.send(.quit)
        #expect(rig.end() == .notSafe)
        #expect(try StateDirectory(rig.directory + "/state").load().isClean == false)
    }

    @Test func aBoardFileThatIsGoneStopsItAndOneThatIsReplacedDoesNot() throws {
        let rig = try DaemonRig()
        rig.start()
        #expect(rig.await("ready"))
        let board = rig.directory + "/board.toml"
        try "# changed".write(toFile: board, atomically: true, encoding: .utf8)
        usleep(1_500_000)
        #expect(rig.await("ready"))
        try FileManager.default.removeItem(atPath: board)
        #expect(rig.end() == .board)
    }

    @Test func aSecondDaemonOfTheSameStateOrSocketIsRefused() throws {
        let rig = try DaemonRig()
        rig.start()
        #expect(rig.await("ready"))
        let sameState = try DaemonRig { $0.statePath = rig.directory + "/state" }
        sameState.start()
        #expect(sameState.end() == .busy)
        let sameSocket = try DaemonRig { $0.controlPath = rig.directory + "/control" }
        sameSocket.start()
        #expect(sameSocket.end() == .busy)
        #expect(rig.order("status").hasPrefix("ok ready"))
        rig.send(.terminate)
        #expect(rig.end() == .stopped)
    }

    @Test func theManagerHearsOfReadyWatchdogAndStop() throws {
        let manager = try Manager("@lodestar-daemon-\(UUID().uuidString.prefix(8))")
        let rig = try DaemonRig(notifySocket: manager.name)
        rig.start()
        #expect(rig.await("ready"))
        var words: [String] = []
        // The kernel queues ten datagrams at most: a manager that does not read misses the rest.
        for _ in 0..<300 {
            while let word = manager.next() { words.append(word) }
            usleep(1_000)
        }
        rig.send(.terminate)
        #expect(rig.end() == .stopped)
        while let word = manager.next() { words.append(word) }
        #expect(words.first == "READY=1\nSTATUS=ready, board test")
        #expect(words.filter { $0 == "WATCHDOG=1" }.count >= 3)
        // The watchdog is fed to the end.
        #expect(words.last { $0 != "WATCHDOG=1" } == "STOPPING=1\nSTATUS=stopping: signal SIGTERM")
    }

    @Test func statusIsOneJSONObjectOnOneLine() throws {
        let rig = try DaemonRig(instruments: [NotedInstrument(name: "gate", diary: Diary())])
        rig.start()
        #expect(rig.await("ready"))
        let line = rig.order("status json")
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(line.dropFirst(3).utf8)) as? [String: Any])
        #expect(object["phase"] as? String == "ready")
        #expect((object["instruments"] as? [[String: String]])?.first?["status"] == "well")
        #expect((object["rates"] as? [[String: Any]])?.first?["name"] as? String == "housekeeping")
        #expect(rig.order("timing").hasPrefix("ok housekeeping: "))
        rig.send(.hangUp)
        #expect(rig.end() == .stopped)
    }
}
