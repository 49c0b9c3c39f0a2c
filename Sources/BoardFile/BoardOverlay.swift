import Foundation

/// Settings that replace those of a board file: what a shell's `save` writes beside it.
public struct BoardOverlay: Equatable, Sendable {
    /// The values as a board file writes them, by their keys.
    private(set) var literals: [String: String] = [:]

    /// No settings.
    public init() {}

    /// Reads the overlay at `path`; none where there is no such file.
    ///
    /// - Throws: as ``init(_:file:)``, or that the file cannot be read.
    public init(at path: String) throws(BoardError) {
        guard FileManager.default.fileExists(atPath: path) else {
            self.init()
            return
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw BoardError(faults: [
                BoardFault(
                    file: path, line: nil, path: "",
                    problem: "cannot be read as text; move it away to go without")
            ])
        }
        try self.init(text, file: path)
    }

    /// Reads the text of an overlay; `file` names it in messages.
    ///
    /// - Throws: every key that no board has and every value that none may have.
    public init(_ text: String, file: String) throws(BoardError) {
        let content = try BoardText(text, file: file)
        var faults: [BoardFault] = []
        for (path, node) in Self.leaves(content.root, []) {
            let line = content.line(of: path.split(separator: ".").map(String.init))
            guard let row = Parameter.byPath[path] else {
                faults.append(
                    BoardFault(
                        file: file, line: line, path: path, value: node.description,
                        problem: "unknown key"
                            + Parameter.hint(path, among: Parameter.all.map(\.path))))
                continue
            }
            do throws(ValueProblem) {
                literals[path] = row.format(try row.read(node))
            } catch {
                faults.append(
                    BoardFault(
                        file: file, line: line, path: path, value: node.description,
                        problem: error.problem, allowed: row.allowed))
            }
        }
        guard faults.isEmpty else { throw BoardError(faults: faults) }
    }

    private static func leaves(
        _ entries: [String: BoardText.Node], _ path: [String]
    ) -> [(String, BoardText.Node)] {
        entries.sorted { $0.key < $1.key }.flatMap { key, node -> [(String, BoardText.Node)] in
            if case .table(let inner) = node, path.count < 8 { return leaves(inner, path + [key]) }
            return [((path + [key]).joined(separator: "."), node)]
        }
    }

    /// The keys that are set, in the order of the schema page.
    public var paths: [String] { Parameter.all.map(\.path).filter { literals[$0] != nil } }

    /// The value of a key as a board file writes it; `nil`: as the board has it.
    public subscript(path: String) -> String? {
        get { literals[path] }
        set { literals[path] = newValue }
    }

    /// The overlay as a file, in the order of the schema page.
    public var text: String {
        var result =
            "# Settings that replace those of the board file; written by the shell's save.\n"
        var section = ""
        for row in Parameter.all {
            guard let literal = literals[row.path] else { continue }
            let parts = row.path.split(separator: ".")
            let heading = parts.dropLast().joined(separator: ".")
            if heading != section { result += "\n[\(heading)]\n" }
            section = heading
            result += "\(parts[parts.count - 1]) = \(literal)\n"
        }
        return result
    }
}

extension Board {
    /// Reads the board at `path` and lays `overlay` over it.
    ///
    /// - Parameter name: Names the overlay in messages.
    /// - Throws: every fault at once, each with its file, line, value and what is allowed.
    public static func load(
        _ path: String, overlay: BoardOverlay, named name: String
    ) throws(BoardError) -> Board {
        var loader = BoardLoader { try String(contentsOfFile: $0, encoding: .utf8) }
        return try loader.load(path, overlay: BoardText(overlay.text, file: name))
    }
}
