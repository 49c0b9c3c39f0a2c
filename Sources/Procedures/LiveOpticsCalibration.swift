import BoardFile
import CalibrationRecords
import Foundation
import PointingInstruments

/// A calibration of the mirror or the camera of a live board from its shell, with its record.
struct LiveOpticsCalibration {
    let board: Board
    let mirror: any MirrorHandle
    let camera: any CameraHandle

    /// Runs one to its end; returns its lines.
    func run(
        _ name: String, arguments: [String], progress: @escaping @Sendable (Double, String) -> Void,
        isCancelled: @escaping @Sendable () -> Bool
    ) throws -> [String] {
        let detectors = try AbsentDetectorBench(
            board: board, reason: "\(name) counts no detector")
        let runner = StationCalibrations.live(
            board, detectors,
            try LivePointingBench(board: board, mirror: mirror, camera: camera, detectors: nil))
        return ["\(mirror.identity); \(camera.identity)"]
            + (try runner.run(
                name, arguments: arguments, progress: progress, isCancelled: isCancelled))
    }
}
