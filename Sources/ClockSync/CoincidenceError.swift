/// Why two recordings could not be aligned.
public enum CoincidenceError: Error, Equatable, Sendable, BitwiseCopyable {
    /// Which setting is out of its range.
    public enum Setting: UInt8, Sendable, BitwiseCopyable {
        case range, frequencyRange, span, falseAlarm
    }

    /// A setting is out of its range; in the units of ``CoincidenceConfiguration``.
    case badSetting(Setting, value: Double, lowest: Double, highest: Double)
    /// One side has too few photons in what both recorded.
    case tooFewPhotons(reference: Int, other: Int, needed: Int)
    /// Nothing stands out: the highest peak in standard deviations, and what it takes.
    case noCoincidences(significance: Double, needed: Double)
    /// A peak stood out at first but did not narrow to a line: not a constant frequency, or noise.
    case notALine(significance: Double, needed: Double)
}
