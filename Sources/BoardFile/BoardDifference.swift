/// One key in which two boards differ.
public struct BoardDifference: Equatable, Sendable {
    /// Section and key, with dots.
    public let path: String
    /// The first board's value as a file writes it; `nil` if it has none.
    public let first: String?
    /// The second board's value as a file writes it; `nil` if it has none.
    public let second: String?

    /// `path: FIRST -> SECOND`, with "none" for what is not there.
    public var text: String { "\(path): \(first ?? "none") -> \(second ?? "none")" }
}

extension Board {
    /// Every key in which `other` differs from this, in the order of the schema page.
    ///
    /// What counts is the meaning: a key that is inherited, or that takes its default, equals one
    /// that is written out.
    public func differences(to other: Board) -> [BoardDifference] {
        let ours = Dictionary(uniqueKeysWithValues: values)
        let theirs = Dictionary(uniqueKeysWithValues: other.values)
        return Parameter.all.map(\.path).compactMap { path in
            guard ours[path] != theirs[path] else { return nil }
            return BoardDifference(path: path, first: ours[path], second: theirs[path])
        }
    }
}
