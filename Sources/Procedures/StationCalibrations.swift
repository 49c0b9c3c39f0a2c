public import BoardFile
import CalibrationRecords
import Foundation
public import Shell

/// The calibrations of a board as a shell's `cal` runs them: on the instruments that `lodestard` holds,
/// or on the simulated bench of a simulated board without any.
public struct StationCalibrations: CalibrationSource {
    private let board: @Sendable () -> Board
    private let optics: (any OpticsLender)?
    private let detectors: (any DetectorLender)?

    /// Calibrations of whatever board is in use when one is asked for.
    ///
    /// - Parameters:
    ///   - optics: Lends mirror and camera of a live board.
    ///   - detectors: Lends tagger and gates of one.
    public init(
        board: @escaping @Sendable () -> Board, optics: (any OpticsLender)? = nil,
        detectors: (any DetectorLender)? = nil
    ) {
        self.board = board
        self.optics = optics
        self.detectors = detectors
    }

    /// Why a calibration cannot be run here.
    private struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    /// All procedures, in the order in which they build on each other.
    public var names: [(name: String, title: String)] {
        CalibrationCatalogue.all.map { ($0.name, $0.title) }
    }

    /// Runs one to its end and records it; see ``CalibrationRunner``.
    public func run(
        _ name: String, arguments: [String], progress: @escaping @Sendable (Double, String) -> Void,
        ask: @escaping @Sendable (String) -> Bool, isCancelled: @escaping @Sendable () -> Bool
    ) throws -> [String] {
        let board = board()
        if let optics, ["mirror", "camera"].contains(name), board.pointing?.mirror.connection != nil
        {
            return try optics.lend { mirror, camera in
                try LiveOpticsCalibration(board: board, mirror: mirror, camera: camera).run(
                    name, arguments: arguments, progress: progress, isCancelled: isCancelled)
            }
        }
        if let detectors, board.tagger.connection != nil {
            return try detectors.lend(aiming: name == "boresight", hands: AskedHands(ask)) {
                bench, pointing in
                [bench.summary]
                    + (try Self.live(board, bench, pointing).run(
                        name, arguments: arguments, progress: progress, isCancelled: isCancelled))
            }
        }
        guard board.isSimulated else {
            throw Refusal(
                description: "the instruments are the service's; stop it (systemctl stop "
                    + "lodestard), then `lodestar calibrate \(name)` takes them")
        }
        let seed = UInt64(bitPattern: board.world?.seed ?? 1)
        let directory = board.paths.calibration
        // A simulated board keeps records only where its passes ask for them.
        let keeping: CalibrationRunner.Keeping? =
            board.calibration.required.isEmpty
            ? nil
            : .init(directory: directory, keyPath: directory + "/" + StationKey.fileName)
        let runner = CalibrationRunner(
            board: board, bench: try SimulatedDetectorBench(board: board, seed: seed),
            pointing: SimulatedPointingBench(board: board, seed: seed),
            keeping: keeping,
            operator: "shell", seed: seed, now: { Int64(Date().timeIntervalSince1970) })
        let lines = try runner.run(
            name, arguments: arguments, progress: progress, isCancelled: isCancelled)
        return ["simulated bench, seed \(seed)"] + lines
    }

    /// Runs what is asked for on instruments, and keeps its record.
    static func live(
        _ board: Board, _ bench: any DetectorBench, _ pointing: (any PointingBench)?
    ) -> CalibrationRunner {
        CalibrationRunner(
            board: board, bench: bench, pointing: pointing,
            keeping: .init(
                directory: board.paths.calibration,
                keyPath: board.paths.keys + "/" + StationKey.fileName),
            operator: "shell", now: { Int64(Date().timeIntervalSince1970) })
    }
}
