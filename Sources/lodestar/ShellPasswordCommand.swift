import ArgumentParser
import Foundation
import Shell

/// `lodestar shell password`: a line for the board file from a password.
struct ShellPasswordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "password",
        abstract: "Make the line of the board file that a shell's password is checked against.",
        discussion: """
            Asks for the password twice at a terminal, or reads it from standard input, one line. \
            What it prints is a hash by yescrypt, as of crypt(5); nobody learns the password from \
            it, but keep it to those who may see the board file.
            """)

    @Argument(help: "Whose password: technician or engineer.")
    var role: String

    func validate() throws {
        guard ["technician", "engineer"].contains(role) else {
            throw ValidationError("no role is called \(role) (allowed: technician, engineer)")
        }
    }

    func run() throws {
        let password = try read()
        guard password.count >= 8 else {
            throw ValidationError(
                "a password has 8 characters at least; this one has \(password.count)")
        }
        guard let hash = PasswordHash.make(password) else {
            throw ValidationError("the system's crypt(3) makes no yescrypt hash of it")
        }
        print("# in [shell], with access = \"login\"")
        print("\(role) = \"\(hash)\"")
    }

    private func read() throws -> String {
        guard isatty(STDIN_FILENO) == 1 else { return readLine() ?? "" }
        guard let first = Self.ask("Password: "), let second = Self.ask("Again: "),
            first == second
        else { throw ValidationError("the two are not the same; nothing was made") }
        return first
    }

    private static func ask(_ prompt: String) -> String? {
        getpass(prompt).map { String(cString: $0) }
    }
}
