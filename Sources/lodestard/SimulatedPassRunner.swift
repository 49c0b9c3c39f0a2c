import BoardFile
import Daemon
import Foundation
import RealTime
import Shell
import Station

/// Runs passes of boards that describe a simulated world, as `lodestar run` does.
struct SimulatedPassRunner: PassRunner {
    private let workspace: BoardWorkspace
    private let directory: String
    private let watch: PassWatch

    /// Records each pass into a directory of its own below `directory`.
    init(workspace: BoardWorkspace, directory: String, watch: PassWatch) {
        self.workspace = workspace
        self.directory = directory
        self.watch = watch
    }

    func prepare(_ arena: inout Arena, _ context: PassContext) {}

    func check(_ order: PassOrder) throws(PassRefusal) { try check(order, workspace.inUse) }

    private func check(_ order: PassOrder, _ board: Board) throws(PassRefusal) {
        guard board.world != nil else { throw .notInThisBuild(board: board.name) }
        if let refusal = PassAdmission(board: board).refusal {
            throw .notReady(refusal.split(separator: "\n").joined(separator: "; "))
        }
        guard order == .now else { throw .noPrediction(board: board.name) }
    }

    func run(_ order: PassOrder, _ context: PassContext) throws -> String {
        // Once for the whole pass: what is saved meanwhile is for the next one.
        let board = workspace.inUse
        try check(order, board)
        let place = directory + "/" + PassFolder.stamp()
        let pass = try SimulatedPass(board: board, seed: nil, directory: place, watch: watch)
        context.onStop(pass.cancel)
        let summary = try pass.run { progress in
            context.report(
                "pass at \(Int(progress.time)) of \(Int(progress.duration)) s, "
                    + "clock \(progress.clock), sifted \(progress.sifted), key \(progress.keyBits)")
        }
        let ending = context.isStopAsked ? "stopped early" : "complete"
        return "\(ending), sifted \(summary.siftedBits), recorded in \(place)"
    }
}
