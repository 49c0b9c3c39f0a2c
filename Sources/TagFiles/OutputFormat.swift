/// The kinds of file that tags can be written as; the raw value is the name on the command line.
public enum OutputFormat: String, CaseIterable, Sendable, Codable {
    /// Lodestar's reference tagger frames; holds everything.
    case reference
    /// PicoQuant PTU, T2, 1 ps.
    case ptu
    /// S-Fifteen timestamp7 binary, low word first.
    case a1
    /// NumPy structured array: `time_ps` i8, `channel` u1, `kind` u1, `detail` u2, `count` u4.
    case npy
    /// Text with the same columns.
    case csv

    /// The format that a file name's ending asks for, if any.
    public init?(path: String) {
        switch path.split(separator: ".").last.map({ $0.lowercased() }) {
        case "ltt", "lodestar": self = .reference
        case "ptu": self = .ptu
        case "ts", "a1": self = .a1
        case "npy": self = .npy
        case "csv": self = .csv
        default: return nil
        }
    }
}
