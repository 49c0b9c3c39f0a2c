import Logging
import Quantities
import RealTime
import Synchronization

extension Daemon {
    /// The housekeeping rate group: runs until the daemon ends.
    func keepHouse(_ counters: RateReference) {
        var group = RateGroup(
            period: settings.housekeepingPeriod, clock: MonotonicClock(), counters: counters)
        var board = BoardWatch(settings.boardPath)
        var said = ""
        let second = max(1_000_000_000_000 / settings.housekeepingPeriod.count, 1)
        let feed = notifier.watchdogPeriod.map {
            // Three words in each span that the watchdog allows.
            max($0.count / 3 / settings.housekeepingPeriod.count, 1)
        }
        group.run { tick in
            if let feed, tick.number % feed == 0 || tick.missed > 0 { feedWatchdog() }
            if tick.number % second == 0 {
                if feed == nil { look() }
                watchBoard(&board)
                watchGuard()
                sayRefusals()
                tell(&said)
            }
            return !isEnding.load(ordering: .acquiring)
        }
    }

    /// Feeds the watchdog if all that should move does.
    private func feedWatchdog() {
        if look() { notifier.feedWatchdog() }
    }

    /// Sees who does not move, and says it when that changes.
    @discardableResult
    private func look() -> Bool {
        let stalled = context.monitor.stalled
        let isNews = state.withLock { state in
            defer { state.stalled = stalled }
            return state.stalled != stalled
        }
        if isNews, !stalled.isEmpty {
            log.error(
                "the watchdog is not fed",
                metadata: ["not_moving": "\(stalled.joined(separator: ","))"])
        } else if isNews {
            log.notice("all threads move again")
        }
        return stalled.isEmpty
    }

    private func watchBoard(_ board: inout BoardWatch) {
        switch board.look() {
        case .same: break
        case .changed:
            log.notice(
                "the board file was written; what is in it counts after a restart",
                metadata: ["file": "\(settings.boardPath)"])
        case .lost: stop(.boardLost(settings.boardPath))
        }
    }

    /// A guarding process that died is started again.
    private func watchGuard() {
        let code = guardian.withLock { held -> Int32? in
            guard let code = held?.ended() else { return nil }
            held = nil
            return code
        }
        guard let code else { return }
        log.error("the guarding process ended; starting another", metadata: ["code": "\(code)"])
        startGuard()
    }

    /// Says what the machine refused since the last time.
    func sayRefusals() {
        let all = refused.all
        let new = state.withLock { state in
            defer { state.refusalsSaid = all.count }
            return all.dropFirst(state.refusalsSaid)
        }
        for refusal in new {
            log.warning("\(refusal)", metadata: ["refused": "\(refusal.subject.rawValue)"])
        }
    }

    /// Tells the service manager what goes on, when that has changed.
    private func tell(_ said: inout String) {
        let text = status.text
        guard text != said else { return }
        said = text
        hasToldStop.withLock { if !$0 { notifier.status(text) } }
    }
}
