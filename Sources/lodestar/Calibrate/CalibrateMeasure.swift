import ArgumentParser
import BoardFile
import CalibrationRecords
import Foundation
import LinuxIO
import Procedures

extension CalibrateCommand {
    /// `lodestar calibrate NAME...`
    struct Measure: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "do", abstract: "Do calibrations by name, or all; the usual subcommand.")

        @Argument(
            help: ArgumentHelp(
                "Calibrations, each with its NAME=VALUE arguments behind it; or all.",
                valueName: "name"))
        var names: [String]
        @OptionGroup var options: RecordOptions
        @Option(help: "Seed of the simulated bench; the board's own if not given.")
        var seed: UInt64?
        @Option(help: "Who measures; the user's name if not given.") var `operator`: String?
        @Flag(help: "A simulated bench although the board is live: a rehearsal.")
        var simulated = false
        @Option(
            name: .customLong("fault"),
            help: ArgumentHelp(
                "A fault of the simulated bench: dead:H, saturated:D, swapped:H:V.",
                valueName: "fault"))
        var faults: [String] = []
        @Option(
            help: ArgumentHelp(
                "Order the bench that lodestar-sim serves instead of asking a person.",
                valueName: "host:port"))
        var benchControl: String?
        @Flag(help: "Step by step, with what to plug and to wait for, and a report at the end.")
        var guided = false
        @Flag(help: "With --guided: ask nobody; for rigs with a simulated bench.") var yes = false
        @Flag(help: "With --guided: begin anew, whatever was interrupted.") var restart = false
        @Flag(help: "Print the records as JSON.") var json = false
        @Flag(help: "No progress line.") var quiet = false

        func run() throws {
            let board = try options.loadBoard()
            let typed = try TypedCalibrations(names, aims: board.pointing != nil)
            guard !typed.steps.isEmpty else {
                throw ValidationError("no calibration is named; lodestar calibrate list")
            }
            let place = try CalibrationPlace(
                board: board, options: options, seed: seed, isSimulated: simulated,
                faults: faults, operator: `operator`, control: benchControl)
            let line = ProgressLine(isShown: !quiet && isatty(STDERR_FILENO) == 1)
            let stop = StopRequest()
            if guided {
                let guide = try CalibrationGuide(place, typed, line, stop, isAsking: !yes)
                return try guide.run(restart: restart, json: json)
            }
            let (records, signal): ([CalibrationRecord], Int32?) = try Interruption.guarding(
                stop.ask
            ) {
                defer { line.end() }
                let runner = try DeviceWait.ending(when: { stop.isAsked }) {
                    try place.runner(for: typed.steps.map { $0.name })
                }
                return try measure(typed, runner, line, stop)
            }
            if let signal { throw ExitCode(128 + signal) }
            if json { try printJSON(records) }
            let verdicts = records.map(\.verdict)
            if verdicts.contains("missed") { throw ExitCode(2) }
            if verdicts.contains("unclear") { throw ExitCode(3) }
        }

        private func measure(
            _ typed: TypedCalibrations, _ runner: CalibrationRunner, _ line: ProgressLine,
            _ stop: StopRequest
        ) throws -> [CalibrationRecord] {
            var records: [CalibrationRecord] = []
            for (number, step) in typed.steps.enumerated() {
                let place = typed.steps.count > 1 ? "\(number + 1)/\(typed.steps.count) " : ""
                do {
                    let lines = try runner.run(
                        step.name, arguments: step.arguments,
                        progress: { share, text in
                            let percent = Int(share * 100)
                            line.show("\(place)\(step.name)  \(percent) %  \(text)")
                        },
                        isCancelled: { stop.isAsked })
                    line.end()
                    if !json { print(lines.joined(separator: "\n")) }
                    if let record = runner.last?.record { records.append(record) }
                } catch ProcedureFailure.cancelled {
                    line.end()
                    let words = ProcedureFailure.cancelled.description
                    FileHandle.standardError.write(Data("\(step.name): \(words)\n".utf8))
                    return records
                } catch let failure as ProcedureFailure {
                    line.end()
                    throw CalibrationProblem(description: "\(step.name): \(failure)")
                }
            }
            return records
        }

        private func printJSON(_ records: [CalibrationRecord]) throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(records), as: UTF8.self))
        }
    }
}

/// A failure with one clear line.
struct CalibrationProblem: Error, CustomStringConvertible {
    let description: String
}
