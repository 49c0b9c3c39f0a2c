import Control
import Daemon
import Dispatch
import Foundation
import Glibc
import LinuxIO
import Logging
import RealTime
import Synchronization

/// What happened, in order.
final class Diary: Sendable {
    private let kept = Mutex<[String]>([])
    var entries: [String] { kept.withLock { $0 } }
    func note(_ entry: String) { kept.withLock { $0.append(entry) } }
}

/// Why something of the tests failed.
struct Broken: Error, CustomStringConvertible { let description: String }

/// An instrument that notes what is done to it, and fails on order.
struct NotedInstrument: Instrument {
    let name: String
    let diary: Diary
    var opens = true
    var becomesSafe = true
    var status: String { "well" }

    func open() throws {
        diary.note("open \(name)")
        if !opens { throw Broken(description: "unplugged") }
    }

    func makeSafe() -> [SafeStateFault] {
        diary.note("safe \(name)")
        return becomesSafe ? [] : [SafeStateFault(name: name, problem: "line stuck")]
    }

    func close() { diary.note("close \(name)") }
}

/// Passes that last until they are stopped, or fail, or do not listen.
struct PatientRunner: PassRunner {
    enum Manner { case untilStopped, fails, failsInAThread, doesNotListen }
    let manner: Manner

    func prepare(_ arena: inout Arena, _ context: PassContext) throws {
        _ = try arena.take(UInt8.self, count: 1_000)
    }

    func check(_ order: PassOrder) throws(PassRefusal) {
        if order == .next { throw .noPrediction(board: "test") }
    }

    func run(_ order: PassOrder, _ context: PassContext) throws -> String {
        switch manner {
        case .untilStopped:
            // One that has done its work is no failure.
            _ = try RealTimeThread(
                ThreadSettings(name: "starter"), supervisor: context.supervisor,
                refused: context.refused
            ) {}
        case .fails: throw Broken(description: "the dome is closed")
        case .failsInAThread:
            _ = try RealTimeThread(
                ThreadSettings(name: "tagger"), supervisor: context.supervisor,
                refused: context.refused
            ) { throw Broken(description: "the tagger is gone") }
        case .doesNotListen:
            while true { sleep(1_000) }
        }
        context.report("half done")
        while !context.isStopAsked { usleep(1_000) }
        return "stopped early"
    }
}

/// A daemon on a thread of its own, with its directory, socket and board file.
final class DaemonRig: Sendable {
    let directory = "/tmp/lodestard-\(UUID().uuidString.prefix(8))"
    let daemon: Daemon
    private let done = DispatchSemaphore(value: 0)
    private let result = Mutex<(ExitStatus?, pthread_t?)>((nil, nil))

    init(
        instruments: [any Instrument] = [], manner: PatientRunner.Manner = .untilStopped,
        notifySocket: String? = nil, _ change: (inout DaemonSettings) -> Void = { _ in }
    ) throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        var settings = DaemonSettings(boardPath: directory + "/board.toml", boardName: "test")
        try "".write(toFile: settings.boardPath, atomically: false, encoding: .utf8)
        settings.controlPath = directory + "/control"
        settings.statePath = directory + "/state"
        settings.memory = nil
        settings.housekeepingPeriod.count = 5_000_000_000
        change(&settings)
        var environment: [String: String] = [:]
        environment["NOTIFY_SOCKET"] = notifySocket
        environment["WATCHDOG_USEC"] = notifySocket.map { _ in "60000" }
        daemon = try Daemon(
            settings: settings, instruments: instruments, runner: PatientRunner(manner: manner),
            notifier: ServiceNotifier(environment: environment, process: getpid()),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// Starts the daemon.
    func start() {
        Thread.detachNewThread { [self] in
            result.withLock { $0.1 = pthread_self() }
            guard let signals = try? SignalSource() else { return }
            let status = daemon.run(signals)
            result.withLock { $0 = (status, nil) }
            done.signal()
        }
    }

    /// Sends `signal` to the daemon's main thread, as the kernel would.
    func send(_ signal: StopSignal) {
        if let thread = result.withLock({ $0.1 }) { pthread_kill(thread, signal.rawValue) }
    }

    /// Its exit code; `nil` if it has not ended within 20 s.
    func end() -> ExitStatus? {
        guard done.wait(timeout: .now() + 20) == .success else { return nil }
        done.signal()
        return result.withLock { $0.0 }
    }

    /// The answer to one order; waits for the socket to be there.
    func order(_ line: String) -> String {
        for _ in 0..<5_000 {
            if let answer = try? ask(line) { return answer }
            usleep(1_000)
        }
        return "no answer"
    }

    /// Waits up to 10 s until `status` begins with `phase`.
    func await(_ phase: String) -> Bool {
        for _ in 0..<2_000 {
            if order("status").hasPrefix("ok \(phase)") { return true }
            usleep(5_000)
        }
        return false
    }

    private func ask(_ line: String) throws -> String {
        let stream = try UnixStream(to: directory + "/control")
        let bytes = Array((line + "\n").utf8)
        _ = try stream.send(bytes.span.bytes)
        var read: [UInt8] = []
        while read.last != 0x0A {
            var entries = [PollEntry(stream.descriptor)]
            PollEntry.wait(&entries, milliseconds: 5_000)
            guard entries[0].isReadable else { throw Broken(description: "silence") }
            var room = [UInt8](repeating: 0, count: 65_536)
            let count = try room.withUnsafeMutableBytes { try stream.receive(into: $0) }
            read += room[..<count]
        }
        return String(decoding: read.dropLast(), as: UTF8.self)
    }
}
