/// A number that a procedure can be told, as `seconds=30s` or `rate=500kHz`.
public struct CalibrationArgument: Equatable, Sendable {
    /// Its name, as typed.
    public let name: String
    /// What it is.
    public let help: String
    /// Units that it may have, with their worth in the first; empty for a bare number.
    public let units: [(name: String, factor: Double)]
    /// What it is if it is not given, in the first unit.
    public let usual: Double
    /// What is allowed, in the first unit.
    public let range: ClosedRange<Double>

    init(
        _ name: String, _ help: String, _ units: [(name: String, factor: Double)], usual: Double,
        _ range: ClosedRange<Double>
    ) {
        self.name = name
        self.help = help
        self.units = units
        self.usual = usual
        self.range = range
    }

    static let seconds: [(name: String, factor: Double)] = [("s", 1), ("ms", 1e-3), ("min", 60)]
    static let hertz: [(name: String, factor: Double)] = [("Hz", 1), ("kHz", 1e3), ("MHz", 1e6)]
    static let millivolts: [(name: String, factor: Double)] = [("mV", 1), ("V", 1e3)]
    static let none: [(name: String, factor: Double)] = []

    /// How long to count.
    static func duration(_ usual: Double, _ help: String = "how long to count") -> Self {
        CalibrationArgument("seconds", help, seconds, usual: usual, 0.001...3_600)
    }

    /// The rate that the lamp or the laser is set to.
    static func rate(_ usual: Double, _ range: ClosedRange<Double>) -> Self {
        CalibrationArgument(
            "rate", "counts per second of each detector", hertz, usual: usual, range)
    }

    /// Whether all of it is the same.
    public static func == (one: Self, other: Self) -> Bool {
        one.name == other.name && one.usual == other.usual && one.range == other.range
            && one.units.map(\.name) == other.units.map(\.name)
    }

    /// The default with its unit.
    public var usualText: String { text(usual) }
    /// What is allowed, with the unit.
    public var allowedText: String { "\(text(range.lowerBound)) to \(text(range.upperBound))" }

    private func text(_ value: Double) -> String {
        // The largest unit in which the number is not below 1.
        let unit = units.filter { $0.factor <= value.magnitude }.max { $0.factor < $1.factor }
        guard let unit = unit ?? units.first else { return plain(value) }
        return plain(value / unit.factor) + " " + unit.name
    }

    private func plain(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? "\(Int64(value))" : "\(value)"
    }

    /// Reads `text`, which has a unit if the argument has any.
    func read(_ text: String) throws(ProcedureFailure) -> Double {
        let trimmed = text.filter { $0 != " " }
        var number = Substring(trimmed)
        var factor = 1.0
        if !units.isEmpty {
            let unit = units.sorted { $0.name.count > $1.name.count }
                .first { trimmed.hasSuffix($0.name) }
            guard let unit else {
                throw .argument(
                    "\(name) = \(text) needs a unit: \(units.map(\.name).joined(separator: ", "))")
            }
            number = trimmed.dropLast(unit.name.count)
            factor = unit.factor
        }
        guard let value = Double(number).map({ $0 * factor }), value.isFinite else {
            throw .argument("\(name) = \(text) is no number; allowed: \(allowedText)")
        }
        guard range.contains(value) else {
            throw .argument("\(name) = \(text) is out of range; allowed: \(allowedText)")
        }
        return value
    }
}
