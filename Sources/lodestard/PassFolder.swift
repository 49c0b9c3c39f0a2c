import Foundation

/// Names of the folders that passes are recorded in.
enum PassFolder {
    /// The time as a directory's name: `20260131T235959Z`, with what tells two of one second apart.
    static func stamp() -> String {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withYear, .withMonth, .withDay, .withTime, .withTimeZone]
        return formatter.string(from: Date()) + "-"
            + String(UInt16.random(in: .min ... .max), radix: 16)
    }
}
