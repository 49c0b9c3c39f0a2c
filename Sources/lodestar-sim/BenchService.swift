import LinuxIO
import PayloadHAL
import Procedures
import Quantities
import Synchronization
import USBIP

/// The simulated bench at work: paced by the host's clock, seen through a bus.
///
/// Threads: the caller's runs the bench (``run()``); each client of the bus and the control socket
/// have one.
final class BenchService: BusService {
    /// A bench that is later than this lets the rest of the time go: its clock has stood still then.
    private static let latest: Int64 = 100_000_000_000

    private struct State {
        var bench: ServedBench
        var isQuitting = false
        var report: BenchReport
    }

    private let bus: Mutex<USBIPServer<EmulatedTagger>>
    private let state: Mutex<State>
    private let step: Int64

    /// - Parameter step: Time after which the tagger is given what the bench has made, ps.
    init(
        _ bench: ServedBench, _ tagger: EmulatedTagger, board: String, seed: UInt64, step: Int64
    ) {
        self.step = step
        bus = Mutex(USBIPServer([tagger]))
        state = Mutex(
            State(bench: bench, report: BenchReport(board: board, seed: seed, bench.truth)))
    }

    /// Whether to end.
    var isEnding: Bool { Interruption.isOrdered || state.withLock { $0.isQuitting } }

    func withBus<Result: Sendable>(
        _ body: (inout USBIPServer<EmulatedTagger>) -> Result
    ) -> Result { bus.withLock { body(&$0) } }

    func noteClient(fault: USBIPFault?) {
        state.withLock {
            if let fault { $0.report.lastFault = "\(fault)" } else { $0.report.connections += 1 }
        }
    }

    /// Lets time go by at the host's pace until ordered to end.
    func run() {
        var reached = HostClock.now.count
        while !isEnding {
            let now = HostClock.now.count
            if now - reached > Self.latest { reached = now - step }
            while reached + step <= now {
                advance()
                reached += step
            }
            HostClock.sleep(until: Picoseconds(reached + step))
        }
    }

    /// One step: the bench sees the tagger's settings, and the tagger the bench's clicks.
    private func advance() {
        let (isRunning, thresholds, isExternal) = bus.withLock { bus in
            bus.withFunction(0) { ($0.isRunning, $0.thresholds, $0.usesExternalClock) }
        }
        let (tags, now) = state.withLock { state in
            state.bench.see(thresholds: thresholds, usesExternalClock: isExternal)
            let tags = state.bench.advance(by: step, isCounting: isRunning)
            return (tags, state.bench.taggerTime)
        }
        bus.withLock { bus in
            bus.withFunction(0) { tagger in
                tags.withUnsafeBufferPointer { tagger.take($0, now: now) }
            }
        }
    }

    /// The answer to a line on the control socket.
    func answer(_ line: String) -> String {
        switch line.split(whereSeparator: \.isWhitespace).joined(separator: " ") {
        case "truth", "status": return report().json
        case "seed": return state.withLock { "\($0.report.seed)" }
        case "quit":
            state.withLock { $0.isQuitting = true }
            return "ok"
        case "unplug":
            bus.withLock { $0.unplug(0) }
            return "ok"
        case "plug":
            bus.withLock { $0.plug(0) }
            return "ok"
        default: return obey(line)
        }
    }

    private func obey(_ line: String) -> String {
        do throws(BenchOrder.Refusal) {
            let order = try BenchOrder(line)
            return "ok \(state.withLock { $0.bench.obey(order) })"
        } catch {
            return "refused: \(error); or truth, status, seed, unplug, plug, quit"
        }
    }

    /// What is hidden and what happened.
    func report() -> BenchReport {
        let (counts, isPlugged) = bus.withLock { bus in
            (bus.withFunction(0) { $0.counts }, bus.isPlugged(0))
        }
        return state.withLock { state in
            var report = state.report
            report.exposures = state.bench.exposures
            report.shutterOpen = state.bench.isShutterOpen
            report.blanked = state.bench.blankedDetectors
            report.streamS = Double(state.bench.taggerTime) * 1e-12
            report.tagsMade = state.bench.tagCount
            (report.tagsSent, report.tagsDropped) = (counts.sent, counts.dropped)
            report.isPlugged = isPlugged
            return report
        }
    }
}
