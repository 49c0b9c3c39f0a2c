/// The lines that were typed before, oldest first.
public struct History: Equatable, Sendable {
    /// As many as a technician types in an evening.
    public static let capacity = 200

    /// The lines.
    public private(set) var lines: [String] = []

    /// A history of nothing.
    public init() {}

    /// Adds a line, unless it is empty or the one before; the oldest makes room.
    public mutating func add(_ line: String) {
        guard !line.isEmpty, line != lines.last else { return }
        if lines.count == Self.capacity { lines.removeFirst() }
        lines.append(line)
    }

    /// The newest line before place `index` that contains `text`, with its place.
    func newest(before index: Int, containing text: String) -> (index: Int, line: String)? {
        for place in lines.indices.prefix(max(0, index)).reversed()
        where text.isEmpty || Self.contains(lines[place], text) {
            return (place, lines[place])
        }
        return nil
    }

    private static func contains(_ line: String, _ text: String) -> Bool {
        let (line, text) = (Array(line.utf8), Array(text.utf8))
        guard text.count <= line.count else { return false }
        return (0...(line.count - text.count)).contains {
            line[$0..<($0 + text.count)].elementsEqual(text)
        }
    }
}
