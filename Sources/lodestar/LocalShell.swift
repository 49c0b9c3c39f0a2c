import ArgumentParser
import BoardFile
import Control
import Foundation
import LinuxIO
import Procedures
import RealTime
import Shell
import Station
import Synchronization

/// A shell on a board without a daemon: its keys, and simulated passes.
final class LocalShell {
    /// Where it is served, for this process alone.
    let socket: String
    private let server: ShellServer
    private let folder: String

    init(board path: String, overlay: String?) throws {
        let stem = path.hasSuffix(".toml") ? String(path.dropLast(5)) : path
        let workspace: BoardWorkspace
        do {
            workspace = try BoardWorkspace(board: path, overlay: overlay ?? stem + ".overlay.toml")
        } catch {
            for fault in error.faults {
                FileHandle.standardError.write(Data("error: \(fault)\n".utf8))
            }
            throw ExitCode(78)
        }
        folder = FileManager.default.temporaryDirectory.path + "/lodestar-shell-\(getpid())"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        socket = folder + "/shell"
        server = try ShellServer(
            Self.host(workspace), listener: UnixListener(at: socket))
        let server = server
        let thread = Thread { server.run() }
        thread.name = "shell"
        thread.start()
    }

    /// Ends it, and leaves nothing behind.
    func end() {
        server.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static let noAim = NoAim(
        "this shell has no instruments: lodestard holds them, and moves them from its own shell")

    private static func host(_ workspace: BoardWorkspace) -> ShellHost {
        let live = LiveCounts()
        let board: @Sendable () -> Board = { workspace.inUse }
        let name = workspace.inUse.name
        let commands =
            ParameterCommands(workspace).commands
            + InstrumentCommands(board: board, counts: live, bench: EmptyBench()).commands
            + AimCommands(board: board, counts: live, aim: Self.noAim).commands
            + LiveCommands(live, board: board).commands
            + [SpotCommand(live, board: board, aim: Self.noAim).command]
            + CalibrationCommands.all(StationCalibrations(board: board))
            + [status(workspace, live), passStart(workspace, live)]
        return ShellHost(
            .init(board: name, greeting: "Board \(name), without a daemon. help lists the orders."),
            commands: commands,
            access: ShellAccess(needsLogin: false, hashes: [:]),
            now: { HostClock.now.count / 1_000_000_000 },
            start: { body in
                let thread = Thread(block: body)
                thread.stackSize = 4 << 20
                thread.start()
            }, unsaved: { workspace.unsaved.count })
    }

    private static func status(_ workspace: BoardWorkspace, _ live: LiveCounts) -> ControlCommand {
        ControlCommand("status", "", "what this shell works on") { _ in
            .done(
                "board \(workspace.inUse.name) from \(workspace.boardPath), no daemon\n"
                    + "\(live[.passes]) passes were run here")
        }
    }

    private static func passStart(
        _ workspace: BoardWorkspace, _ live: LiveCounts
    ) -> ControlCommand {
        ControlCommand("pass start", "", "run a simulated pass, not recorded; Ctrl-C ends it") {
            call in
            do {
                let pass = try SimulatedPass(
                    board: workspace.inUse, seed: nil, directory: nil,
                    watch: PassWatch(live: live) { call.say("\($0): \($1)") })
                let summary = try pass.run { progress in
                    if call.isCancelled { pass.cancel() }
                    call.progress(
                        progress.time / max(progress.duration, 1), "sifted \(progress.sifted)")
                }
                return .done("sifted \(summary.siftedBits)")
            } catch {
                return .refused("\(error)")
            }
        }.with {
            $0.places = [.shell]
            $0.isLong = true
            $0.writes = true
        }
    }
}
