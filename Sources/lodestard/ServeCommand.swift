public import ArgumentParser
import BoardFile
import Daemon
import FaultyDrivers
import Foundation
import Instruments
import LinuxIO
public import Logging
import Quantities
import RealTime
import Shell
import Station

/// `lodestard`: the service itself.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Own the board's instruments and answer orders until told to stop.",
        discussion: """
            Never goes to the background. SIGTERM, SIGINT, SIGHUP and SIGQUIT end it in order, in \
            the safe state; a second one does not wait for the pass. Whatever else ends it, its \
            guarding process makes the board's lines safe.

            Exit codes:
            \(ExitStatus.allCases.map { "\($0.rawValue) \($0.meaning)" }.joined(separator: "; ")).
            """)

    /// Where the unit lets the service write.
    private static let usualState = "/var/lib/lodestar"

    @OptionGroup var board: BoardOption
    @Flag(help: "Log for a terminal: with the time, without the journal's marks.")
    var foreground = false
    @Option(help: ArgumentHelp("The control socket.", valueName: "path"))
    var control = "/run/lodestar/control"
    @Option(help: ArgumentHelp("The shells' socket; beside the control socket.", valueName: "path"))
    var shell: String?
    @Flag(help: "Let a simulated pass take as long as a real one.")
    var realTime = false
    @Option(
        help: ArgumentHelp(
            "Directory of lock and state, and of the recordings below it.", valueName: "directory"))
    var state = Self.usualState
    @Option(
        help: ArgumentHelp(
            "The least that is logged: \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "level"))
    var logLevel = Logger.Level.info
    @Flag(inversion: .prefixedNo, help: "Hold the program's memory in place.")
    var lockMemory = true
    @Flag(inversion: .prefixedNo, help: "Start the guarding process.")
    var `guard` = true

    func run() throws {
        // First of all, before anything can start a thread that would take the signals.
        let signals = try SignalSource()
        let events = EventRing()
        let log = logger(events)
        let workspace = try board.load(usual: state + "/overlay.toml")
        let loaded = workspace.inUse
        if let fault = Self.directoryFault(of: control) {
            log.critical("\(fault)")
            throw ExitCode(ExitStatus.cannotCreate.rawValue)
        }
        let lines = HeldLines(loaded)
        let aim = HeldAim({ workspace.inUse }, pictures: state + "/pictures")
        let live = LiveCounts()
        let watch = watch(loaded, live, events)
        let idle = idleTagger(workspace, lines, watch)
        let station = ShellStation(
            workspace: workspace, live: live, bench: lines, aim: aim, idle: idle,
            faults: watch.faults, log: log)
        var settings = settings(loaded)
        settings.moreOrders = station.boardOrders
        let daemon: Daemon
        do {
            daemon = try Daemon(
                settings: settings, instruments: aim.isConnected ? [lines, aim] : [lines],
                runner: ExclusivePassRunner(
                    runner: runner(workspace, lines, watch, idle), aim: aim),
                services: [ShellService(station, at: shellPath, group: settings.controlGroup)],
                live: live, events: events,
                notifier: ServiceNotifier(
                    environment: ProcessInfo.processInfo.environment, process: getpid()),
                log: log)
        } catch {
            log.critical("\(error)")
            throw ExitCode(error.reason.exitStatus.rawValue)
        }
        let status = daemon.run(signals)
        // At once: a pass that did not end in order must not hold the process.
        Foundation.exit(status.rawValue)
    }

    /// Where passes are recorded: as the board says, but beside the state if that is elsewhere.
    private func recordings(_ loaded: Board) -> String {
        state == Self.usualState ? loaded.paths.recordings : state + "/passes"
    }

    /// Where the shells are served: beside the control socket, unless somebody says otherwise.
    private var shellPath: String {
        if let shell { return shell }
        let folder = (control as NSString).deletingLastPathComponent
        return folder.isEmpty ? "shell" : folder + "/shell"
    }

    /// What the shells see of a pass, and the faults that they may order.
    private func watch(_ loaded: Board, _ live: LiveCounts, _ events: EventRing) -> PassWatch {
        var watch = PassWatch(live: live, faults: loaded.allowsFaults ? FaultOrders() : nil) {
            events.note($0 == "information" ? "info" : $0, $1, time: HostClock.now.count)
        }
        watch.isPaced = realTime
        return watch
    }

    /// The tagger between passes; `nil` on a board without one.
    private func idleTagger(
        _ workspace: BoardWorkspace, _ lines: HeldLines, _ watch: PassWatch
    ) -> IdleTagger? {
        guard workspace.inUse.tagger.connection != nil else { return nil }
        return IdleTagger(lines) { isOver, onExcess in
            let board = workspace.inUse
            let use = IdleCount(
                board: board, counts: watch.live, faults: watch.faults, isOver: isOver,
                onExcess: onExcess)
            try StationTagger(board).open(for: use)
        }
    }

    /// Passes on instruments, if the board has a tagger; else those of a simulated world.
    private func runner(
        _ workspace: BoardWorkspace, _ lines: HeldLines, _ watch: PassWatch, _ idle: IdleTagger?
    ) -> any PassRunner {
        let loaded = workspace.inUse
        guard let idle else {
            return SimulatedPassRunner(
                workspace: workspace, directory: recordings(loaded), watch: watch)
        }
        return TaggerKeepingRunner(
            runner: LivePassRunner(
                workspace: workspace, lines: lines, recordings: recordings(loaded), watch: watch),
            tagger: idle)
    }

    private func settings(_ loaded: Board) -> DaemonSettings {
        var settings = DaemonSettings(boardPath: board.board, boardName: loaded.name)
        settings.controlPath = control
        settings.statePath = state
        settings.memory = lockMemory ? MemoryLock() : nil
        if let wanted = loaded.realtime {
            if !wanted.locksMemory { settings.memory = nil }
            settings.keepsProcessorsAwake = true
            settings.arenaByteCount = Int(clamping: wanted.arena)
            settings.housekeeping = ThreadSettings("housekeeping", wanted.housekeeping)
            settings.housekeepingPeriod = Picoseconds(wanted.housekeepingPeriod)
        }
        if `guard` {
            let overlay = board.overlay ?? state + "/overlay.toml"
            settings.guardArguments = [
                "lodestard", "guard", "--board", board.board, "--overlay", overlay,
            ]
        }
        return settings
    }

    private func logger(_ events: EventRing) -> Logger {
        let style: JournalLog.Style = foreground ? .terminal : .journal
        LoggingSystem.bootstrap { _ in JournalLog(style, events: events) }
        var log = Logger(label: "lodestard")
        log.logLevel = logLevel
        return log
    }

    /// Makes the directory of the control socket; says why it cannot be.
    private static func directoryFault(of path: String) -> String? {
        let directory = (path as NSString).deletingLastPathComponent
        guard !directory.isEmpty else { return nil }
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
            return nil
        } catch {
            return "the directory of the control socket, \(directory), cannot be made: "
                + "\(error.localizedDescription) Use --control."
        }
    }
}

extension ThreadSettings {
    /// A thread as the board wants it.
    init(_ name: String, _ wanted: Board.RealTime.Thread) {
        // The board's checks keep both within what the kernel knows.
        self.init(
            name: name,
            priority: wanted.priority > 0 ? .fifo(Int(clamping: wanted.priority)) : .normal,
            processors: wanted.cpu.map { [Int(clamping: $0)] } ?? [])
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
