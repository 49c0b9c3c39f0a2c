import Control

/// Makes what an order shows into bytes for a terminal, in place where it can.
struct OutputPainter {
    private let columns: Int
    private let isDumb: Bool
    private let isScript: Bool
    /// Characters of progress on the screen.
    private var drawn = 0
    /// The last tenth of progress that a dumb terminal was told.
    private var tenth = -1
    private var hasView = false

    init(columns: Int = 80, isDumb: Bool = false, isScript: Bool = false) {
        self.columns = columns
        self.isDumb = isDumb
        self.isScript = isScript
    }

    mutating func paint(_ output: CommandOutput) -> String {
        switch output {
        case .line(let line):
            return erase() + (isScript ? "  " : "") + line + "\r\n"
        case .progress(let fraction, let text): return progress(fraction, text)
        case .view(let lines): return view(lines)
        }
    }

    /// What ends the showing.
    mutating func finish() -> String {
        defer { hasView = false }
        return erase()
    }

    private mutating func erase() -> String {
        guard drawn > 0 else { return "" }
        defer { drawn = 0 }
        return "\r" + String(repeating: " ", count: drawn) + "\r"
    }

    private mutating func progress(_ fraction: Double, _ text: String) -> String {
        let share = min(max(fraction.isFinite ? fraction : 0, 0), 1)
        guard !isDumb, !isScript else {
            guard Int(share * 10) != tenth else { return "" }
            tenth = Int(share * 10)
            return (isScript ? "  " : "") + "\(Int(share * 100)) % \(text)\r\n"
        }
        let filled = Int(share * 20)
        let bar =
            "[" + String(repeating: "#", count: filled)
            + String(repeating: ".", count: 20 - filled) + "]"
        let line = String(
            "\(bar) \("\(Int(share * 100))".rightAligned(to: 3)) % \(text)".prefix(columns - 1))
        let blanks = max(0, drawn - line.count)
        drawn = line.count
        return "\r" + line + String(repeating: " ", count: blanks)
            + String(repeating: "\u{8}", count: blanks)
    }

    /// Home, each line over the old one, and nothing left below: ED and EL of a VT100.
    private mutating func view(_ lines: [String]) -> String {
        guard !isDumb, !isScript else {
            return lines.map { (isScript ? "  " : "") + $0 + "\r\n" }.joined()
        }
        let head = hasView ? "\u{1B}[H" : "\u{1B}[H\u{1B}[2J"
        hasView = true
        return head + lines.map { String($0.prefix(columns - 1)) + "\u{1B}[K\r\n" }.joined()
            + "\u{1B}[J"
    }
}
