import ArgumentParser
import BoardFile
import Doctor
import Foundation

/// `lodestar doctor`: whether the machine and the instruments are ready, and what to do if not.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say whether machine and instruments are ready, and what to type if not.",
        discussion: """
            Looks at the kernel, its limits, the clock, the disk, USB, GPIO, serial ports and the
            network, and for every instrument of the board. It opens no instrument and changes
            nothing; 64 MiB at most are written to the folder of recordings and are gone at once.
            Exit code: 0 if all is well, 1 with a warning, 2 with a failure.
            """)

    /// The board of an installed station.
    static let stationBoard = "/etc/lodestar/station.toml"

    @Option(help: "The board (default: /etc/lodestar/station.toml, where it is).")
    var board: String?
    @Flag(help: "Print JSON.") var json = false
    @Flag(name: .customLong("no-write"), help: "Do not try how fast the disk is.")
    var omitsTrial = false

    func run() throws {
        let path =
            board
            ?? (FileManager.default.fileExists(atPath: Self.stationBoard) ? Self.stationBoard : nil)
        let line = ProgressLine(isShown: isatty(STDERR_FILENO) != 0)
        let probe = Probe { line.show("looking at \($0) ...") }
        let diagnosis: Diagnosis
        do throws(BoardError) {
            let board = try path.map(load)
            let machine = probe.machine(for: board, writes: !omitsTrial)
            diagnosis = Diagnosis(of: machine, for: board)
        } catch {
            diagnosis = Diagnosis(of: probe.machine(for: nil, writes: false), faults: error.faults)
        }
        line.end()
        print(json ? try Self.json(diagnosis, board: path) : diagnosis.text)
        if diagnosis.exitCode != 0 { throw ExitCode(diagnosis.exitCode) }
    }

    private func load(_ path: String) throws(BoardError) -> Board { try Board.load(path) }

    private struct Answer: Encodable {
        struct Row: Encodable {
            let check: String
            let designator: String?
            let status: String
            let text: String
            let mend: String?
        }
        let board: String?
        let findings: [Row]
        let ok: Int
        let warn: Int
        let fail: Int
    }

    private static func json(_ diagnosis: Diagnosis, board: String?) throws -> String {
        let answer = Answer(
            board: board,
            findings: diagnosis.findings.map {
                Answer.Row(
                    check: $0.check, designator: $0.designator, status: $0.status.rawValue,
                    text: $0.text, mend: $0.mend)
            },
            ok: diagnosis.count(.ok), warn: diagnosis.count(.warn), fail: diagnosis.count(.fail))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(answer), as: UTF8.self)
    }
}
