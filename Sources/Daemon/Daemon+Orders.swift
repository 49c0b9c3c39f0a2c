public import Control
import Glibc
import LinuxIO
import Logging
import Quantities
import RealTime

extension Daemon {
    /// The orders of the control socket, and those of a shell's that are about the daemon.
    public var orders: CommandTable {
        CommandTable(settings.moreOrders + statusOrders + passOrders)
    }

    private var statusOrders: [ControlCommand] {
        [
            ControlCommand("status", "[json]", "what goes on, in words or as one JSON object") {
                [self] call in
                switch call.words {
                case []:
                    for part in status.parts { call.say(part) }
                    return .done("")
                case ["json"]: return .done(status.json)
                default:
                    return .refused(
                        "status takes nothing or json, not \(call.words.joined(separator: " "))")
                }
            }.with { $0.completion = { $0.isEmpty ? ["json"] : [] } },
            ControlCommand(
                "timing", help: "how late each rate group wakes up and how long it works"
            ) {
                [self] _ in .done(timing)
            }.with { $0.places = [.control] },
            ControlCommand("tasks", "", "threads and rate groups: ticks, missed, lateness, work") {
                [self] call in
                guard call.words.isEmpty else {
                    return .refused("tasks takes nothing, not \(call.words[0])")
                }
                for line in tasks { call.say(line) }
                return .done("")
            }.with { $0.places = [.shell] },
            ControlCommand("trace", "[COUNT]", "what was noted last; 20 unless told") {
                [self] call in
                guard let count = call.words.isEmpty ? 20 : Int(call.words[0]),
                    (1...EventRing.capacity).contains(count)
                else {
                    return .refused(
                        "trace takes a number\nallowed: 1 to \(EventRing.capacity)\ntry: trace 50")
                }
                for event in context.events.latest(count) { call.say(Self.text(event)) }
                return .done("")
            }.with { $0.places = [.shell] },
        ]
    }

    private var passOrders: [ControlCommand] {
        let changes: @Sendable (inout ControlCommand) -> Void = {
            $0.role = .technician
            $0.writes = true
        }
        return [
            ControlCommand(
                "pass start", arguments: "[now|next]", help: "begin a pass, by default now"
            ) { [self] in startPass($0) }.with {
                changes(&$0)
                $0.completion = { $0.isEmpty ? ["now", "next"] : [] }
            },
            ControlCommand("pass stop", help: "end the pass that runs, in order") {
                [self] _ in stopPass()
            }.with(changes),
            ControlCommand("pass", "", "how the pass goes, or how the last one went") {
                [self] call in
                guard call.words.isEmpty else {
                    return .refused(
                        "pass takes start, stop or nothing, not \(call.words[0])\n"
                            + "try: pass start now")
                }
                let status = status
                let last = status.lastPass.map { "last pass: \($0)" } ?? "no pass was run yet"
                return .done(status.pass.map { $0.isEmpty ? "a pass begins" : $0 } ?? last)
            }.with { $0.places = [.shell] },
            ControlCommand(
                "quit", arguments: "REASON...",
                help: "end the daemon in the safe state; say why, for the log"
            ) { [self] in quit($0) }.with { $0.places = [.control] },
        ]
    }

    /// `   12.345 warning the last run ended without a clean stop`.
    private static func text(_ event: EventRing.Event) -> String {
        let thousandths = event.time / 1_000_000_000
        let time = "\(thousandths / 1_000).\("\(1_000 + thousandths % 1_000)".dropFirst())"
        return String(repeating: " ", count: max(0, 9 - time.count)) + time + " "
            + event.level + String(repeating: " ", count: max(1, 8 - event.level.count))
            + event.text
    }

    /// A table of the rate groups, and who stands still.
    private var tasks: [String] {
        func cell(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(1, width - text.count)) + text
        }
        func time(_ value: Picoseconds?) -> String {
            value.map { "\($0.count / 1_000_000) us" } ?? "-"
        }
        let head =
            "rate group      period     ticks  missed  late p50      p99       max  work p99"
        let rows = context.monitor.rates.map { rate in
            rate.name.padding(12) + cell(time(rate.period), 10) + cell("\(rate.ticks)", 10)
                + cell("\(rate.missed)", 8) + cell(time(rate.wakeUp?.p50), 10)
                + cell(time(rate.wakeUp?.p99), 9) + cell(time(rate.wakeUp?.maximum), 10)
                + cell(time(rate.busy?.p99), 10)
        }
        let stalled = context.monitor.stalled
        let threads =
            "threads: main, \(Self.controlName), \(settings.housekeeping.name)"
            + services.map { ", \($0.name)" }.joined()
            + (state.withLock { $0.phase == .pass } ? ", \(Self.passName)" : "")
        return [head] + rows + [threads]
            + (stalled.isEmpty
                ? ["all move"] : ["not moving: \(stalled.joined(separator: ", "))"])
    }

    /// What goes on now.
    var status: DaemonStatus {
        let (phase, saved, stalled) = state.withLock { ($0.phase, $0.saved, $0.stalled) }
        return DaemonStatus(
            phase: phase, board: settings.boardName, process: getpid(), starts: saved.starts,
            uptimeS: Double(HostClock.now.count / 1_000_000_000) / 1_000,
            pass: phase == .pass ? context.progress : nil, lastPass: saved.lastPass,
            guardProcess: guardian.withLock { $0?.process },
            instruments: instruments.map { .init(name: $0.name, status: $0.status) },
            rates: context.monitor.rates.map { .init($0) },
            refused: refused.all.map(\.description), stalled: stalled)
    }

    private var timing: String {
        let lines = context.monitor.rates.map { rate in
            "\(rate.name): \(rate.ticks) ticks, \(rate.missed) missed, \(rate.slips) slips, wake-up "
                + "\(rate.wakeUp?.text ?? "-"), work \(rate.busy?.text ?? "-")"
        }
        return lines.joined(separator: "; ")
    }

    private func quit(_ words: [String]) -> ControlAnswer {
        guard !words.isEmpty else { return .refused("say why, for the log: quit REASON...") }
        stop(.order(words.joined(separator: " ")))
        return .done("stopping")
    }

    private func startPass(_ words: [String]) -> ControlAnswer {
        guard words.count <= 1, let order = PassOrder(rawValue: words.first ?? "now") else {
            return .refused("pass start takes now or next, not \(words.joined(separator: " "))")
        }
        do throws(PassRefusal) {
            try runner.check(order)
        } catch {
            return .refused("\(error)")
        }
        let refusal = state.withLock { state -> String? in
            guard state.phase == .ready, state.stop == nil else {
                return state.phase == .pass
                    ? "a pass runs already; end it with: pass stop"
                    : "the daemon is \(state.phase.rawValue), not ready"
            }
            state.phase = .pass
            state.isUnsaved = true
            context.reset()
            return nil
        }
        if let refusal { return .refused(refusal) }
        return beginPass(order)
    }

    private func beginPass(_ order: PassOrder) -> ControlAnswer {
        do throws(StopFault) {
            let started = try thread(
                ThreadSettings(name: Self.passName, stackByteCount: 4 << 20)
            ) { [self] in
                runPass(order)
            }
            state.withLock { $0.pass = started }
            wake.call()
            return .done("pass \(order.rawValue) begun")
        } catch {
            endPass("could not begin: \(error)")
            return .refused("\(error)")
        }
    }

    /// The body of the pass's thread: whatever happens, it is told and the daemon is ready again.
    private func runPass(_ order: PassOrder) {
        log.notice("pass begins", metadata: ["order": "\(order.rawValue)"])
        do {
            let result = try runner.run(order, context)
            log.notice("pass ends", metadata: ["result": "\(result)"])
            endPass(result)
        } catch {
            log.error("pass failed: \(error)")
            makeSafe(instruments)
            endPass("failed: \(error)")
        }
    }

    private func endPass(_ result: String) {
        state.withLock {
            $0.saved.lastPass = result
            $0.isUnsaved = true
            if $0.phase == .pass { $0.phase = .ready }
        }
        wake.call()
    }

    private func stopPass() -> ControlAnswer {
        guard state.withLock({ $0.phase == .pass }) else {
            return .refused("no pass runs; begin one with: pass start")
        }
        context.askToStop()
        return .done("the pass is ending")
    }

    /// Brings all of `instruments` into their safe state; says what could not be.
    @discardableResult
    func makeSafe(_ instruments: [any Instrument]) -> [SafeStateFault] {
        let faults = instruments.flatMap { $0.makeSafe() }
        for fault in faults { log.critical("not safe: \(fault)") }
        return faults
    }
}

extension String {
    /// The text with spaces behind it up to `width` characters.
    fileprivate func padding(_ width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }
}
