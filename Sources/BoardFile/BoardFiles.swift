import Foundation

/// A board file with those it inherits from, read once: later changes of the files do not matter.
public struct BoardFiles: Sendable {
    /// The board file.
    public let path: String
    private let texts: [String: String]

    /// Reads the files; the board in them is checked.
    ///
    /// - Throws: every fault at once.
    public init(_ path: String) throws(BoardError) {
        self.path = path
        let reader = Reader()
        var loader = BoardLoader { try reader.read($0) }
        _ = try loader.load(path)
        texts = reader.texts
    }

    /// The board with `overlay` laid over it, checked whole.
    ///
    /// - Parameter name: Names the overlay in messages.
    public func board(overlay: BoardOverlay, named name: String) throws(BoardError) -> Board {
        let texts = texts
        var loader = BoardLoader {
            guard let text = texts[$0] else { throw CocoaError(.fileNoSuchFile) }
            return text
        }
        return try loader.load(path, overlay: BoardText(overlay.text, file: name))
    }

    private final class Reader {
        var texts: [String: String] = [:]

        func read(_ path: String) throws -> String {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            texts[path] = text
            return text
        }
    }
}
