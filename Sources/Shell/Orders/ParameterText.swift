import BoardFile

/// Keys, values and faults of the board as the shell writes them.
enum ParameterText {
    /// `gate.width = 800 ps`.
    static func line(_ row: Parameter, in board: Board) -> String {
        "\(row.path) = \(row.typed(in: board) ?? "none")"
    }

    /// What `help KEY` says.
    static func help(_ row: Parameter) -> String {
        """
        \(row.path): \(row.kindName)
            \(row.help)
            allowed: \(row.allowed ?? "anything of its kind")
            default: \(row.defaultText); a new value takes effect \(effect(row))
        """
    }

    /// `1 key`, `2 keys`.
    static func count(_ keys: Int) -> String { keys == 1 ? "1 key" : "\(keys) keys" }

    static func effect(_ row: Parameter) -> String {
        switch row.effect {
        case .nextPass: "with the next pass"
        case .restart: "when the daemon starts again"
        }
    }

    /// One error line, then what is allowed, then what to try.
    static func refusal(_ row: Parameter, typed: String, _ fault: ParameterFault) -> String {
        var lines = ["\(row.path) = \(typed.prefix(60)): \(fault.problem)"]
        if let allowed = fault.allowed { lines.append("allowed: \(allowed)") }
        if let example = fault.example { lines.append("try: set \(row.path) \(example)") }
        return lines.joined(separator: "\n")
    }

    /// The faults of a whole board, the place in the file left out: nobody typed a file.
    static func refusal(_ error: BoardError) -> String {
        error.faults.flatMap { fault -> [String] in
            let subject = fault.path.isEmpty ? fault.file : fault.path
            let value = fault.value.map { " = \(Parameter.typed($0))" } ?? ""
            return ["\(subject)\(value): \(fault.problem)"]
                + (fault.allowed.map { ["allowed: \($0)"] } ?? [])
        }.joined(separator: "\n")
    }

    static func unknown(_ path: String) -> String {
        "no key is called \"\(path.prefix(60))\"\ntry: "
            + (Parameter.nearest(to: path).map { "get \($0)" } ?? "get, or help TEXT to search")
    }
}
