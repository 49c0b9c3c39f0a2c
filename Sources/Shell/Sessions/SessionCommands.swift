import Control

/// The orders that are about the session itself.
enum SessionCommands {
    static func all(
        access: ShellAccess, makeSafe: @escaping @Sendable () -> [String]
    ) -> [ControlCommand] {
        [
            order("login", "technician|engineer", "ask for the password and log in") {
                session, words in
                guard words.count == 1, let role = CommandRole(rawValue: words[0]), role != .none
                else { return .refused("login takes a role\nallowed: technician, engineer") }
                if let obstacle = access.obstacle(to: role) { return .refused(obstacle) }
                session.awaitPassword(for: role)
                return .done("")
            }.with {
                $0.completion = { $0.isEmpty ? ["technician", "engineer"] : [] }
            },
            order("logout", "", "give up the role and the right to change things; disarm") {
                session, _ in
                let wasArmed = session.disarm()
                session.logout()
                return .done(safeText(wasArmed ? makeSafe() : [], first: "logged out"))
            },
            order("arm", "", "allow what can do harm, until disarm, hang-up or a while of silence")
            {
                session, _ in
                session.arm()
                return .done("armed; disarm makes everything safe again")
            }.with {
                $0.role = .technician
                $0.writes = true
            },
            order("disarm", "", "forbid it again; what was driven by hand goes to its safe state") {
                session, _ in
                session.disarm()
                return .done(safeText(makeSafe(), first: "disarmed"))
            },
            order(
                "batch start", "", "checks of several keys together and stops at errors wait"
            ) { session, _ in
                session.beginBatch()
                return .done("")
            },
            order("batch end", "", "says how many orders since batch start failed") {
                session, _ in
                guard let errors = session.endBatch() else {
                    return .refused("no batch was begun\ntry: batch start")
                }
                return errors == 0
                    ? .done("no errors") : .refused("\(errors) orders of the batch failed")
            },
            order("term", "[vt100|dumb] [COLUMNSxROWS]", "what the terminal is like") {
                session, words in setTerminal(session, words)
            }.with { $0.completion = { $0.isEmpty ? ["vt100", "dumb"] : [] } },
            order("quit", "", "end this session") { session, _ in
                session.end()
                return .done("")
            },
        ]
    }

    private static func order(
        _ name: String, _ arguments: String, _ help: String,
        _ body: @escaping @Sendable (SessionState, [String]) -> ControlAnswer
    ) -> ControlCommand {
        ControlCommand(name, arguments, help) { call in
            guard let session = call.session as? SessionState else {
                return .refused("\(name) is an order of a shell")
            }
            if arguments.isEmpty, !call.words.isEmpty {
                return .refused("\(name) takes no arguments, not \(call.words[0])")
            }
            return body(session, call.words)
        }.with { $0.places = [.shell] }
    }

    private static func safeText(_ lines: [String], first: String) -> String {
        ([first] + lines).joined(separator: "\n")
    }

    private static func setTerminal(_ session: SessionState, _ words: [String]) -> ControlAnswer {
        for word in words {
            let size = word.split(separator: "x")
            if word == "dumb" || word == "vt100" {
                session.setTerminal(isDumb: word == "dumb")
            } else if size.count == 2, let columns = Int(size[0]), let rows = Int(size[1]) {
                session.setTerminal(columns: columns, rows: rows)
            } else {
                return .refused(
                    "term does not know \(word)\nallowed: vt100, dumb, 80x24\ntry: term vt100 80x24"
                )
            }
        }
        let terminal = session.terminal
        return .done("\(terminal.isDumb ? "dumb" : "vt100") \(terminal.columns)x\(terminal.rows)")
    }
}
