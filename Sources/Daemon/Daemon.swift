import Glibc
import LinuxIO
public import Logging
import Quantities
public import RealTime
import Synchronization

/// The station's firmware as a service: from the board to ready, from order to pass, and from any
/// end to the safe state.
///
/// Four threads: the one that calls ``run(_:)`` waits for signals and failures; `control` answers
/// orders; `housekeeping` is a rate group that feeds the watchdog as long as all others move; `pass`
/// runs a pass. docs/daemon.md has the states, signals, exit codes and orders.
public final class Daemon: Sendable {
    /// What several threads know of.
    struct State {
        var phase = DaemonPhase.starting
        var stop: StopReason?
        var saved = SavedState()
        var isUnsaved = false
        var stalled: [String] = []
        var refusalsSaid = 0
        var pass: RealTimeThread?
    }

    let settings: DaemonSettings
    let instruments: [any Instrument]
    let runner: any PassRunner
    let services: [any DaemonService]
    let notifier: ServiceNotifier
    let log: Logger
    let state = Mutex(State())
    let guardian = Mutex<SafeStateGuard?>(nil)
    /// Memory of the loops, kept as long as the daemon.
    let arena = Mutex<Arena?>(nil)
    let wake: WakeUp
    let refused = RefusedByMachine()
    let supervisor: ThreadSupervisor
    let context: PassContext
    /// Whether the service manager was told of the end: after that it hears no other status.
    let hasToldStop = Mutex(false)
    /// Told to the housekeeping thread.
    let isEnding = Atomic<Bool>(false)
    let mainBeat = Heartbeat()
    let controlBeat = Heartbeat()

    /// A daemon that has not begun.
    ///
    /// - Throws: `StopFault` if the system gives no descriptor.
    public init(
        settings: DaemonSettings, instruments: [any Instrument], runner: any PassRunner,
        services: [any DaemonService] = [], live: LiveCounts = LiveCounts(),
        events: EventRing = EventRing(), notifier: consuming ServiceNotifier, log: Logger
    ) throws(StopFault) {
        self.services = services
        self.settings = settings
        self.instruments = instruments
        self.runner = runner
        self.notifier = notifier
        self.log = log
        do throws(LinuxIOError) {
            wake = try WakeUp()
        } catch {
            throw .cannotCreate("no descriptor to wake threads by: \(error)")
        }
        let wake = wake
        supervisor = ThreadSupervisor { wake.call() }
        context = PassContext(
            supervisor: supervisor, refused: refused,
            monitor: RuntimeMonitor(watchdog: self.notifier.watchdogPeriod), live: live,
            events: events)
    }

    /// Asks the daemon to stop; the first reason given is the one that counts. Any thread.
    public func stop(_ reason: StopReason) {
        state.withLock { if $0.stop == nil { $0.stop = reason } }
        wake.call()
    }

    var isStopAsked: Bool { state.withLock { $0.stop != nil } }

    /// Runs to its end, on the thread that made `signals`.
    public func run(_ signals: borrowing SignalSource) -> ExitStatus {
        let directory: StateDirectory
        do throws(StopFault) {
            directory = try StateDirectory(settings.statePath)
        } catch {
            log.critical("\(error.reason)")
            return error.reason.exitStatus
        }
        recall(directory.load())
        save(directory)
        var parts = Parts()
        do throws(StopFault) {
            try begin(&parts, signals)
            announceReady()
            wait(for: signals, directory)
        } catch {
            stop(error.reason)
        }
        return end(parts, signals, directory)
    }

    /// Learns how the last run ended, and says so if that was badly.
    private func recall(_ saved: SavedState) {
        if !saved.isClean {
            log.warning(
                "the last run ended without a clean stop",
                metadata: ["phase": "\(saved.phase.rawValue)", "process": "\(saved.process)"])
        }
        state.withLock {
            $0.saved = saved
            $0.saved.starts += 1
            $0.saved.reason = nil
        }
    }

    /// Writes the state down; a disk that refuses is said once per run and no reason to stop.
    func save(_ directory: borrowing StateDirectory) {
        let saved = state.withLock {
            $0.isUnsaved = false
            $0.saved.phase = $0.phase
            $0.saved.isClean = $0.phase == .stopped
            $0.saved.process = getpid()
            $0.saved.written = Int64(time(nil))
            return $0.saved
        }
        guard let problem = directory.save(saved) else { return }
        log.warning("\(problem); going on without", metadata: ["what": "state"])
    }

    private func announceReady() {
        let starts = state.withLock {
            if $0.stop == nil { $0.phase = .ready }
            $0.isUnsaved = true
            return $0.saved.starts
        }
        guard !isStopAsked else { return }
        notifier.ready("ready, board \(settings.boardName)")
        log.notice(
            "ready",
            metadata: [
                "board": "\(settings.boardName)", "control": "\(settings.controlPath)",
                "start": "\(starts)",
            ])
    }

    /// Waits until something asks for the end.
    private func wait(for signals: borrowing SignalSource, _ directory: borrowing StateDirectory) {
        var entries = [PollEntry(signals.descriptor), PollEntry(wake.descriptor)]
        // Ends when a stop is asked for.
        while !isStopAsked {
            mainBeat.beat()
            PollEntry.wait(&entries, milliseconds: 250)
            wake.clear()
            if let signal = signals.next() { stop(.signal(signal)) }
            noteEndedThreads()
            if state.withLock({ $0.isUnsaved }) { save(directory) }
        }
    }

    /// A thread that fails ends the daemon, and so does one of its own that ends by itself.
    private func noteEndedThreads() {
        let own = [Self.controlName, settings.housekeeping.name] + services.map(\.name)
        for end in supervisor.take() where end.failure != nil || own.contains(end.name) {
            stop(
                .threadFailed(
                    name: end.name, failure: end.failure ?? "it ended while it was needed"))
        }
    }

    static let controlName = "control"
    static let passName = "pass"
}
