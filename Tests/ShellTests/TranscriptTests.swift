import BoardFile
import Control
import FaultyDrivers
import Foundation
import RealTime
import Synchronization
import Testing

@testable import Shell

/// Sessions as files: what is typed, and to the letter what a terminal shows.
///
/// `Transcripts/NAME.txt`: a line that begins with `$ ` is typed; the lines up to the next one are
/// what is shown for it. `^C` at the end of such a line is Ctrl-C.
@Suite struct TranscriptTests {
    static var names: [String] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().path + "/Transcripts"
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }.sorted()
    }

    @Test func thereIsATranscriptOfEveryOrder() throws {
        let typed = try Self.names.flatMap { try Transcript($0).turns.map(\.typed) }
        let bench = ShellBench()
        let missing = bench.orders.map(\.name).filter { name in
            !typed.contains { $0 == name || $0.hasPrefix(name + " ") || $0.hasPrefix(name + "^") }
        }
        #expect(missing == [])
    }

    @Test(arguments: names) func aTerminalShowsWhatTheTranscriptSays(_ name: String) throws {
        let transcript = try Transcript(name)
        let bench = ShellBench(name)
        var written = ""
        for turn in transcript.turns {
            let shown = bench.type(turn.typed)
            written += "$ \(turn.typed)\n" + shown.map { $0 + "\n" }.joined()
            #expect(shown == turn.shown, "\(name): \(turn.typed)")
        }
        // To write them anew, and read what has changed with git diff.
        if ProcessInfo.processInfo.environment["LODESTAR_WRITE_TRANSCRIPTS"] != nil {
            try written.write(toFile: Transcript.path(name), atomically: true, encoding: .utf8)
        }
    }
}

/// One file of `Transcripts`.
struct Transcript {
    var turns: [(typed: String, shown: [String])] = []

    static func path(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().path + "/Transcripts/\(name).txt"
    }

    init(_ name: String) throws {
        for line in try String(contentsOfFile: Self.path(name), encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            if line.hasPrefix("$ ") {
                turns.append((String(line.dropFirst(2)), []))
            } else if !turns.isEmpty {
                turns[turns.count - 1].shown.append(String(line))
            }
        }
        // The file's last end of line is none of the shell's.
        if turns.last?.shown.last == "" { turns[turns.count - 1].shown.removeLast() }
    }
}

/// A shell on a board in a folder of its own, with hands on its clock; long orders end at once.
final class ShellBench {
    let folder: String
    let workspace: BoardWorkspace
    let live = LiveCounts()
    let faults = FaultOrders()
    let gates = PlayGates()
    let time = Clock()
    let host: ShellHost
    let daemon: DaemonBench
    lazy var session = ShellSession(host, name: "bench")

    /// Host time that stands still until it is told to move.
    final class Clock: Sendable {
        let now = Mutex<Int64>(0)
    }

    init(_ kind: String = "") {
        folder = FileManager.default.temporaryDirectory.path + "/shell-test-\(UUID())"
        try! FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let board = folder + "/bench.toml"
        try! (Self.boardText + PlayAim.keys(kind)).write(
            toFile: board, atomically: true, encoding: .utf8)
        let workspace = try! BoardWorkspace(board: board, overlay: folder + "/overlay.toml")
        self.workspace = workspace
        let inUse: @Sendable () -> Board = { workspace.inUse }
        let aim = PlayAim(kind)
        let commands =
            ParameterCommands(workspace) { [("PHASE", "ready")] }.commands
            + InstrumentCommands(board: inUse, counts: live, bench: gates).commands
            + LiveCommands(live, board: inUse, idle: Self.idle(kind)).commands
            + AimCommands(board: inUse, counts: live, aim: aim).commands
            + [SpotCommand(live, board: inUse, aim: aim).command]
            + CalibrationCommands.all(PlayCalibrations())
            + FaultCommands.all(
                kind == "no-faults" ? nil : faults,
                offered: [.tagger: [.off, .garbage], .link: [.off]])
        daemon = try! DaemonBench(board: board, orders: commands)
        let (time, gates) = (time, gates)
        host = ShellHost(
            .init(board: "bench", greeting: "Lodestar, board bench."),
            commands: daemon.daemon.orders.commands,
            access: ShellAccess(
                needsLogin: kind == "login",
                hashes: [.technician: "teapot", .engineer: "kettle"], check: { $0 == $1 }),
            now: { time.now.withLock { $0 } }, start: { $0() },
            makeSafe: { gates.makeSafe() + aim.makeSafe() }, unsaved: { workspace.unsaved.count })
    }

    /// What counts between passes.
    private static func idle(_ kind: String) -> any IdleCounter {
        switch kind {
        case "idle": PlayIdle(note: "blanked: H V; to count: arm, gate open all")
        case "idle-unplugged": PlayIdle(failure: "the tagger cannot be counted from: unplugged")
        case "idle-none": PlayIdle(refusal: "nothing is counted between passes of this board")
        default: NoIdleCounter()
        }
    }

    /// All orders of a shell, those about its session too.
    var orders: [ControlCommand] { host.table.commands(at: .shell) }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Types a line and Enter; what a terminal shows of it after the line itself.
    func type(_ line: String) -> [String] {
        if let seconds = line.split(separator: " ").last.flatMap({ Int64($0) }),
            line.hasPrefix("(wait ")
        {
            time.now.withLock { $0 += seconds * 1_000 }
            session.poll()
        } else if line.hasSuffix("^C") {
            session.receive(Array(line.dropLast(2).utf8) + [0x03])
        } else {
            session.receive(Array((line + "\r").utf8))
        }
        daemon.settle(after: line)
        session.poll()
        var lines = DumbTerminal(session.takeOutput()).lines
        // The echo of what was typed, and the next prompt: what stands between is shown.
        if !lines.isEmpty, !line.hasPrefix("(wait ") { lines.removeFirst() }
        return lines.map { line in
            String(line.reversed().drop { $0 == " " }.reversed())
                .replacing(folder, with: "FOLDER")
        }
    }

    static let boardText = """
        [board]
        name = "bench"
        simulated = true
        [channels]
        pps = 1
        beacon = 2
        H = 3
        V = 4
        D = 5
        A = 6
        [faults]
        allowed = true
        """
}

/// A tagger between passes that has something to say.
struct PlayIdle: IdleCounter {
    var refusal: String?
    var failure: String?
    var note = ""

    func begin() -> String? { refusal }
    func end() {}
}

/// Gates of which the shutter sticks.
final class PlayGates: Bench {
    private let active = Mutex<Set<String>>([])
    private let names = ["gate.H", "gate.V", "shutter"]

    var outputs: [(name: String, isActive: Bool)] {
        active.withLock { active in names.map { ($0, active.contains($0)) } }
    }
    var obstacle: String? { nil }

    func drive(_ output: String, active: Bool) -> String? {
        guard output != "shutter" || !active else { return "it sticks" }
        self.active.withLock {
            if active { $0.insert(output) } else { $0.remove(output) }
        }
        return nil
    }

    func makeSafe() -> [String] {
        active.withLock { active in
            defer { active = [] }
            return active.sorted().map { "\($0) made safe" }
        }
    }
}

/// One calibration that works and one that does not.
struct PlayCalibrations: CalibrationSource {
    struct Dark: Error, CustomStringConvertible {
        var description: String { "no light; open the lamp" }
    }

    var names: [(name: String, title: String)] {
        [
            ("dark", "dark counts"), ("jitter", "jitter of the detectors"),
            ("contrast", "polarisation contrast"),
        ]
    }

    func run(
        _ name: String, arguments: [String], progress: @escaping @Sendable (Double, String) -> Void,
        ask: @escaping @Sendable (String) -> Bool, isCancelled: @escaping @Sendable () -> Bool
    ) throws -> [String] {
        if name == "contrast" { return [ask("lamp on, plate at 22.5 deg") ? "met" : "not done"] }
        progress(0.5, "counting")
        guard name == "dark" else { throw Dark() }
        return ["dark rate 50.2 Hz +- 0.9 Hz: met"]
    }
}
