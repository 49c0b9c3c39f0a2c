import BoardFile
import Daemon
import Foundation
import Instruments
import KeyStore
import RealTime
import Shell
import Station

/// Runs passes on the board's instruments.
struct LivePassRunner: PassRunner {
    private let workspace: BoardWorkspace
    private let lines: HeldLines
    private let recordings: String
    private let watch: PassWatch

    /// For a board with a tagger and a modem.
    ///
    /// - Parameters:
    ///   - lines: Hold the board's lines between passes.
    ///   - recordings: The folder of the recorded passes.
    ///   - watch: What the shells see of a pass.
    init(workspace: BoardWorkspace, lines: HeldLines, recordings: String, watch: PassWatch) {
        self.workspace = workspace
        self.lines = lines
        self.recordings = recordings
        self.watch = watch
    }

    func prepare(_ arena: inout Arena, _ context: PassContext) {}

    func check(_ order: PassOrder) throws(PassRefusal) {
        let board = workspace.inUse
        try check(board, PassAdmission(board: board))
    }

    private func check(_ board: Board, _ admission: PassAdmission) throws(PassRefusal) {
        if let fault = lines.fault {
            // Whoever had the line may have let it go since.
            lines.close()
            lines.open()
            if lines.fault != nil { throw .notReady("\(fault)") }
        }
        if !board.isSimulated, !FileManager.default.fileExists(atPath: board.paths.elements) {
            throw .notReady(
                "no elements of the satellite at \(board.paths.elements) (paths.elements); "
                    + "put a TLE, OMM, OEM or CPF file there")
        }
        if let refusal = admission.refusal {
            throw .notReady(refusal.split(separator: "\n").joined(separator: "; "))
        }
        do {
            _ = try KeyStore(opening: board.paths.keys, actor: "lodestard")
        } catch {
            throw .notReady("the key store at \(board.paths.keys) (paths.keys): \(error)")
        }
        let free = Self.freeBytes(at: recordings)
        if let free, free < board.paths.leastFree {
            throw .notReady(
                "\(free >> 20) MiB are free for recordings at \(recordings); "
                    + "paths.least_free is \(board.paths.leastFree >> 20) MiB")
        }
    }

    func run(_ order: PassOrder, _ context: PassContext) throws -> String {
        // Once for the whole pass: what is saved meanwhile is for the next one.
        let board = workspace.inUse
        let admission = PassAdmission(board: board)
        try check(board, admission)
        let receiver = LiveReceiver(
            board: board, admission: admission, plan: try Self.plan(admission.board),
            recordings: recordings, watch: watch, context: context)
        lines.close()
        defer { lines.open() }
        do {
            return try StationTagger(board).open(for: receiver)
        } catch let fault as StationFault {
            throw PassRefusal.notReady(fault.description)
        }
    }

    private static func plan(_ board: Board) throws -> LivePlan {
        if board.isSimulated, board.world != nil {
            return try LivePlan(simulatedOn: board, seed: nil)
        }
        return try LivePlan(
            board: board, orbitAt: board.paths.elements,
            earliest: Int64(Date().timeIntervalSince1970))
    }

    private static func freeBytes(at path: String) -> Int64? {
        let values = try? FileManager.default.attributesOfFileSystem(forPath: path)
        return (values?[.systemFreeSize] as? NSNumber)?.int64Value
    }
}
