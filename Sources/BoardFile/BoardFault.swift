/// One thing that is wrong with a board file, in words that say how to put it right.
public struct BoardFault: Equatable, Sendable, CustomStringConvertible {
    /// The file with the fault.
    public var file: String
    /// The line in it, from 1; `nil` where no line is at fault, as with a missing key.
    public var line: Int?
    /// Section and key, with dots; empty where the whole file is at fault.
    public var path: String
    /// The value as written; `nil` where there is none.
    public var value: String?
    /// What is wrong, and what to do.
    public var problem: String
    /// What is allowed; `nil` where that does not apply.
    public var allowed: String?

    /// `FILE:LINE: PATH = VALUE: what is wrong (allowed: ...)`.
    public var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        let subject = path.isEmpty ? "" : " \(path)" + (value.map { " = \($0)" } ?? "") + ":"
        return "\(place):\(subject) \(problem)" + (allowed.map { " (allowed: \($0))" } ?? "")
    }
}

/// Everything that is wrong with a board file, in the order of its lines.
public struct BoardError: Error, Equatable, Sendable, CustomStringConvertible {
    /// At least one fault.
    public var faults: [BoardFault]

    /// One line per fault.
    public var description: String {
        faults.map(\.description).joined(separator: "\n")
    }
}
