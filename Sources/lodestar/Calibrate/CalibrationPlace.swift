import ArgumentParser
import BoardFile
import CalibrationRecords
import Foundation
import Procedures

/// Which bench, which records, and who.
struct CalibrationPlace {
    let board: Board
    let seed: UInt64
    let isSimulated: Bool
    let faults: [BenchTruth.Fault]
    let person: String
    let keeping: CalibrationRunner.Keeping?
    private let control: String?

    init(
        board: Board, options: RecordOptions, seed: UInt64?, isSimulated: Bool, faults: [String],
        operator: String?, control: String?
    ) throws {
        self.board = board
        self.seed = seed ?? UInt64(bitPattern: board.world?.seed ?? 1)
        // A simulated board with a tagger is a rig: its drivers are to be tried.
        self.isSimulated = isSimulated || (board.isSimulated && board.tagger.connection == nil)
        self.control = control
        self.faults = try faults.map { text in
            guard let fault = BenchTruth.Fault(text) else {
                throw ValidationError(
                    "--fault \(text) is not known; give dead:H, saturated:D or swapped:H:V")
            }
            return fault
        }
        if !self.isSimulated, !faults.isEmpty {
            throw ValidationError("--fault is for a simulated bench only")
        }
        if self.isSimulated, control != nil {
            throw ValidationError(
                "--bench-control is for drivers: board \(board.name) has no tagger.connection, or "
                    + "--simulated was given")
        }
        if control != nil, !board.isSimulated {
            throw ValidationError(
                "--bench-control is for a board with board.simulated, as its light is none: "
                    + "\(board.name) is a real one")
        }
        person = `operator` ?? ProcessInfo.processInfo.environment["USER"] ?? "unknown"
        keeping = options.directory(board).map {
            .init(directory: $0, keyPath: options.keyPath(board, $0))
        }
    }

    /// Whether nothing that is found here is measured light.
    var isSimulatedLight: Bool { isSimulated || board.isSimulated }
    /// Whether it goes on without a person.
    var needsNobody: Bool { isSimulated || control != nil }

    /// - Parameter names: What is to be calibrated: only what these need is opened.
    func runner(for names: [String]) throws -> CalibrationRunner {
        let items = Set(names)
        let aims = !items.isDisjoint(with: ["mirror", "camera", "boresight"])
        let counts = !items.isSubset(of: ["mirror", "camera"])
        let ordered = try control.map { try OrderedBench($0) }
        let bench =
            counts || isSimulated
            ? try bench(ordered)
            : try AbsentDetectorBench(
                board: board, reason: "mirror and camera are calibrated without detectors")
        // Records of one hidden truth are no good for another.
        let known = isSimulated ? seed : try ordered?.seed()
        return CalibrationRunner(
            board: board, bench: bench, pointing: aims ? try pointing(bench) : nil,
            keeping: keeping, operator: person, seed: known,
            now: { Int64(Date().timeIntervalSince1970) })
    }

    private func pointing(_ detectors: any DetectorBench) throws -> (any PointingBench)? {
        guard isSimulated else { return try LiveOptics(board: board).open(detectors: detectors) }
        return SimulatedPointingBench(board: board, seed: seed)
    }

    private func bench(_ ordered: OrderedBench?) throws -> any DetectorBench {
        guard isSimulated else { return try LiveBench(board: board, ordered: ordered).open() }
        return try SimulatedDetectorBench(board: board, seed: seed, faults: faults)
    }
}
