import Control
import Foundation
import Shell
import Testing

@Suite struct SessionTests {
    @Test func oneSessionWritesAndTheOtherSeesWho() {
        let bench = ShellBench()
        let other = ShellSession(bench.host, name: "serial:/dev/ttyS9")
        other.receive(Array("set gate.width 700 ps\r".utf8))
        #expect(bench.workspace.unsaved == ["gate.width"])
        #expect(
            bench.type("set gate.width 600 ps").first
                == "error: serial:/dev/ttyS9 holds the write role; look on, or ask for a logout there"
        )
        #expect(bench.type("get gate.width").first == "gate.width = 700 ps")
        other.hangUp()
        #expect(bench.type("set gate.width 600 ps").first == "gate.width = 600 ps")
    }

    @Test func aLostConnectionDisarmsAndMakesSafe() {
        let bench = ShellBench()
        let other = ShellSession(bench.host, name: "other")
        other.receive(Array("arm\rgate open H\r".utf8))
        #expect(bench.gates.outputs.contains { $0.name == "gate.H" && $0.isActive })
        other.hangUp()
        #expect(!bench.gates.outputs.contains { $0.isActive })
        #expect(!other.state.isArmed)
    }

    @Test func aMegabyteAndLineNoiseAreAnsweredByOneLine() {
        let bench = ShellBench()
        _ = bench.session.takeOutput()
        bench.session.receive([UInt8](repeating: 0x78, count: 1 << 20))
        bench.session.receive(Array("\r".utf8))
        let said = String(decoding: bench.session.takeOutput(), as: UTF8.self)
        #expect(said.components(separatedBy: "error:").count == 2)
        #expect(bench.type("get gate.width").first == "gate.width = 800 ps")
    }

    @Test func ctrlCReachesAnOrderThatRunsAndWhatWasPastedIsDropped() {
        let started = Started()
        let session = started.session(on: [
            ControlCommand("wait", "", "waits for Ctrl-C") { call in
                while call.pause(milliseconds: 10_000) {}
                return .refused("stopped")
            }.with { $0.isLong = true }
        ])
        session.receive(Array("wait\r".utf8))
        #expect(session.isBusy)
        session.receive(Array("wait\r".utf8) + [0x03])
        started.wait()
        session.poll()
        #expect(!session.isBusy)
        let said = String(decoding: session.takeOutput(), as: UTF8.self)
        #expect(said.contains("error: stopped"))
    }

    /// A session on an order that asks for something to be done.
    private static func asking(_ done: Started) -> ShellSession {
        let calibrations = CalibrationCommands.all(PlayCalibrations()).map {
            $0.with { $0.needsArm = false }
        }
        return done.session(on: calibrations)
    }

    @Test(arguments: [(0x0D as UInt8, "met"), (0x03, "was stopped")])
    func anOrderThatAsksGoesOnWithEnterAndEndsWithCtrlC(_ key: UInt8, _ end: String) {
        let done = Started()
        let session = Self.asking(done)
        session.receive(Array("cal contrast\r".utf8))
        var said = ""
        // Until it asks; what is typed beside Enter and Ctrl-C is of no use then.
        for _ in 0..<2_000 where !said.contains("Enter when it is done") {
            session.poll()
            said += String(decoding: session.takeOutput(), as: UTF8.self)
            usleep(10_000)
        }
        #expect(said.contains("set: lamp on, plate at 22.5 deg"))
        session.receive(Array("now".utf8) + [key])
        done.wait()
        session.poll()
        #expect(!session.isBusy)
        said = String(decoding: session.takeOutput(), as: UTF8.self)
        #expect(said.contains(end) && !said.contains("now"), "\(said)")
    }

    @Test func aScriptIsNotAsked() {
        let done = Started()
        let session = Self.asking(done)
        session.receive(Array("\u{1B}_lodestar script dumb 200x24\u{1B}\\".utf8))
        session.receive(Array("cal contrast\n".utf8))
        done.wait()
        session.poll()
        let said = String(decoding: session.takeOutput(), as: UTF8.self)
        #expect(said.contains("a script cannot run this calibration"), "\(said)")
        #expect(said.contains("not done"))
    }

    @Test func aProgramSeesItsAnswersAndNothingElse() {
        let bench = ShellBench()
        bench.session.receive(Array("\u{1B}_lodestar script dumb 200x24\u{1B}\\".utf8))
        bench.session.greet()
        bench.session.receive(Array("get gate.width\nset gate.width 5\nbatch start\n".utf8))
        let said = String(decoding: bench.session.takeOutput(), as: UTF8.self)
        let lines = said.split(separator: "\n").map(String.init)
        #expect(lines.first == "  gate.width = 800 ps")
        #expect(
            lines.suffix(5) == [
                "! error: gate.width = 5: a unit is missing", "! allowed: 1 ps to 1 us",
                "! try: set gate.width 5 ps", "failed", "ok",
            ])
    }

    @Test func aLogInIsNeededWhereTheBoardAsksAndGuessesAreSlowedDown() {
        let bench = ShellBench("login")
        #expect(
            bench.type("set gate.width 700 ps") == [
                "error: set needs a login as technician", "try: login technician", "bench>",
            ])
        #expect(bench.type("login technician").last == "password:")
        #expect(bench.type("wrong").first == "error: wrong password; try again in 1 s")
        _ = bench.type("login technician")
        #expect(bench.type("teapot").first?.hasPrefix("error: too soon") == true)
        _ = bench.type("(wait 2")
        _ = bench.type("login technician")
        #expect(bench.type("teapot").first == "logged in as technician")
        #expect(bench.type("set gate.width 700 ps").first == "gate.width = 700 ps")
    }

    @Test func silenceDisarmsAndThenLogsOut() {
        let bench = ShellBench("login")
        _ = bench.type("login technician")
        _ = bench.type("teapot")
        _ = bench.type("arm")
        _ = bench.type("(wait 301")
        #expect(!bench.session.state.isArmed)
        _ = bench.type("(wait 1800")
        #expect(bench.session.state.role == .none)
    }

    @Test func passwordsAreCheckedByTheSystemsOwnHashes() throws {
        let hash = try #require(PasswordHash.make("correct horse"))
        #expect(hash.hasPrefix("$y$"))
        #expect(PasswordHash.fits("correct horse", hash))
        #expect(!PasswordHash.fits("correct house", hash))
        #expect(!PasswordHash.fits("", ""))
        // What OpenSSL makes: openssl passwd -6 -salt saltstring 'Hello world!'
        let known =
            "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdF"
            + "CoEOfaS35inz1"
        #expect(PasswordHash.fits("Hello world!", known))
    }
}

/// A signal from a thread.
final class Started: Sendable {
    private let done = DispatchSemaphore(value: 0)
    func signal() { done.signal() }
    func wait() { _ = done.wait(timeout: .now() + 20) }

    /// A session on `orders`, of which each long one has a thread of its own and signals its end here.
    func session(on orders: [ControlCommand]) -> ShellSession {
        let host = ShellHost(
            .init(board: "bench", greeting: ""), commands: orders,
            access: ShellAccess(needsLogin: false, hashes: [:]), now: { 0 },
            start: { [self] body in
                Thread {
                    body()
                    self.signal()
                }.start()
            })
        return ShellSession(host, name: "x")
    }
}
