import BoardFile
import Foundation
import GateDrivers
import Instruments
import LinuxIO
import PayloadHAL
import Quantities
import RealTime
import Station
import Synchronization

/// Cover, interlock and the detectors' sensors of the board, looked at during a pass: lines fifty
/// times a second, sensors once. It is told to stop by ``end()``.
final class StationWatch: PassConditions {
    private struct State {
        var conditions: DetectorConditions
        var news: [PassNews] = []
    }

    private static let linePeriod = Picoseconds.milliseconds(20)
    private static let sensorPeriod = Picoseconds.seconds(1)
    /// News that nobody fetched; more are dropped.
    private static let newsLimit = 256

    private let board: Board
    private let state: Mutex<State>
    private let isEnding = Atomic<Bool>(false)
    private let threads: Mutex<[RealTimeThread]>

    /// Takes the input lines and starts to look; a line that cannot be had counts as open.
    init(_ board: Board, refused: RefusedByMachine) throws {
        self.board = board
        let detectors = board.detectors
        state = Mutex(
            State(
                conditions: DetectorConditions(
                    .init(
                        temperature: (detectors?.temperatureLowest ?? -300)...max(
                            detectors?.temperatureHighest ?? 300,
                            detectors?.temperatureLowest ?? -300),
                        highestBias: (detectors?.biasHighest ?? .infinity) * 1e-3))))
        threads = Mutex([])
        let supervisor = ThreadSupervisor()
        let lines = try RealTimeThread(
            ThreadSettings(name: "lines"), supervisor: supervisor, refused: refused
        ) { [self] in watchLines() }
        let sensors = try RealTimeThread(
            ThreadSettings(name: "sensors"), supervisor: supervisor, refused: refused
        ) { [self] in watchSensors() }
        threads.withLock { $0 = [lines, sensors] }
    }

    /// Lets the lines go; a sensor that hangs is not waited for longer than a second.
    func end() {
        isEnding.store(true, ordering: .releasing)
        let threads = threads.withLock { $0 }
        for thread in threads { _ = thread.join(milliseconds: 1_000) }
    }

    var allowed: DetectorSet { state.withLock { $0.conditions.allowed } }

    func takeNews() -> [PassNews] {
        state.withLock { state in
            defer { state.news.removeAll() }
            return state.news
        }
    }

    // MARK: Lines

    /// An input line of the board; `nil` in it where it cannot be had.
    private final class Watched {
        let subject: DetectorConditions.Subject
        let input: GPIOInput?

        init(_ subject: DetectorConditions.Subject, _ line: Board.Line) {
            self.subject = subject
            input = try? GPIOInput(
                GPIOLineAddress(chip: line.chip, line: "\(line.offset)"),
                isActiveLow: line.isActiveLow, edges: .none)
        }

        /// Whether it is closed; `nil` if it cannot be read.
        var isClosed: Bool? {
            switch input {
            case .some(let input): try? input.isActive()
            case .none: nil
            }
        }
    }

    private func watchLines() {
        let cover = board.lines?.cover.map { Watched(.cover, $0) }
        let interlock = board.lines?.interlock.map { Watched(.interlock, $0) }
        let clock = MonotonicClock()
        // Ends with the pass.
        while !isEnding.load(ordering: .acquiring) {
            if let cover { take { $0.take(line: cover.isClosed, of: cover.subject) } }
            if let interlock { take { $0.take(line: interlock.isClosed, of: interlock.subject) } }
            clock.sleep(until: clock.now.later(by: Self.linePeriod))
        }
    }

    // MARK: Sensors

    private func watchSensors() {
        let detectors = board.detectors?.all ?? []
        let clock = MonotonicClock()
        var next = clock.now
        // Ends with the pass.
        while !isEnding.load(ordering: .acquiring) {
            if clock.now >= next {
                next = clock.now.later(by: Self.sensorPeriod)
                for (index, entry) in detectors.enumerated() {
                    look(entry.detector.temperature, .temperature(index))
                    look(entry.detector.bias, .bias(index))
                }
            }
            clock.sleep(until: clock.now.later(by: Self.linePeriod))
        }
    }

    private func look(_ connection: Connection?, _ subject: DetectorConditions.Subject) {
        guard let connection else { return }
        let value = StationSensors.reading(connection)
        take { $0.take(value: value, of: subject) }
    }

    // MARK: News

    private func take(_ body: (inout DetectorConditions) -> DetectorConditions.Change?) {
        state.withLock { state in
            guard let change = body(&state.conditions), state.news.count < Self.newsLimit
            else { return }
            state.news.append(PassNews(change))
        }
    }
}

extension PassNews {
    /// What a report says of a change.
    init(_ change: DetectorConditions.Change) {
        let names = ["H", "V", "D", "A"]
        let (source, what, effect) =
            switch change.subject {
            case .cover: ("cover", "the cover of the detectors", "all detectors are blanked")
            case .interlock: ("interlock", "the interlock of the laser", "the laser stays off")
            case .temperature(let index):
                ("detectors", "the temperature of \(names[index])", "it is blanked")
            case .bias(let index): ("detectors", "the bias of \(names[index])", "it is blanked")
            }
        let unit = if case .temperature = change.subject { "degC" } else { "V" }
        switch change.finding {
        case .good:
            self.init(severity: .information, source: source, words: "\(what) is well again")
        case .open: self.init(severity: .error, source: source, words: "\(what) is open: \(effect)")
        case .outside(let value):
            self.init(
                severity: .error, source: source,
                words:
                    "\(what) is \(String(format: "%.1f", value)) \(unit), outside its limits: \(effect)"
            )
        case .unreadable:
            let isSensor = source == "detectors"
            self.init(
                severity: isSensor ? .warning : .error, source: source,
                words: "\(what) cannot be read" + (isSensor ? "" : ": \(effect)"))
        }
    }
}
