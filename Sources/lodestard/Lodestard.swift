import ArgumentParser
import BoardFile
import Daemon
import Foundation
import Shell

/// The station's firmware as a service.
@main
struct Lodestard: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lodestard",
        abstract: "The payload firmware of a ground station, as a service.",
        discussion: """
            Owns the instruments of one board, keeps them safe, runs passes, and answers orders at \
            its control socket; see docs/daemon.md. Try it: \
            lodestard --board boards/sim.toml --foreground --state out/state \
            --control out/control
            """,
        version: "0.1.0",
        subcommands: [
            ServeCommand.self, SafeCommand.self, LatencyCommand.self, GuardCommand.self,
        ],
        defaultSubcommand: ServeCommand.self)
}

/// The board that every order needs.
struct BoardOption: ParsableArguments {
    @Option(help: "The board file, as boards/sim.toml.") var board: String
    @Option(
        help: ArgumentHelp(
            "Settings laid over the board; a shell's save writes them there, by default in the "
                + "directory of the state.", valueName: "file"))
    var overlay: String?

    /// Reads and checks the board, with the settings saved over it.
    ///
    /// - Parameter usual: Where they are if nobody says so.
    /// - Throws: the exit code 78, after all faults were printed.
    func load(usual: String = "/var/lib/lodestar/overlay.toml") throws -> BoardWorkspace {
        do {
            return try BoardWorkspace(board: board, overlay: overlay ?? usual)
        } catch {
            for fault in error.faults { say("error: \(fault)") }
            throw ExitCode(ExitStatus.board.rawValue)
        }
    }

    /// Every output of the board, for making them safe: with the settings saved over it and without,
    /// so that settings with a fault leave no line as it is.
    ///
    /// - Throws: as ``load(usual:)``, if the board file itself has faults.
    func lines() throws -> [BoardLines] {
        let bare: Board
        do {
            bare = try Board.load(board)
        } catch {
            return [BoardLines(try load().inUse)]
        }
        do {
            let settled = try BoardWorkspace(
                board: board, overlay: overlay ?? "/var/lib/lodestar/overlay.toml"
            ).inUse
            if settled.lines == bare.lines, settled.detectors == bare.detectors {
                return [BoardLines(bare)]
            }
            return [BoardLines(settled), BoardLines(bare)]
        } catch {
            for fault in error.faults { say("<4>\(fault); going by the board file alone") }
            return [BoardLines(bare)]
        }
    }
}

/// One line on standard error.
func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
