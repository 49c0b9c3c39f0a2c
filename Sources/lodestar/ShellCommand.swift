import ArgumentParser
import Foundation
import LinuxIO
import Shell
import Synchronization

/// `lodestar shell`: the daemon's shell at this terminal, or for a script.
struct ShellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell",
        abstract: "Open the daemon's shell: look, set, calibrate, drive.",
        discussion: """
            At a terminal: line editing, history and completion; help lists the orders; Ctrl-C \
            stops what runs, quit or Ctrl-] ends the session. With --script each line of the file \
            is an order; the first one that fails ends it, with its line on standard error and \
            exit code 1, unless it stands between batch start and batch end. With --board it needs \
            no daemon: orders about that board's keys, and simulated passes. See docs/shell.md.
            """,
        subcommands: [ShellPasswordCommand.self])

    @Option(help: ArgumentHelp("The shells' socket.", valueName: "path"))
    var socket = "/run/lodestar/shell"
    @Option(
        help: ArgumentHelp("Orders to give, a line each; - for standard input.", valueName: "file"))
    var script: String?
    @Option(help: ArgumentHelp("A board to work on without a daemon.", valueName: "file"))
    var board: String?
    @Option(
        help: ArgumentHelp(
            "With --board: where save writes, by default BOARD.overlay.toml.", valueName: "file"))
    var overlay: String?

    func run() throws {
        guard let board else { return try serve(socket) }
        let local = try LocalShell(board: board, overlay: overlay)
        defer { local.end() }
        try serve(local.socket)
    }

    private func serve(_ path: String) throws {
        do {
            if let script {
                try run(script: script, at: path)
            } else {
                let client = try ShellClient(to: path)
                let terminal = ProcessInfo.processInfo.environment["TERM"] ?? ""
                let ending = try client.run(terminal: terminal)
                if ending == .left { FileHandle.standardOutput.write(Data("\r\n".utf8)) }
            }
        } catch let error as LinuxIOError {
            try fail(error, at: path)
        }
    }

    private func fail(_ error: LinuxIOError, at path: String) throws -> Never {
        switch error {
        case .system(_, ENOENT), .system(_, ECONNREFUSED):
            throw ValidationError(
                "no daemon answers at \(path); start lodestard, or name another socket by --socket, "
                    + "or a board by --board")
        case .system(_, EACCES):
            throw ValidationError("\(path) is for the group lodestar; become a member, or use sudo")
        default: throw ValidationError("the shell at \(path): \(error)")
        }
    }

    // MARK: Scripts

    /// Gives the script's orders until one fails outside of a batch; ends the program then.
    private func run(script: String, at path: String) throws {
        let lines = Self.lines(of: script)
        var shell = try ShellScript(to: path)
        let interruption = StopRequest()
        let outcome = try Interruption.guarding(interruption.ask) {
            try Self.give(lines, of: script, to: &shell, interruption)
        }
        if outcome.signal != nil { throw ExitCode(130) }
        guard outcome.result else { throw ExitCode(1) }
    }

    /// Whether all orders were done, or failed within a batch only.
    private static func give(
        _ lines: [String], of script: String, to shell: inout ShellScript,
        _ interruption: StopRequest
    ) throws -> Bool {
        var isInBatch = false
        for (index, line) in lines.enumerated() {
            let answer: ShellScript.Answer
            do throws(LinuxIOError) {
                answer = try shell.give(line, isInterrupted: { interruption.isAsked }) { print($0) }
            } catch {
                // `quit` ends the connection in place of an answer.
                guard case .closed = error, line.hasPrefix("quit") else { throw error }
                return true
            }
            if line.hasPrefix("batch start") { isInBatch = true }
            if line.hasPrefix("batch end") { isInBatch = false }
            if !answer.isDone {
                for text in answer.refusal { complain("\(script):\(index + 1): \(text)") }
                guard isInBatch, !interruption.isAsked else { return false }
            }
        }
        return true
    }

    private static func lines(of script: String) -> [String] {
        var lines: [String] = []
        if script == "-" {
            while let line = readLine() { lines.append(line) }
            return lines
        }
        guard let text = try? String(contentsOfFile: script, encoding: .utf8) else {
            complain("error: \(script) cannot be read as text")
            Foundation.exit(66)
        }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private static func complain(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
