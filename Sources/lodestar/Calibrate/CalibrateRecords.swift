import ArgumentParser
import BoardFile
import CalibrationRecords
import Foundation
import Procedures
import Report
import TagFiles

extension CalibrateCommand {
    /// `lodestar calibrate list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say which calibrations there are, what they need and what limits them.")

        @Argument(help: "One calibration; without it all.") var name: String?
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let chosen = try name.map { [try CalibrationCatalogue.procedure($0)] }
            let procedures = chosen ?? CalibrationCatalogue.all
            if json { return try printJSON(procedures) }
            if let procedure = chosen?.first { return show(procedure) }
            for procedure in procedures {
                let name = procedure.name.padding(toLength: 14, withPad: " ", startingAt: 0)
                let seconds = String(format: "%6.1f s  ", procedure.detectorSeconds)
                print(name + seconds + procedure.title)
            }
            let total = procedures.map(\.detectorSeconds).reduce(0, +)
            print(String(format: "all           %6.1f s", total))
        }

        private func show(_ procedure: CalibrationProcedure) {
            var lines = [
                ("name", procedure.name), ("what", procedure.title),
                ("fitted", procedure.fitted), ("prepare", procedure.preparation),
                ("limit", procedure.limits),
                ("takes", String(format: "%.1f s", procedure.detectorSeconds)),
            ]
            for argument in procedure.arguments {
                lines.append(
                    (
                        argument.name,
                        "\(argument.help): \(argument.usualText) (\(argument.allowedText))"
                    ))
            }
            SummaryPrinter.show(lines)
        }

        private func printJSON(_ procedures: [CalibrationProcedure]) throws {
            struct Argument: Encodable { let name, help, usual, allowed: String }
            struct Row: Encodable {
                enum CodingKeys: String, CodingKey {
                    case name, title, fitted, preparation, limits
                    case detectorSeconds = "detector_time_s"
                    case arguments
                }
                let name, title, fitted, preparation, limits: String
                let detectorSeconds: Double
                let arguments: [Argument]
            }
            let rows = procedures.map { procedure in
                Row(
                    name: procedure.name, title: procedure.title, fitted: procedure.fitted,
                    preparation: procedure.preparation, limits: procedure.limits,
                    detectorSeconds: procedure.detectorSeconds,
                    arguments: procedure.arguments.map {
                        Argument(
                            name: $0.name, help: $0.help, usual: $0.usualText,
                            allowed: $0.allowedText)
                    })
            }
            try CalibrationJSON.show(rows)
        }
    }

    /// `lodestar calibrate show`
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the newest record of each calibration, or one in full.")

        @Argument(help: "A calibration, or a record's number or file.") var which: String?
        @OptionGroup var options: RecordOptions
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let store = RecordStore(directory: try options.requiredDirectory().directory)
            var chosen = try store.readable()
            if let which {
                chosen = chosen.filter {
                    $0.record.item == which || $0.file == which
                        || String($0.record.sequence) == which
                }.suffix(1)
            } else {
                let newest = Dictionary(chosen.map { ($0.record.item, $0) }) { $1 }
                chosen = newest.values.sorted { $0.record.sequence < $1.record.sequence }
            }
            guard !chosen.isEmpty else {
                throw CalibrationProblem(
                    description: "no record of \(which ?? "anything") in \(store.directory)")
            }
            if json { return try CalibrationJSON.show(chosen.map(\.record)) }
            for stored in chosen {
                let record = stored.record
                print(
                    "\(stored.file)  \(CalendarTime.text(record.timeUTC))  \(record.operator)"
                        + (stored.isSigned ? "" : "  SIGNATURE BROKEN"))
                print(record.lines.joined(separator: "\n"))
            }
        }
    }

    /// `lodestar calibrate verify`
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check every record's signature, the chain and the raw histograms.",
            discussion: "Exit code: 0 if all is well, 1 if anything is wrong, with its name.")

        @OptionGroup var options: RecordOptions
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let (directory, keyPath) = try options.requiredDirectory()
            let store = RecordStore(directory: directory)
            let own = keyPath.flatMap { StationKey.publicText(at: $0) }
            let findings = try store.verify(by: own)
            let count = try store.files().count
            if json {
                struct Row: Encodable { let file, problem: String }
                struct Answer: Encodable {
                    let records: Int
                    let key: String?
                    let findings: [Row]
                }
                try CalibrationJSON.show(
                    Answer(
                        records: count, key: own ?? store.publicKey,
                        findings: findings.map { Row(file: $0.file, problem: $0.problem) }))
            } else {
                for finding in findings { print("\(finding.file): \(finding.problem)") }
                let whose =
                    own != nil
                    ? "the station's key"
                    : "the key beside them, as the station's own is not here"
                print(
                    findings.isEmpty
                        ? "\(count) records in \(directory), all signed by \(whose), none missing"
                        : "\(count) records in \(directory), faults: \(findings.count)")
            }
            if !findings.isEmpty { throw ExitCode(1) }
        }
    }

    /// `lodestar calibrate override`
    struct Override: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let passes run for a while although records are missing or bad.",
            discussion: """
                For an engineer who takes the risk. The override is a signed record of its own, \
                with name and reason, and stands in the summary and the report of every pass that \
                runs because of it.
                """)

        @OptionGroup var options: RecordOptions
        @Option(help: "Why.") var reason: String
        @Option(help: "The engineer's name.") var `operator`: String
        @Option(help: "For how many hours, 1 to 168.") var hours = 12

        func run() throws {
            let board = try options.loadBoard()
            guard let directory = options.directory(board) else {
                throw ValidationError("--records is missing: board \(board.name) is simulated")
            }
            guard (1...168).contains(hours) else {
                throw ValidationError("--hours \(hours) is out of range; allowed: 1 to 168")
            }
            guard reason.count >= 8, `operator`.count >= 2 else {
                throw ValidationError(
                    "--reason or --operator is too short to say anything; 8 and 2 letters are due")
            }
            let now = Int64(Date().timeIntervalSince1970)
            var record = CalibrationRecord(
                item: CalibrationRecord.overrideItem, timeUTC: now, operator: `operator`,
                board: board.name, boardSha256: Hex.sha256(Array(board.text.utf8)),
                simulated: board.isSimulated, verdict: "")
            record.reason = reason
            record.validUntilUTC = now + Int64(hours) * 3_600
            let key = try StationKey(at: options.keyPath(board, directory))
            let stored = try RecordStore(directory: directory).append(record, key: key)
            print(stored.record.lines.joined(separator: "\n"))
            print("  recorded in \(directory)/\(stored.file)")
        }
    }

    /// `lodestar calibrate history`
    struct History: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List all records of a calibration, oldest first, or draw their trends.")

        @Argument(help: "One calibration; without it all.") var name: String?
        @OptionGroup var options: RecordOptions
        @Flag(help: "Write a page with trend plots.") var report = false
        @Option(name: .shortAndLong, help: "The page; without it, history.html in the folder.")
        var output: String?
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let store = RecordStore(directory: try options.requiredDirectory().directory)
            let records = try store.readable().filter { name == nil || $0.record.item == name }
            if report { return try write(records, store.directory) }
            if json { return try CalibrationJSON.show(records.map(\.record)) }
            for stored in records {
                let record = stored.record
                print(
                    "\(CalendarTime.text(record.timeUTC))  \(record.item)  \(record.verdict)  "
                        + "\(record.operator)" + (record.simulated ? "  SIMULATED" : ""))
                for value in record.values { print("    \(value.label)  \(value.text)") }
            }
            if records.isEmpty { print("no records in \(store.directory)") }
        }

        private func write(_ records: [StoredRecord], _ directory: String) throws {
            let path = output ?? directory + "/history.html"
            let signed = records.filter(\.isSigned)
            let left = records.count - signed.count
            let page = CalibrationPage(
                title: "Calibration history",
                about: [
                    "\(signed.count) signed records of \(directory)"
                        + (left > 0 ? "; \(left) with broken signatures are left out" : "")
                ],
                records: signed)
            do {
                var file = try OutputFile(path: path)
                try file.write(Array(page.historyHTML.utf8))
                try file.commit()
            } catch {
                throw CalibrationProblem(description: error.description)
            }
            print(path)
        }
    }
}

/// Answers as JSON.
enum CalibrationJSON {
    static func show(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
