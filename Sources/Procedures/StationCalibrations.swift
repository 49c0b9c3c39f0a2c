public import BoardFile
import CalibrationRecords
import Foundation
import LinuxIO
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

    /// One calibration that was asked for.
    private struct Order: Sendable {
        let name: String
        let arguments: [String]
        let progress: @Sendable (Double, String) -> Void
        let isCancelled: @Sendable () -> Bool

        func carryOut(by runner: CalibrationRunner) throws -> [String] {
            try runner.run(
                name, arguments: arguments, progress: progress, isCancelled: isCancelled)
        }
    }

    /// Runs one to its end and records it; see ``CalibrationRunner``.
    public func run(
        _ name: String, arguments: [String], progress: @escaping @Sendable (Double, String) -> Void,
        ask: @escaping @Sendable (String) -> Bool, isCancelled: @escaping @Sendable () -> Bool
    ) throws -> [String] {
        let board = board()
        let order = Order(
            name: name, arguments: arguments, progress: progress, isCancelled: isCancelled)
        if let optics, ["mirror", "camera"].contains(name), board.pointing?.mirror.connection != nil
        {
            return try measure(order, board, optics)
        }
        if let detectors, board.tagger.connection != nil {
            return try measure(order, board, detectors, AskedHands(ask))
        }
        guard board.isSimulated else {
            throw Refusal(
                description: "the instruments are the service's; stop it (systemctl stop "
                    + "lodestard), then `lodestar calibrate \(name)` takes them")
        }
        return try simulate(order, board)
    }

    /// On the mirror and the camera, of which one that says nothing is waited for until a stop.
    private func measure(
        _ order: Order, _ board: Board, _ optics: any OpticsLender
    ) throws -> [String] {
        try DeviceWait.ending(when: order.isCancelled) {
            try optics.lend { mirror, camera in
                try DeviceWait.whole {
                    let detectors = try AbsentDetectorBench(
                        board: board, reason: "\(order.name) counts no detector")
                    let bench = try LivePointingBench(
                        board: board, mirror: mirror, camera: camera, detectors: nil)
                    return ["\(mirror.identity); \(camera.identity)"]
                        + (try order.carryOut(by: Self.live(board, detectors, bench)))
                }
            }
        }
    }

    /// On tagger and gates, of which one that says nothing is waited for until a stop.
    private func measure(
        _ order: Order, _ board: Board, _ detectors: any DetectorLender, _ hands: AskedHands
    ) throws -> [String] {
        try DeviceWait.ending(when: order.isCancelled) {
            try detectors.lend(aiming: order.name == "boresight", hands: hands) { bench, pointing in
                try DeviceWait.whole {
                    [bench.summary]
                        + (try order.carryOut(by: Self.live(board, bench, pointing)))
                }
            }
        }
    }

    /// On the simulated bench.
    private func simulate(_ order: Order, _ board: Board) throws -> [String] {
        let seed = UInt64(bitPattern: board.world?.seed ?? 1)
        // A simulated board keeps records only where its passes ask for them.
        let runner = CalibrationRunner(
            board: board, bench: try SimulatedDetectorBench(board: board, seed: seed),
            pointing: SimulatedPointingBench(board: board, seed: seed),
            keeping: board.calibration.required.isEmpty
                ? nil : Self.keeping(board, keys: board.paths.calibration),
            operator: "shell", seed: seed, now: { Int64(Date().timeIntervalSince1970) })
        return ["simulated bench, seed \(seed)"] + (try order.carryOut(by: runner))
    }

    private static func live(
        _ board: Board, _ bench: any DetectorBench, _ pointing: (any PointingBench)?
    ) -> CalibrationRunner {
        CalibrationRunner(
            board: board, bench: bench, pointing: pointing,
            keeping: keeping(board, keys: board.paths.keys),
            operator: "shell", now: { Int64(Date().timeIntervalSince1970) })
    }

    private static func keeping(_ board: Board, keys: String) -> CalibrationRunner.Keeping {
        .init(
            directory: board.paths.calibration, keyPath: keys + "/" + StationKey.fileName)
    }
}
