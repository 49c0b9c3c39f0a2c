import ArgumentParser
import Foundation
import Station

/// `lodestar replay`: a recorded pass again, through the same code.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Run a recorded pass again and compare.",
        discussion: """
            Reads the raw tags and the satellite's messages from the directory and gives the \
            same sifted bits, byte for byte. The exit code is 1 if they differ from what was \
            recorded, or if the recording is damaged.
            """)

    @Argument(help: "The directory of a recorded pass.") var directory: String
    @Flag(help: "Print the summary as JSON.") var json = false

    func run() throws {
        let line = ProgressLine(isShown: isatty(STDERR_FILENO) == 1)
        let outcome = try Replay.run(directory) {
            line.show(String(format: "%5.0f s replayed", $0))
        }
        line.end()
        try SummaryPrinter.show(outcome.summary, json: json)
        for damage in outcome.damage { complain("recording damaged: \(damage)") }
        if let recorded = outcome.recorded, recorded.siftedSha256 != outcome.summary.siftedSha256 {
            complain(
                "the replay differs: \(recorded.siftedBits) sifted bits were recorded, "
                    + "\(outcome.summary.siftedBits) replayed")
            throw ExitCode(1)
        }
        if let recorded = outcome.recorded, recorded.monitors != outcome.summary.monitors {
            complain(
                "the replay differs: \(recorded.monitors?.alarms ?? 0) alarms of the security "
                    + "monitors were recorded, \(outcome.summary.monitors?.alarms ?? 0) replayed")
            throw ExitCode(1)
        }
        if !outcome.damage.isEmpty { throw ExitCode(1) }
        if !json {
            print(outcome.recorded == nil ? "no summary to compare with" : "same bits as recorded")
        }
    }

    private func complain(_ text: String) {
        FileHandle.standardError.write(Data("Error: \(text)\n".utf8))
    }
}
