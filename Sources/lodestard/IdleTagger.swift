import Daemon
import Foundation
import RealTime
import Shell
import Synchronization

/// The board's tagger between passes: counted from as long as somebody looks, given to a pass at once.
final class IdleTagger: IdleCounter {
    /// Opens the tagger and counts until the first of both says so; calls the second on too much light.
    typealias Count =
        @Sendable (
            _ isOver: @escaping () -> Bool, _ onExcess: @escaping () -> Void
        ) throws -> Void

    private struct State {
        var views = 0
        var isLent = false
        var isCounting = false
        var failure: String?
        var hasExcess = false
    }

    /// How long a tagger may take to be let go, s: longer than any driver's patience.
    private static let patience = 5.0

    private let count: Count
    private let bench: HeldLines
    private let state = Mutex(State())

    /// The tagger that `count` opens; `bench` has the outputs meanwhile.
    init(_ bench: HeldLines, count: @escaping Count) {
        self.bench = bench
        self.count = count
    }

    func begin() -> String? {
        let starts = state.withLock { state in
            state.views += 1
            return Self.mayStart(&state)
        }
        if starts { start() }
        return nil
    }

    func end() { state.withLock { $0.views -= 1 } }

    var failure: String? { state.withLock { $0.isLent ? nil : $0.failure } }

    var note: String {
        let (isLent, hasExcess) = state.withLock { ($0.isLent, $0.hasExcess) }
        guard !isLent else { return "" }
        if hasExcess { return "too much light: all outputs were made safe" }
        let blanked = bench.outputs.filter { $0.name.hasPrefix("gate.") && !$0.isActive }
            .map { $0.name.dropFirst("gate.".count) }
        guard !blanked.isEmpty else { return "no pass runs" }
        return "blanked: \(blanked.joined(separator: " ")); to count: arm, gate open all"
    }

    // MARK: Letting go

    /// Lets the tagger go for a pass or a calibration; returns once it is free.
    func letGo() {
        state.withLock { $0.isLent = true }
        let end = Date(timeIntervalSinceNow: Self.patience)
        while state.withLock({ $0.isCounting }), Date() < end { usleep(1_000) }
    }

    /// That is over: whoever still looks sees the tagger again.
    func takeBack() {
        let starts = state.withLock { state in
            state.isLent = false
            return Self.mayStart(&state)
        }
        if starts { start() }
    }

    // MARK: Counting

    private static func mayStart(_ state: inout State) -> Bool {
        guard state.views > 0, !state.isLent, !state.isCounting else { return false }
        state.isCounting = true
        state.failure = nil
        state.hasExcess = false
        return true
    }

    private func start() {
        let thread = Thread { [self] in
            var failure: String?
            do {
                try count({ self.isOver }, { self.excess() })
            } catch {
                failure = "the tagger cannot be counted from: \(error)"
            }
            let starts = state.withLock { state in
                state.isCounting = false
                state.failure = failure
                // Somebody began to look while the tagger was let go.
                return failure == nil && Self.mayStart(&state)
            }
            if starts { start() }
        }
        thread.name = "idle tagger"
        thread.start()
    }

    private var isOver: Bool { state.withLock { $0.isLent || $0.views == 0 } }

    private func excess() {
        let _: [String] = bench.makeSafe()
        state.withLock { $0.hasExcess = true }
    }
}

/// Passes of a board whose tagger others look at in between.
struct TaggerKeepingRunner: PassRunner {
    let runner: any PassRunner
    let tagger: IdleTagger

    func prepare(_ arena: inout Arena, _ context: PassContext) throws {
        try runner.prepare(&arena, context)
    }

    func check(_ order: PassOrder) throws(PassRefusal) { try runner.check(order) }

    func run(_ order: PassOrder, _ context: PassContext) throws -> String {
        tagger.letGo()
        defer { tagger.takeBack() }
        return try runner.run(order, context)
    }
}
