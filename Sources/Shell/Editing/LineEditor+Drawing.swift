// What the editor sends: one line, drawn over the one there, and what a word may become.
extension LineEditor {
    /// Completes the word before the cursor, or lists what it may become.
    ///
    /// - Parameter candidates: What the word may be; one that ends with a dot goes on.
    public mutating func offer(_ candidates: [String], into output: inout [UInt8]) {
        let word = Self.string(text[..<cursor].suffix(while: { $0 != " " }))
        guard let first = candidates.first else { return ring(&output) }
        let common = candidates.dropFirst().reduce(first) { $0.commonPrefix(with: $1) }
        guard common.unicodeScalars.count >= word.unicodeScalars.count else { return ring(&output) }
        var rest = Array(common.unicodeScalars.dropFirst(word.unicodeScalars.count))
        if candidates.count == 1, !common.hasSuffix(".") { rest.append(" ") }
        if !rest.isEmpty {
            guard text.count + rest.count <= Self.longest else { return ring(&output) }
            text.insert(contentsOf: rest, at: cursor)
            cursor += rest.count
            draw(into: &output)
        } else {
            list(candidates, &output)
        }
    }

    private mutating func list(_ candidates: [String], _ output: inout [UInt8]) {
        write("\r\n", &output)
        for line in TextColumns.lines(candidates, columns: columns) {
            write(line + "\r\n", &output)
        }
        drawn = 0
        draw(into: &output)
    }

    /// Draws prompt and line, over what of them is there.
    public mutating func draw(into output: inout [UInt8]) {
        guard !isSilent else { return }
        if let search { return draw(search, &output) }
        let room = max(columns - 1 - prompt.count, 8)
        if cursor < scroll { scroll = max(0, cursor - room / 2) }
        if cursor - scroll > room { scroll = cursor - room / 2 }
        let visible = isHidden ? [] : text.dropFirst(scroll).prefix(room)
        let column = isHidden ? 0 : cursor - scroll
        draw(prompt + Self.string(visible), cursor: prompt.count + column, &output)
    }

    /// Draws one line over the one there.
    func drawing(_ line: String, cursor: Int) -> String {
        let width = line.unicodeScalars.count
        let blanks = max(0, drawn - width)
        return "\r" + line + String(repeating: " ", count: blanks)
            + String(repeating: "\u{8}", count: blanks + width - cursor)
    }

    mutating func draw(_ line: String, cursor: Int, _ output: inout [UInt8]) {
        write(drawing(line, cursor: cursor), &output)
        drawn = line.unicodeScalars.count
    }

    /// Takes prompt and line off the screen, so that something else can be written.
    public mutating func hide(into output: inout [UInt8]) {
        guard drawn > 0, !isSilent else { return }
        write("\r" + String(repeating: " ", count: drawn) + "\r", &output)
        drawn = 0
    }

    func ring(_ output: inout [UInt8]) { write("\u{7}", &output) }

    func write(_ text: String, _ output: inout [UInt8]) {
        if !isSilent { output += text.utf8 }
    }
}

extension Collection {
    /// The last elements that all fit `condition`.
    fileprivate func suffix(while condition: (Element) -> Bool) -> [Element] {
        var result: [Element] = []
        for element in self {
            if condition(element) { result.append(element) } else { result.removeAll() }
        }
        return result
    }
}
