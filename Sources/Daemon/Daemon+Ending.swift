import Logging
import Quantities
import RealTime
import Synchronization

extension Daemon {
    /// Ends what runs, brings all into the safe state, and says why; the exit code follows.
    func end(
        _ parts: Parts, _ signals: borrowing SignalSource, _ directory: borrowing StateDirectory
    ) -> ExitStatus {
        let (reason, pass) = state.withLock { state in
            state.phase = .stopping
            return (state.stop ?? .order("nothing was left to do"), state.pass)
        }
        let isFault = reason.exitStatus != .stopped
        log.log(level: isFault ? .critical : .notice, "stopping: \(reason)")
        hasToldStop.withLock {
            $0 = true
            notifier.stopping("stopping: \(reason)")
        }
        save(directory)
        for service in services { service.stop() }
        for thread in parts.services { thread.join() }
        let hasPassEnded = endPass(pass, signals)
        let faults = makeSafe(parts.opened)
        for instrument in parts.opened.reversed() { instrument.close() }
        parts.server?.stop()
        isEnding.store(true, ordering: .releasing)
        parts.control?.join()
        parts.housekeeping?.join()
        releaseGuard(isSafe: faults.isEmpty && hasPassEnded)
        var status = reason.exitStatus
        if !hasPassEnded { status = .software }
        if !faults.isEmpty { status = .notSafe }
        if status != .notSafe, hasPassEnded {
            state.withLock {
                $0.phase = .stopped
                $0.saved.reason = "\(reason)"
            }
        }
        save(directory)
        log.notice("stopped: \(status.meaning)", metadata: ["code": "\(status.rawValue)"])
        return status
    }

    /// Waits for the pass to end in order, as long as is allowed or until a second signal.
    private func endPass(_ pass: RealTimeThread?, _ signals: borrowing SignalSource) -> Bool {
        guard let pass, !pass.isFinished else { return true }
        context.askToStop()
        let deadline = MonotonicClock().now.count + settings.passGrace.count
        // Ends with the pass, the time allowed or a second signal.
        while !pass.join(milliseconds: 100) {
            mainBeat.beat()
            let signal = signals.next()
            guard signal == nil, MonotonicClock().now.count < deadline else {
                log.critical("the pass did not end in order; going on without it")
                return false
            }
        }
        return true
    }

    /// The guarding process goes home if all is safe; if not, our end makes it try as well.
    private func releaseGuard(isSafe: Bool) {
        let held = guardian.withLock { $0.take() }
        guard isSafe, let held else { return }
        held.standDown()
    }
}
