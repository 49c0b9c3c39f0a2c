/// Short texts side by side, as many columns as fit.
enum TextColumns {
    /// The lines that show `items`, down and then across; none is longer than `columns` - 1 unless
    /// an item is.
    static func lines(_ items: [String], columns: Int) -> [String] {
        let width = (items.map(\.count).max() ?? 0) + 2
        let across = max(1, (columns - 1) / width)
        let rows = (items.count + across - 1) / across
        return (0..<rows).map { row in
            let cells = stride(from: row, to: items.count, by: rows).map { items[$0] }
            return cells.enumerated().map { index, cell in
                index == cells.count - 1 ? cell : cell.padded(to: width)
            }.joined()
        }
    }
}

extension String {
    /// The text with spaces behind it up to `width` characters.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }

    /// The text with spaces before it up to `width` characters.
    func rightAligned(to width: Int) -> String {
        String(repeating: " ", count: Swift.max(0, width - count)) + self
    }
}
