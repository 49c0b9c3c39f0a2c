import BoardFile
import Daemon
import Instruments
import LinuxIO
import Shell
import Synchronization

/// The board's lines between passes: held at their safe levels, so that nobody else drives them, but
/// for what somebody drives by hand at an armed shell.
final class HeldLines: Instrument, Bench {
    let name = "lines"
    private let lines: BoardLines
    private let state = Mutex(State())

    private struct State {
        var held: [HeldLine] = []
        var fault: SafeStateFault?
        /// Who has them while none is held.
        var user = InstrumentUser.pass
    }

    /// One line, kept as long as this lives.
    private final class HeldLine: @unchecked Sendable {
        let name: String
        private var line: StationLine

        init(_ name: String, _ line: consuming StationLine) {
            self.name = name
            self.line = line
        }

        var isActive: Bool { line.isActive }

        func set(_ isActive: Bool) -> String? {
            do throws(GPIOError) {
                try line.set(isActive)
                return nil
            } catch {
                return "\(error)"
            }
        }
    }

    init(_ board: Board) { lines = BoardLines(board) }

    /// Why a line is not held, if one is not.
    var fault: SafeStateFault? { state.withLock { $0.fault } }

    var status: String {
        state.withLock {
            $0.fault.map(\.description)
                ?? ($0.held.isEmpty
                    ? "given to \($0.user)" : "\($0.held.count) outputs, held safe")
        }
    }

    /// Takes all lines. One that cannot be had is remembered and named when a pass is asked for; the
    /// daemon goes on, as whoever has it may let it go.
    func open() {
        state.withLock { state in
            state = State()
            for (name, line) in lines.lines {
                do throws(GPIOError) {
                    state.held.append(HeldLine(Self.shortName(name), try StationLine(line)))
                } catch {
                    state.fault = state.fault ?? SafeStateFault(name: name, problem: "\(error)")
                }
            }
        }
    }

    func makeSafe() -> [SafeStateFault] {
        state.withLock { state in
            state.held.compactMap { line in
                line.set(false).map { SafeStateFault(name: line.name, problem: $0) }
            }
        }
    }

    /// Lets the lines go, each at its safe level.
    func close() { give(to: .pass) }

    /// Lets the lines go, each at its safe level, for `user` until ``open()``.
    func give(to user: InstrumentUser) {
        state.withLock { $0 = State(user: user) }
    }

    // MARK: By hand

    /// `gate.H` of `detectors.H.gate`, `shutter` of `lines.shutter`.
    private static func shortName(_ path: String) -> String {
        let words = path.split(separator: ".")
        return words.first == "detectors" && words.count == 3
            ? "gate.\(words[1])" : "\(words.last ?? "")"
    }

    /// The lines that the board names, held or not.
    var lineNames: [String] { lines.lines.map { Self.shortName($0.role) } }

    var outputs: [(name: String, isActive: Bool)] {
        state.withLock { $0.held.map { ($0.name, $0.isActive) } }
    }

    var obstacle: String? {
        guard !lines.lines.isEmpty else { return nil }
        return state.withLock { state in
            if let fault = state.fault { return "\(fault)" }
            guard state.held.isEmpty else { return nil }
            return "\(state.user) has the outputs; to drive them by hand: \(state.user.remedy)"
        }
    }

    func drive(_ output: String, active: Bool) -> String? {
        state.withLock { state in
            guard let line = state.held.first(where: { $0.name == output }) else {
                return "it is not held now"
            }
            return line.set(active)
        }
    }

    func makeSafe() -> [String] {
        let wasActive = outputs.filter(\.isActive).map(\.name)
        let faults: [SafeStateFault] = makeSafe()
        return faults.map { "NOT SAFE: \($0)" }
            + wasActive.filter { name in !faults.contains { $0.name == name } }
            .map { "\($0) made safe" }
    }
}
