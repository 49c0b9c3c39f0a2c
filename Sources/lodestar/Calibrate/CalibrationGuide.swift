import ArgumentParser
import BoardFile
import CalibrationRecords
import Foundation
import Procedures
import Report

/// A guided acceptance: one calibration after the other with what to plug and to wait for; goes on
/// after an interruption; a signed report at the end.
final class CalibrationGuide {
    /// What a person answers.
    private enum Answer { case go, skip, again, stop }

    private let place: CalibrationPlace
    private let steps: [(name: String, arguments: [String])]
    private let line: ProgressLine
    private let stop: StopRequest
    private let isAsking: Bool
    private let keeping: CalibrationRunner.Keeping
    private let store: RecordStore
    private var state: AcceptanceState

    init(
        _ place: CalibrationPlace, _ typed: TypedCalibrations, _ line: ProgressLine,
        _ stop: StopRequest, isAsking: Bool
    ) throws {
        guard let keeping = place.keeping else {
            throw ValidationError("--guided needs --records, where its records and report go")
        }
        if !isAsking, !place.needsNobody {
            throw ValidationError("--yes is for a simulated bench: a live one needs a person")
        }
        self.place = place
        steps = typed.steps
        self.line = line
        self.stop = stop
        self.isAsking = isAsking
        self.keeping = keeping
        store = RecordStore(directory: keeping.directory)
        state = AcceptanceState(
            board: place.board.name, boardSha256: Hex.sha256(Array(place.board.text.utf8)),
            seed: place.isSimulated ? place.seed : nil,
            startedUTC: Int64(Date().timeIntervalSince1970))
    }

    func run(restart: Bool, json: Bool) throws {
        try FileManager.default.createDirectory(
            atPath: keeping.directory, withIntermediateDirectories: true)
        resume(restart: restart)
        let runner = try place.runner(for: steps.map { $0.name })
        let (isDone, signal) = try Interruption.guarding(stop.ask) { try work(runner) }
        guard isDone else {
            print("interrupted; the same command goes on where it stopped")
            throw ExitCode(signal.map { 128 + $0 } ?? 130)
        }
        try finish(json: json)
    }

    /// Takes up what was interrupted, if it was on the same board and bench.
    private func resume(restart: Bool) {
        guard !restart, let found = AcceptanceState(in: keeping.directory),
            found.boardSha256 == state.boardSha256, found.seed == state.seed
        else { return }
        state = found
        // A record that is gone or broken is measured again.
        state.records = found.records.filter { (try? store.record($0))?.isSigned == true }
        say("goes on with the acceptance of \(CalendarTime.text(found.startedUTC))")
    }

    private func work(_ runner: CalibrationRunner) throws -> Bool {
        // The state is there before the first step, so that even that may be cut short.
        try state.write(to: keeping.directory)
        for (number, step) in steps.enumerated() {
            let procedure = try CalibrationCatalogue.procedure(step.name)
            let heading = "step \(number + 1) of \(steps.count): \(procedure.title)"
            if isDone(procedure.name) {
                say("\(heading): done before")
                continue
            }
            say("\n\(heading)")
            say("  fitted   \(procedure.fitted)")
            say("  prepare  \(procedure.preparation)")
            say("  limit    \(procedure.limits)")
            say(String(format: "  takes    %.1f s", procedure.detectorSeconds))
            guard try carryOut(procedure, step.arguments, runner) else { return false }
        }
        return true
    }

    private func isDone(_ name: String) -> Bool {
        state.skipped[name] != nil || state.records.contains { $0.hasSuffix("-\(name).jsonl") }
    }

    /// One step, again and again until the person is content; false if all is to end.
    private func carryOut(
        _ procedure: CalibrationProcedure, _ arguments: [String], _ runner: CalibrationRunner
    ) throws -> Bool {
        while true {
            switch ask("  Enter when ready, s to leave it out, q to stop: ") {
            case .stop: return false
            case .skip:
                state.skipped[procedure.name] = "left out by \(place.person)"
                try state.write(to: keeping.directory)
                return true
            case .go, .again: break
            }
            do {
                let lines = try runner.run(
                    procedure.name, arguments: arguments,
                    progress: { [line] share, text in
                        line.show("\(procedure.name)  \(Int(share * 100)) %  \(text)")
                    },
                    isCancelled: { [stop] in stop.isAsked })
                line.end()
                say(lines.joined(separator: "\n"))
            } catch ProcedureFailure.cancelled {
                line.end()
                return false
            } catch let failure as ProcedureFailure {
                line.end()
                say("  \(failure)")
                guard isAsking else {
                    throw CalibrationProblem(description: "\(procedure.name): \(failure)")
                }
                continue
            }
            if runner.last?.record.verdict != "met",
                ask("  not met: Enter to keep it, r to repeat: ") == .again
            {
                continue
            }
            if let file = runner.last?.file { state.records.append(file) }
            try state.write(to: keeping.directory)
            return !stop.isAsked
        }
    }

    private func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    private func ask(_ question: String) -> Answer {
        guard isAsking else { return stop.isAsked ? .stop : .go }
        FileHandle.standardError.write(Data(question.utf8))
        // The end of the input, or a signal, is a wish to stop.
        guard let typed = readLine(), !stop.isAsked else { return .stop }
        switch typed.trimmingCharacters(in: .whitespaces).lowercased() {
        case "s", "skip": return .skip
        case "r", "repeat": return .again
        case "q", "quit", "stop": return .stop
        default: return .go
        }
    }

    // MARK: The report

    private func finish(json: Bool) throws {
        var records: [StoredRecord] = []
        for file in state.records { records.append(try store.record(file)) }
        let now = Int64(Date().timeIntervalSince1970)
        let verdict = Self.verdict(records, isWhole: state.skipped.isEmpty)
        let page = CalibrationPage(
            title: "Acceptance of \(state.board)",
            about: [
                "\(verdict.uppercased()). Begun \(CalendarTime.text(state.startedUTC)), ended "
                    + "\(CalendarTime.text(now)), by \(place.person).",
                "Board \(state.board), SHA-256 \(state.boardSha256)",
            ],
            records: records, skipped: state.skipped, histograms: histograms(records))
        let stem = "acceptance-" + CalendarTime.text(now).filter { $0 != ":" && $0 != "-" }
        let files = [
            (stem + ".html", Array(page.acceptanceHTML.utf8)), (stem + ".pdf", page.acceptancePDF),
        ]
        var record = CalibrationRecord(
            item: CalibrationRecord.acceptanceItem, timeUTC: now, operator: place.person,
            board: state.board, boardSha256: state.boardSha256, simulated: place.isSimulatedLight,
            verdict: verdict)
        record.seed = state.seed
        record.notes = state.records
        record.detectorSeconds = records.map(\.record.detectorSeconds).reduce(0, +)
        for (name, bytes) in files {
            try store.write(bytes, as: name)
            record.files[name] = Hex.sha256(bytes)
        }
        let key = try StationKey(at: keeping.keyPath)
        let stored = try store.append(record, key: key)
        AcceptanceState.remove(from: keeping.directory)
        if json {
            try CalibrationJSON.show(stored.record)
        } else {
            print(
                String(
                    format: "acceptance: %@, %.1f s of detector time", verdict,
                    record.detectorSeconds))
            for (name, _) in files { print("  \(keeping.directory)/\(name)") }
            print("  signed in \(keeping.directory)/\(stored.file)")
        }
        if verdict == "missed" { throw ExitCode(2) }
        if verdict == "unclear" { throw ExitCode(3) }
    }

    private static func verdict(_ records: [StoredRecord], isWhole: Bool) -> String {
        let all = records.map(\.record.verdict)
        if all.contains("missed") { return "missed" }
        return all.contains("unclear") || !isWhole ? "unclear" : "met"
    }

    private func histograms(_ records: [StoredRecord]) -> [String: [CalibrationPage.Histogram]] {
        var result: [String: [CalibrationPage.Histogram]] = [:]
        for stored in records {
            let name = stored.file.replacingOccurrences(of: ".jsonl", with: ".histogram")
            let path = keeping.directory + "/" + name
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { continue }
            result[stored.file] = Self.read(text)
        }
        return result
    }

    /// The histograms of a file, only as far as something was counted.
    private static func read(_ text: String) -> [CalibrationPage.Histogram] {
        var found: [CalibrationPage.Histogram] = []
        for row in text.split(separator: "\n") {
            if row.hasPrefix("series ") {
                let title = row.dropFirst(7).split(separator: ",")[0]
                found.append(.init(name: String(title), counts: []))
            } else if !row.hasPrefix("#"), !found.isEmpty {
                let parts = row.split(separator: " ")
                guard parts.count == 2, let index = Int(parts[0]), let count = Double(parts[1]),
                    index >= 0, index < 1_000_000
                else { continue }
                let last = found.count - 1
                let missing = index - found[last].counts.count
                if missing > 0 {
                    found[last].counts += [Double](repeating: 0, count: missing)
                }
                found[last].counts.append(count)
            }
        }
        return found
    }
}
