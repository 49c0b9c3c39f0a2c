import ArgumentParser

/// A number with its unit, as in `10ms` or `320 MHz`.
struct QuantityText {
    /// Reads `text` as a number and one of `units` (name and factor); a bare number is refused.
    static func read(
        _ text: String, option: String, units: [(name: String, factor: Double)]
    ) throws -> Double {
        let trimmed = text.filter { $0 != " " }
        let names = units.map(\.name).joined(separator: ", ")
        // Longest first, so that "ms" is not read as "s".
        for unit in units.sorted(by: { $0.name.count > $1.name.count })
        where trimmed.hasSuffix(unit.name) {
            let number = trimmed.dropLast(unit.name.count)
            guard let value = Double(number), value.isFinite else { break }
            return value * unit.factor
        }
        throw ValidationError(
            "\(option) '\(text)' is not a number with a unit; allowed units are \(names)")
    }

    /// Reads a time, ps.
    static func picoseconds(_ text: String, option: String) throws -> Double {
        try read(
            text, option: option,
            units: [("ps", 1), ("ns", 1e3), ("us", 1e6), ("ms", 1e9), ("s", 1e12)])
    }

    /// Reads a frequency, Hz.
    static func hertz(_ text: String, option: String) throws -> Double {
        try read(
            text, option: option, units: [("Hz", 1), ("kHz", 1e3), ("MHz", 1e6), ("GHz", 1e9)])
    }

    /// Reads a fraction: `1%` or `20ppm`.
    static func fraction(_ text: String, option: String) throws -> Double {
        try read(text, option: option, units: [("%", 1e-2), ("ppm", 1e-6), ("ppb", 1e-9)])
    }
}
