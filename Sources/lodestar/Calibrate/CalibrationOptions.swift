import ArgumentParser
import BoardFile
import CalibrationRecords
import Foundation
import Procedures

/// Where the records of a station lie, and its key.
struct RecordOptions: ParsableArguments {
    @Option(help: "The board (default: /etc/lodestar/station.toml, where it is).")
    var board: String?
    @Option(
        help: ArgumentHelp(
            "Folder of the records (default on a live board: paths.calibration).",
            valueName: "directory"))
    var records: String?
    @Option(
        help: ArgumentHelp(
            "The station's private key, made on first use.",
            discussion: """
                Default: station-signing.key in paths.keys on a live board, in the folder of the \
                records on a simulated one.
                """,
            valueName: "file"))
    var key: String?

    func loadBoard() throws -> Board {
        let station = DoctorCommand.stationBoard
        guard let path = board ?? (FileManager.default.fileExists(atPath: station) ? station : nil)
        else {
            throw ValidationError(
                "no board: \(station) is not there; give one, as --board boards/sim.toml")
        }
        return try Board.load(path)
    }

    /// The folder; `nil` where none is given and the board is simulated.
    func directory(_ board: Board) -> String? {
        records ?? (board.isSimulated ? nil : board.paths.calibration)
    }

    /// The folder, which must be there.
    func requiredDirectory() throws -> (directory: String, keyPath: String?) {
        // Records can be read without any board.
        if let records, board == nil {
            let path = key ?? records + "/" + StationKey.fileName
            return (records, FileManager.default.fileExists(atPath: path) ? path : nil)
        }
        let board = try loadBoard()
        guard let directory = directory(board) else {
            throw ValidationError("--records is missing: board \(board.name) is simulated")
        }
        return (directory, keyPath(board, directory))
    }

    func keyPath(_ board: Board, _ directory: String) -> String {
        key ?? (board.isSimulated ? directory : board.paths.keys) + "/" + StationKey.fileName
    }
}

/// Names and arguments as typed: what has a `=` belongs to the name before.
struct TypedCalibrations {
    var steps: [(name: String, arguments: [String])] = []

    /// - Parameter aims: Whether there are mirror, camera and boresight to calibrate.
    init(_ words: [String], aims: Bool) throws {
        for word in words {
            if word.contains("=") {
                guard !steps.isEmpty else {
                    throw ValidationError("\(word) stands before any calibration's name")
                }
                steps[steps.count - 1].arguments.append(word)
            } else if word == "all" {
                steps += CalibrationCatalogue.all.filter { aims || !$0.item.needsAim }
                    .map { ($0.name, []) }
            } else {
                _ = try CalibrationCatalogue.procedure(word)
                steps.append((word, []))
            }
        }
    }
}

extension Board.Calibration.Item {
    /// Whether mirror and camera take part.
    var needsAim: Bool { [.mirror, .camera, .boresight].contains(self) }
}
