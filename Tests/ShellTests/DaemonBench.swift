import Control
import Dispatch
import Foundation
import LinuxIO
import Logging
import Quantities
import RealTime
import Synchronization

@testable import Daemon

/// A pass that waits at the places that a transcript can wait for: begun, and over.
final class WaitingRunner: PassRunner {
    func prepare(_ arena: inout Arena, _ context: PassContext) {}

    func check(_ order: PassOrder) throws(PassRefusal) {
        if order == .next { throw .noPrediction(board: "bench") }
    }

    func run(_ order: PassOrder, _ context: PassContext) throws -> String {
        context.report("pass at 12 of 23 s, clock valid, sifted 3400, key 0")
        let isOver = DispatchSemaphore(value: 0)
        context.onStop { isOver.signal() }
        isOver.wait()
        return "stopped early, sifted 3400, recorded in passes/1"
    }
}

/// A daemon that is ready but does not run: its orders answer, and nothing moves by itself.
final class DaemonBench {
    let daemon: Daemon
    private let runner = WaitingRunner()
    private let arena: Arena

    /// A clock that is 20 us late at each release.
    struct LateClock: RateClock {
        let time = Box()
        final class Box: Sendable { let now = Mutex<Int64>(0) }
        var now: Picoseconds { Picoseconds(time.now.withLock { $0 }) }
        func sleep(until time: Picoseconds) {
            self.time.now.withLock { $0 = time.count + 20_000_000 }
        }
    }

    init(board: String, orders: [ControlCommand]) throws {
        var settings = DaemonSettings(boardPath: board, boardName: "bench")
        settings.moreOrders = orders
        let events = EventRing()
        events.note("info", "ready", time: 1_250_000_000_000)
        events.note("warning", "tagger: 3 inputs are silent", time: 72_004_000_000_000)
        daemon = try Daemon(
            settings: settings, instruments: [], runner: runner, events: events,
            notifier: ServiceNotifier(environment: [:], process: getpid()),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        var arena = try Arena(byteCount: 1 << 20, refused: RefusedByMachine())
        let counters = try arena.rateCounters("housekeeping")
        var group = RateGroup(
            period: Picoseconds(100_000_000_000), clock: LateClock(), counters: counters)
        for _ in 0..<10 { _ = group.next() }
        self.arena = arena
        daemon.context.monitor.watch(counters, limit: .seconds(3_600))
        daemon.state.withLock { $0.phase = .ready }
    }

    /// Waits for what `line` sets going: a pass that has begun, or has ended.
    func settle(after line: String) {
        // Either takes moments; ten seconds are for a machine that does something else.
        let isStopping = line == "pass stop"
        for _ in 0..<10_000 {
            guard daemon.state.withLock({ $0.phase == .pass }) else { return }
            if !isStopping, !daemon.context.progress.isEmpty { return }
            usleep(1_000)
        }
    }
}
