import BoardFile
import PointingInstruments
import Procedures

/// Opens mirror and camera of a live board for calibrations.
struct LiveOptics {
    let board: Board

    /// The bench; `nil` on a board that does not aim, or names neither mirror nor camera.
    ///
    /// - Parameter detectors: Count for the boresight.
    func open(detectors: any DetectorBench) throws -> (any PointingBench)? {
        guard let pointing = board.pointing,
            pointing.mirror.connection != nil || pointing.camera.connection != nil
        else { return nil }
        let instruments = PointingInstruments(board)
        do {
            guard let mirror = try instruments.mirror() else {
                throw CalibrationProblem(description: Self.missing("mirror"))
            }
            guard let camera = try instruments.camera() else {
                throw CalibrationProblem(description: Self.missing("camera"))
            }
            return try LivePointingBench(
                board: board, mirror: mirror, camera: camera, detectors: detectors)
        } catch let problem as InstrumentProblem {
            throw CalibrationProblem(
                description: "\(problem); lodestard holds it while it runs: "
                    + "systemctl stop lodestard")
        }
    }

    private static func missing(_ part: String) -> String {
        "the board names no pointing.\(part).connection: the calibrations of aim need mirror and "
            + "camera; --simulated rehearses without"
    }
}
