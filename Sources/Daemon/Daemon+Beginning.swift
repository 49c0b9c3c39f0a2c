import Control
import Glibc
import LinuxIO
import Logging
import Quantities
import RealTime

extension Daemon {
    /// What runs beside the main thread, in the order it was begun.
    struct Parts {
        var awake: AwakeProcessors?
        var server: ControlServer?
        var control: RealTimeThread?
        var housekeeping: RealTimeThread?
        var services: [RealTimeThread] = []
        var opened: [any Instrument] = []
    }

    /// How long the guarding process may take to be ready, ms.
    private static let armingTime = 5_000

    /// Holds memory, opens instruments and starts threads; what was begun before a fault is in `parts`.
    func begin(_ parts: inout Parts, _ signals: borrowing SignalSource) throws(StopFault) {
        settings.memory?.apply(refused)
        if settings.keepsProcessorsAwake { parts.awake = AwakeProcessors(refused) }
        startGuard()
        try startControl(&parts)
        for instrument in instruments {
            if let signal = signals.next() { throw StopFault(reason: .signal(signal)) }
            try open(instrument, &parts)
        }
        try startHousekeeping(&parts)
        try startServices(&parts)
        awaitGuard()
        sayRefusals()
    }

    private func open(_ instrument: any Instrument, _ parts: inout Parts) throws(StopFault) {
        // Before it is opened: one that fails half-way is made safe as well.
        parts.opened.append(instrument)
        do {
            try instrument.open()
        } catch {
            throw StopFault(
                reason: .instrument(name: instrument.name, problem: "\(error)"))
        }
        log.info("open", metadata: ["instrument": "\(instrument.name)"])
    }

    private func startControl(_ parts: inout Parts) throws(StopFault) {
        let server: ControlServer
        do throws(LinuxIOError) {
            let listener = try UnixListener(at: settings.controlPath)
            admitGroup(to: listener)
            server = try ControlServer(listener, table: orders)
        } catch {
            throw controlFault(error)
        }
        parts.server = server
        parts.control = try thread(ThreadSettings(name: Self.controlName)) { [self] in
            server.run(beat: { controlBeat.beat() }, log: { noteOrder($0) })
        }
        let patience = context.monitor.patience
        context.monitor.watch(Self.controlName, limit: patience) { [self] in controlBeat.beats }
        context.monitor.watch("main", limit: patience) { [self] in mainBeat.beats }
    }

    private func startServices(_ parts: inout Parts) throws(StopFault) {
        for service in services {
            do {
                try service.open(orders: orders.commands)
            } catch {
                throw .cannotCreate("\(service.name): \(error)")
            }
            let beat = Heartbeat()
            let patience = context.monitor.patience
            parts.services.append(
                try thread(ThreadSettings(name: service.name)) {
                    service.run(beat: { beat.beat() })
                })
            context.monitor.watch(service.name, limit: patience) { beat.beats }
        }
    }

    private func admitGroup(to listener: borrowing UnixListener) {
        do throws(LinuxIOError) {
            try listener.admit(group: settings.controlGroup)
        } catch {
            let group = settings.controlGroup
            var problem = "the group \(group) may not be given the socket (\(error))"
            if case .device = error { problem = "there is no group \(group)" }
            log.warning(
                "only the owner may give orders: \(problem); scripts/install makes it",
                metadata: ["control": "\(settings.controlPath)"])
        }
    }

    private func controlFault(_ error: LinuxIOError) -> StopFault {
        let path = settings.controlPath
        guard case .system(_, let number) = error else {
            return .cannotCreate("the control socket \(path) cannot be made: \(error)")
        }
        let problem = String(cString: strerror(number))
        return number == EADDRINUSE
            ? .busy("a program answers at \(path) already; stop it first, or use --control")
            : .cannotCreate(
                "the control socket \(path) cannot be made: \(problem); use --control")
    }

    private func noteOrder(_ event: ControlServer.Event) {
        switch event {
        case .order(let line, let answer, let peer):
            // Asking is not worth a line; doing is.
            let isQuestion = line.hasPrefix("status") || line.hasPrefix("help")
            log.log(
                level: isQuestion ? .debug : .info, "order",
                metadata: [
                    "order": "\(line.prefix(80))", "answer": "\(answer.line.prefix(120))",
                    "user": "\(peer.map { "\($0.user)" } ?? "unknown")",
                ])
        case .turnedAway(let reason):
            log.warning("a client was sent away", metadata: ["reason": "\(reason)"])
        }
    }

    private func startHousekeeping(_ parts: inout Parts) throws(StopFault) {
        let counters: RateReference
        do {
            var arena = try Arena(byteCount: settings.arenaByteCount, refused: refused)
            counters = try arena.rateCounters("housekeeping")
            try runner.prepare(&arena, context)
            arena.close()
            var kept: Arena? = arena
            self.arena.withLock { swap(&$0, &kept) }
        } catch {
            throw .cannotCreate("memory for the loops: \(error)")
        }
        parts.housekeeping = try thread(settings.housekeeping) { [self] in
            keepHouse(counters)
        }
        context.monitor.watch(counters, limit: context.monitor.patience)
    }

    func thread(
        _ settings: ThreadSettings, _ body: @escaping @Sendable () throws -> Void
    ) throws(StopFault) -> RealTimeThread {
        do throws(LinuxIOError) {
            return try RealTimeThread(
                settings, supervisor: supervisor, refused: refused, body)
        } catch {
            throw .cannotCreate("the kernel gives no thread for \(settings.name): \(error)")
        }
    }

    /// Starts the guarding process, if there is to be one; without it we go on, and say so.
    func startGuard() {
        guard !settings.guardArguments.isEmpty else { return }
        do throws(LinuxIOError) {
            var started: SafeStateGuard? = try SafeStateGuard(
                settings.guardPath, arguments: settings.guardArguments)
            guardian.withLock { swap(&$0, &started) }
        } catch {
            log.error("no guarding process: \(error); a crash would leave lines as they are")
        }
    }

    private func awaitGuard() {
        let isArmed = guardian.withLock {
            $0?.waitUntilArmed(milliseconds: Self.armingTime) ?? settings.guardArguments.isEmpty
        }
        if !isArmed { log.error("the guarding process is not ready; see its own words") }
    }
}
