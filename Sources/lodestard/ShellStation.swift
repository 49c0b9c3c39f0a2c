import BoardFile
import Control
import FaultyDrivers
import Foundation
import LinuxIO
import Logging
import Procedures
import RealTime
import Shell
import Station

/// What the shells of this daemon work on.
struct ShellStation {
    let workspace: BoardWorkspace
    let live: LiveCounts
    let bench: HeldLines
    let aim: HeldAim
    /// Counts between passes; `nil` on a board without a tagger.
    let idle: IdleTagger?
    let faults: FaultOrders?
    let log: Logger

    /// Orders about the board and its instruments.
    var boardOrders: [ControlCommand] {
        let workspace = workspace
        let board: @Sendable () -> Board = { workspace.inUse }
        return ParameterCommands(workspace, facts: facts).commands
            + InstrumentCommands(board: board, counts: live, bench: bench).commands
            + AimCommands(
                board: board, counts: live, aim: aim, phases: AimingPhases.names
            ).commands
            + LiveCommands(live, board: board, idle: counter).commands
            + [SpotCommand(live, board: board, aim: aim).command]
            + CalibrationCommands.all(
                StationCalibrations(
                    board: board, optics: aim,
                    detectors: HeldBench(board: board, lines: bench, aim: aim, idle: idle)))
            + FaultCommands.all(faults, offered: offered)
    }

    private var counter: any IdleCounter { if let idle { idle } else { NoIdleCounter() } }

    /// What can fail on this board: drivers where there are instruments, else the simulated world.
    private var offered: [FaultyInstrument: [FaultKind]] {
        let bytes: [FaultKind] = [.off, .stuck, .garbage, .delayed, .intermittent]
        guard workspace.inUse.tagger.connection == nil else {
            var offered: [FaultyInstrument: [FaultKind]] = [
                .tagger: bytes, .link: [.off, .garbage, .slow, .delayed, .intermittent],
            ]
            if !bench.lineNames.isEmpty {
                offered[.gate] = [.off, .stuck, .intermittent]
                offered[.shutter] = [.off, .stuck, .intermittent]
            }
            return offered
        }
        return [
            .tagger: bytes, .link: [.off, .intermittent], .camera: [.off, .stuck],
            .mirror: [.stuck], .mount: [.off, .stuck, .garbage, .wrong],
        ]
    }

    /// What `env` tells beside the keys of the board.
    @Sendable private func facts() -> [(name: String, value: String)] {
        let board = workspace.inUse
        var facts = [
            ("BOARD_FILE", workspace.boardPath), ("OVERLAY_FILE", workspace.overlayPath),
            ("UNSAVED", "\(workspace.unsaved.count)"), ("PASSES", "\(live[.passes])"),
            ("CLICKS", "\(live[.clicks])"), ("LOSSES", "\(live[.losses])"),
        ]
        let tags = live.tags
        for (role, input) in board.channels.all where Int(input.channel) < tags.count {
            facts.append(("TAGS_\(role.uppercased())", "\(tags[Int(input.channel)])"))
        }
        return facts
    }

    /// The shells' host, with the daemon's orders.
    func host(orders: [ControlCommand]) -> ShellHost {
        let board = workspace.inUse
        let kind = board.isSimulated ? " (simulated)" : ""
        var settings = ShellHost.Settings(
            board: board.name,
            greeting: "Lodestar, board \(board.name)\(kind). help lists the orders.")
        settings.armTime = board.shell.armTime / 1_000_000_000
        settings.idleTime = board.shell.idleTime / 1_000_000_000
        var hashes: [CommandRole: String] = [:]
        hashes[.technician] = board.shell.technician
        hashes[.engineer] = board.shell.engineer
        let (workspace, bench, aim, log) = (workspace, bench, aim, log)
        return ShellHost(
            settings, commands: orders,
            access: ShellAccess(needsLogin: board.shell.access == "login", hashes: hashes),
            now: { HostClock.now.count / 1_000_000_000 },
            start: { body in
                let thread = Thread(block: body)
                thread.name = "order"
                thread.stackSize = 1 << 20
                thread.start()
            },
            makeSafe: { bench.makeSafe() + aim.makeSafe() }, unsaved: { workspace.unsaved.count },
            log: { log.notice("shell: \($0)") })
    }
}
