import ArgumentParser
import BoardFile
import Daemon
import Quantities

/// `lodestard safe`: everything into its safe state, now.
struct SafeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "safe",
        abstract: "Bring the board's gates, shutters and lasers into their safe state, now.",
        discussion: """
            For ExecStopPost= of the unit, and for people. Says what could not be made safe and \
            ends with code 74 then.
            """)

    @OptionGroup var board: BoardOption

    func run() throws {
        let faults = try board.lines().flatMap { $0.makeSafe(patience: .seconds(3)) }
        for fault in faults { say("error: not safe: \(fault)") }
        guard faults.isEmpty else { throw ExitCode(ExitStatus.notSafe.rawValue) }
    }
}

/// `lodestard guard`: waits for the daemon's death. Started by the daemon, not by people.
struct GuardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guard",
        abstract: "Wait at standard input until the daemon dies, then make the board's lines safe.",
        shouldDisplay: false)

    @OptionGroup var board: BoardOption

    func run() throws {
        let lines = try board.lines()
        let faults = GuardDuty.run(channel: 0) {
            // The dead daemon's lines may take the kernel a moment to let go.
            lines.flatMap { $0.makeSafe(patience: .seconds(3)) }
        }
        guard let faults else { return }
        let outcome = faults.isEmpty ? "all lines were made safe" : "not all is safe"
        say("<2>the daemon went without a clean stop: \(outcome)")
        for fault in faults { say("<2>not safe: \(fault)") }
        guard faults.isEmpty else { throw ExitCode(ExitStatus.notSafe.rawValue) }
    }
}
