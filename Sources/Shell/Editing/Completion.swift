public import Control

/// What the word that is being typed may become.
public enum Completion {
    /// The candidates for the last word of `line`, which may be empty.
    public static func candidates(
        for line: String, in commands: [ControlCommand]
    ) -> [String] {
        var words = ControlCommand.split(line)
        let begun = line.last == " " || line.isEmpty ? "" : words.removeLast()
        // Names of orders, word by word.
        var found: [String] = []
        for command in commands
        where command.words.count > words.count && command.words.starts(with: words) {
            found.append(command.words[words.count])
        }
        if words.isEmpty || words.first == "help" { found.append("help") }
        if words.first == "help" {
            let named = Array(words.dropFirst())
            found = commands.filter {
                $0.words.count > named.count && $0.words.starts(with: named)
            }.map { $0.words[named.count] }
        }
        let fitting = commands.filter { words.starts(with: $0.words) }
        if let command = fitting.max(by: { $0.words.count < $1.words.count }) {
            found += command.completion(Array(words.dropFirst(command.words.count)))
        }
        return narrowed(Set(found).filter { $0.hasPrefix(begun) }.sorted(), begun)
    }

    /// Keys with dots only up to the next dot, where several go on behind it.
    private static func narrowed(_ words: [String], _ begun: String) -> [String] {
        var seen: [String] = []
        for word in words {
            var short = word
            if let dot = word.dropFirst(begun.count).firstIndex(of: ".") {
                let head = String(word[...dot])
                if words.count(where: { $0.hasPrefix(head) }) > 1 { short = head }
            }
            if seen.last != short { seen.append(short) }
        }
        return seen
    }
}
