import Foundation

extension Board {
    /// Reads, merges and checks the board at `path`.
    ///
    /// - Throws: every fault at once, each with its file, line, value and what is allowed.
    public static func load(_ path: String) throws(BoardError) -> Board {
        var loader = BoardLoader { try String(contentsOfFile: $0, encoding: .utf8) }
        return try loader.load(path)
    }

    /// Reads a board from `text`; `path` names it in messages, and what it inherits from is
    /// sought beside it.
    ///
    /// - Throws: as ``load(_:)``.
    public static func parse(_ text: String, path: String) throws(BoardError) -> Board {
        var loader = BoardLoader { try String(contentsOfFile: $0, encoding: .utf8) }
        return try loader.load(text: text, path: path)
    }
}
