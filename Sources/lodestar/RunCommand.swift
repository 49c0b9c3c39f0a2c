import ArgumentParser
import BoardFile
import Foundation
import Station

/// `lodestar run`: a whole pass on a board, to its summary.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a pass: tags in, clock, gate, sifting with the satellite, keys.",
        discussion: """
            The board decides what is real and what is simulated; boards that describe a \
            simulated world run faster than life. With --out the raw tags are recorded first, so \
            that `lodestar replay` gives the same bits and `lodestar report` a page to read.

            Ctrl-C (SIGINT) or SIGTERM ends the pass early but in order: what was recorded \
            stays, the summary is written and printed, and the exit code is 130 or 143. A second \
            one ends the program at once.
            """)

    @Option(help: "The board file, as boards/sim.toml.") var board: String
    @Option(help: "Seed of the simulated world; the board's own if not given.") var seed: UInt64?
    @Option(help: "Directory to record into; made if missing, refused if it holds a pass.")
    var out: String?
    @Option(
        help: ArgumentHelp(
            "Key stores of both ends, made if missing.",
            discussion: """
                Without it: keys in the --out directory; without that, gone with the pass.
                """,
            valueName: "directory"))
    var keys: String?
    @Option(
        help: ArgumentHelp(
            "A text to send to the satellite, encrypted with the first key of the pass.",
            discussion: """
                With windows declared in the board it crosses the link while the pass runs.
                """,
            valueName: "text"))
    var message: String?
    @Option(
        help: ArgumentHelp(
            "Folder of the calibration records, for a board that requires them.",
            discussion: "Without it: paths.calibration of the board.", valueName: "directory"))
    var records: String?
    @Flag(help: "Print the summary as JSON.") var json = false
    @Flag(help: "No progress line.") var quiet = false

    func run() throws {
        let pass = try SimulatedPass(
            board: try Board.load(board), seed: seed, directory: out, storeDirectory: keys,
            letter: message, calibrationDirectory: records)
        let line = ProgressLine(isShown: !quiet && isatty(STDERR_FILENO) == 1)
        let (summary, signal): (PassSummary, Int32?)
        do {
            (summary, signal) = try Interruption.guarding(pass.cancel) {
                try pass.run { line.show($0.text) }
            }
        } catch {
            line.end()
            throw error
        }
        line.end()
        try SummaryPrinter.show(summary, json: json)
        if !json, let out {
            print("recorded in     \(out)")
            print("next            lodestar report \(out) -o \(out)/report.html")
        }
        if let signal { throw ExitCode(128 + signal) }
    }
}

extension PassProgress {
    /// One line for a person.
    var text: String {
        let rate = qber.map { String(format: "QBER %.2f %%", $0 * 100) } ?? "QBER -"
        return String(
            format: "%5.0f of %.0f s  elevation %4.1f°  clock %@  sifted %@  %@  key %@  "
                + "%.0fx life",
            time, duration, elevation ?? 0, clock, SummaryPrinter.grouped(sifted), rate,
            SummaryPrinter.grouped(keyBits),
            elapsed > 0 ? time / elapsed : 0)
    }
}
