import ArgumentParser
import Foundation
import Quantities
import RealTime

/// `lodestard latency`: how late a loop of the station wakes up on this machine.
struct LatencyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract: "Measure how late a loop wakes up on this machine, with nothing to do.",
        discussion: """
            As cyclictest of Debian's rt-tests measures it: from the release to the moment when the \
            body could begin, on a thread with real-time priority and locked memory. What the \
            machine refuses is named and done without.
            """)

    @Option(help: ArgumentHelp("Period, microseconds: 50 to 1000000.", valueName: "us"))
    var period = 1_000
    @Option(help: ArgumentHelp("How many times: 1 to 100000000.", valueName: "count"))
    var ticks = 5_000
    @Option(help: ArgumentHelp("SCHED_FIFO priority, 1 to 99.", valueName: "priority"))
    var priority = 90

    func validate() throws {
        guard (50...1_000_000).contains(period), (1...100_000_000).contains(ticks),
            (1...99).contains(priority)
        else {
            throw ValidationError(
                "--period \(period), --ticks \(ticks) or --priority \(priority) is outside of its "
                    + "range (allowed: 50 to 1000000, 1 to 100000000, 1 to 99)")
        }
    }

    func run() throws {
        let refused = RefusedByMachine()
        MemoryLock(pages: .all).apply(refused)
        let awake = AwakeProcessors(refused)
        var arena = try Arena(byteCount: 1 << 20, refused: refused)
        let counters = try arena.rateCounters("latency")
        arena.close()
        let (period, ticks) = (Picoseconds(Int64(period) * 1_000_000), ticks)
        let thread = try RealTimeThread(
            ThreadSettings(name: "latency", priority: .fifo(priority)),
            supervisor: ThreadSupervisor(), refused: refused
        ) {
            var group = RateGroup(period: period, clock: MonotonicClock(), counters: counters)
            var left = ticks
            group.run { _ in
                left -= 1
                return left > 0
            }
        }
        thread.join()
        withExtendedLifetime(awake) {}
        for refusal in refused.all { say("\(refusal)") }
        show(counters.counters.pointee.snapshot)
    }

    private func show(_ rate: RateSnapshot) {
        guard let late = rate.wakeUp else { return }
        print(
            "latency ticks=\(rate.ticks) missed=\(rate.missed) p50_us=\(text(late.p50))",
            "p99_us=\(text(late.p99)) p999_us=\(text(late.p999)) max_us=\(text(late.maximum))")
    }

    private func text(_ time: Picoseconds) -> String {
        String(format: "%.2f", Double(time.count) * 1e-6)
    }
}
