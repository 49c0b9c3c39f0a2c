import BoardFile
import Instruments
import LinuxIO
import PayloadHAL
import PointingInstruments
import Procedures

/// All that the daemon holds between passes, lent to one calibration at a time.
struct HeldBench: DetectorLender {
    let board: @Sendable () -> Board
    let lines: HeldLines
    let aim: HeldAim
    /// The tagger that is counted from between passes.
    let idle: IdleTagger?

    /// Why they cannot be had.
    private struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    func lend(
        aiming: Bool, hands: any BenchHands,
        _ body: (any DetectorBench, (any PointingBench)?) throws -> [String]
    ) throws -> [String] {
        if let taken = aim.give(to: .calibration) {
            throw Refusal(description: "\(taken) has the instruments")
        }
        defer { aim.giveBack() }
        idle?.letGo()
        defer { idle?.takeBack() }
        lines.give(to: .calibration)
        defer { lines.open() }
        let board = board()
        do {
            let bench = try StationDetectorBench(board, hands: hands) { line, _ in
                try StationLine(line)
            }.open()
            return try body(bench, aiming ? try pointing(board, bench) : nil)
        } catch let fault as StationFault {
            throw Refusal(description: "board \(board.name): \(fault)")
        }
    }

    private func pointing(
        _ board: Board, _ detectors: any DetectorBench
    ) throws -> any PointingBench {
        let instruments = PointingInstruments(board)
        guard let mirror = try instruments.mirror(), let camera = try instruments.camera() else {
            throw Refusal(
                description: "board \(board.name) names no mirror or no camera: "
                    + "pointing.mirror.connection, pointing.camera.connection")
        }
        return try LivePointingBench(
            board: board, mirror: mirror, camera: camera, detectors: detectors)
    }
}
