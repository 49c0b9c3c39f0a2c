import ArgumentParser
import CalibrationRecords
import Foundation
import Recorder
import Report
import TagFiles

/// `lodestar report`: makes the page of a pass.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write one self-contained HTML page on a pass.")

    @Argument(help: "The directory of a pass.") var directory: String
    @Option(name: .shortAndLong, help: "The page; without it, report.html in the directory.")
    var output: String?
    @Option(
        help: ArgumentHelp(
            "Folder of calibration records, whose trends are drawn.", valueName: "directory"))
    var records: String?
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let path = output ?? directory + "/report.html"
        do {
            let calibrations = try records.map {
                try RecordStore(directory: $0).readable().filter(\.isSigned).map(\.record)
            }
            let page = try Report.render(directory, calibrations: calibrations ?? [])
            var file = try OutputFile(path: path)
            try file.write(Array(page.utf8))
            try file.commit()
        } catch let error as TagFileError {
            throw ValidationFailure(description: error.description)
        } catch let error as RecorderError {
            throw ValidationFailure(description: error.description)
        } catch {
            throw ValidationFailure(
                description: "cannot write \(path): \((error as NSError).localizedDescription)")
        }
        guard json else {
            print(path)
            return
        }
        let answer = try JSONSerialization.data(
            withJSONObject: ["report": path], options: [.withoutEscapingSlashes])
        print(String(decoding: answer, as: UTF8.self))
    }

    /// A failure with one clear line.
    struct ValidationFailure: Error, CustomStringConvertible {
        let description: String
    }
}
