public import ClockSync
import Foundation

/// A light-time prediction read from a table that someone else computed.
///
/// CSV with the columns `t_s` (UTC seconds after the start, at emission) and `light_time_ps`
/// (one-way light time of what is emitted then), ascending, at least one row a second.
public enum LightTimeFile {
    /// Widest spacing of rows, s: interpolation is exact to 0.01 ps up to one second.
    static let widestSpacing = 1.001
    /// Light times that make sense, ps: up to ten times the distance of the Moon.
    static let allowed = 0.0...1.5e13

    /// Why a table was refused; every fault carries its line.
    public struct Fault: Error, CustomStringConvertible {
        /// What is wrong, where, and what is allowed.
        public let description: String
    }

    /// The rows of the table at `path`.
    public static func read(_ path: String) throws -> [LightTimeRow] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Fault(
                description:
                    "cannot read the light-time table \(path): no such file, or no permission")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw Fault(description: "\(path) is not text: a light-time table is CSV in UTF-8")
        }
        var rows: [LightTimeRow] = []
        var columns: (time: Int, light: Int)?
        // A carriage return with its line feed is one Character, so the separator is a property.
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let trimmed = line.trimmingCharacters(in: .whitespacesAndNewlines)
            if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
            let fields = trimmed.split(separator: ",", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard let found = columns else {
                columns = try header(fields, path: path)
                continue
            }
            let row = try self.row(fields, columns: found, place: "\(path), line \(index + 1)")
            try check(row, after: rows.last, place: "\(path), line \(index + 1)")
            rows.append(row)
        }
        guard rows.count >= LightTimeTable.window else {
            throw Fault(
                description:
                    "\(path) has \(rows.count) rows; at least \(LightTimeTable.window) are needed")
        }
        return rows
    }

    private static func header(
        _ fields: [String], path: String
    ) throws -> (time: Int, light: Int) {
        guard let time = fields.firstIndex(of: "t_s"),
            let light = fields.firstIndex(of: "light_time_ps")
        else {
            throw Fault(
                description: """
                    \(path) has the columns \(fields.joined(separator: ", ")); \
                    t_s and light_time_ps are needed
                    """)
        }
        return (time, light)
    }

    private static func row(
        _ fields: [String], columns: (time: Int, light: Int), place: String
    ) throws -> LightTimeRow {
        guard fields.count > max(columns.time, columns.light) else {
            throw Fault(description: "\(place): a column is missing")
        }
        guard let time = picoseconds(fields[columns.time]) else {
            throw Fault(
                description: """
                    \(place): t_s is \(fields[columns.time]); \
                    allowed are -4 000 000 to 4 000 000 seconds
                    """)
        }
        guard let light = Double(fields[columns.light]), allowed.contains(light) else {
            throw Fault(
                description: """
                    \(place): light_time_ps is \(fields[columns.light]); \
                    allowed are 0 to 1.5e13 ps
                    """)
        }
        return LightTimeRow(time: time, lightTime: light)
    }

    private static func check(
        _ row: LightTimeRow, after last: LightTimeRow?, place: String
    ) throws {
        guard let last else { return }
        let spacing = Double(row.time - last.time) * 1e-12
        guard spacing > 0 else {
            throw Fault(description: "\(place): t_s does not ascend")
        }
        guard spacing <= widestSpacing else {
            throw Fault(
                description:
                    "\(place): \(spacing) s after the row before; at least one row a second is needed"
            )
        }
    }

    /// Seconds written as a decimal, in whole ps; digits beyond the picosecond are rounded.
    static func picoseconds(_ text: String) -> Int64? {
        guard let value = Double(text), value.isFinite, abs(value) <= 4e6 else { return nil }
        // The whole second exactly, the fraction by itself, so that no digit is lost.
        let whole = value.rounded(.down)
        guard let point = text.firstIndex(of: "."), !text.lowercased().contains("e"),
            let digits = Int64(
                text[..<point].isEmpty || text[..<point] == "-" ? "0" : text[..<point])
        else {
            return Int64(whole) * 1_000_000_000_000 + Int64(((value - whole) * 1e12).rounded())
        }
        guard let fraction = Double("0" + text[point...]) else { return nil }
        let part = Int64((fraction * 1e12).rounded())
        return digits * 1_000_000_000_000 + (text.hasPrefix("-") ? -part : part)
    }
}
