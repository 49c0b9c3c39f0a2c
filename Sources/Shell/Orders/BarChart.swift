/// Bars and maps of plain characters, for terminals that know no others.
enum BarChart {
    /// A bar of `width` characters, `share` of it filled.
    static func bar(_ share: Double, width: Int) -> String {
        let filled = Int((min(max(share, 0), 1) * Double(width)).rounded())
        return String(repeating: "#", count: filled)
            + String(repeating: " ", count: max(0, width - filled))
    }

    /// Columns of `height` lines, one character per value, the largest value full; top line first.
    static func columns(_ values: [Double], height: Int) -> [String] {
        let top = values.max() ?? 0
        return (0..<height).map { row in
            let level = Double(height - row) - 0.5
            return String(
                values.map { value -> Character in
                    guard top > 0, value > 0 else { return row == height - 1 ? "." : " " }
                    let filled = value / top * Double(height)
                    // What is there at all is seen, however little.
                    return filled > level || row == height - 1 ? "#" : " "
                })
        }
    }

    /// A map of points about the middle: `.` once, `+` up to four times, `#` more often.
    ///
    /// - Parameters:
    ///   - reach: What the edge stands for; points beyond lie on it.
    static func map(
        _ points: [(x: Double, y: Double)], reach: Double, width: Int, height: Int
    ) -> [String] {
        var counts = [[Int]](repeating: [Int](repeating: 0, count: width), count: height)
        for point in points where point.x.isFinite && point.y.isFinite && reach > 0 {
            let column = place(point.x / reach, width)
            let row = place(-point.y / reach, height)
            counts[row][column] += 1
        }
        return counts.enumerated().map { row, line in
            String(
                line.enumerated().map { column, count -> Character in
                    switch count {
                    case 0: row == height / 2 ? "-" : column == width / 2 ? "|" : " "
                    case 1: "."
                    case 2...4: "+"
                    default: "#"
                    }
                })
        }
    }

    private static func place(_ share: Double, _ count: Int) -> Int {
        let middle = Double(count / 2)
        return min(max(Int((middle + share * middle).rounded()), 0), count - 1)
    }
}

/// Numbers as people read them.
enum NumberText {
    /// Three digits and a prefix: `1.23 M`.
    static func short(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        let steps = [(1e9, " G"), (1e6, " M"), (1e3, " k")]
        for (size, prefix) in steps where abs(value) >= size {
            return digits(value / size) + prefix
        }
        return abs(value) < 100 && value != value.rounded() ? fixed(value, 1) : fixed(value, 0)
    }

    private static func digits(_ value: Double) -> String {
        abs(value) >= 100 ? fixed(value, 0) : abs(value) >= 10 ? fixed(value, 1) : fixed(value, 2)
    }

    /// `value` with so many decimals.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "-" }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let whole = Int64((abs(value) * scale).rounded())
        let sign = value < 0 && whole != 0 ? "-" : ""
        guard decimals > 0 else { return "\(sign)\(whole)" }
        let rest = "\(whole % Int64(scale) + Int64(scale))".dropFirst()
        return "\(sign)\(whole / Int64(scale)).\(rest)"
    }

    /// A time in ps in the unit that keeps it short: `22 ns`.
    static func time(_ picoseconds: Double) -> String {
        let steps = [(1e12, "s"), (1e9, "ms"), (1e6, "us"), (1e3, "ns")]
        for (size, unit) in steps where abs(picoseconds) >= size {
            return "\(digits(picoseconds / size)) \(unit)"
        }
        return "\(fixed(picoseconds, 0)) ps"
    }
}
