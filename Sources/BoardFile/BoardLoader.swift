import Foundation

/// Puts a board together from its file and those it inherits from, and gathers every fault.
struct BoardLoader {
    /// A value with the place it came from.
    struct Leaf {
        let node: BoardText.Node
        let file: String
        let line: Int?
    }

    /// The longest chain of `inherits`.
    static let longestChain = 8

    /// Gives the text of a board by its path.
    let read: (String) throws -> String
    private(set) var faults: [BoardFault] = []
    private var leaves: [String: Leaf] = [:]

    init(read: @escaping (String) throws -> String) {
        self.read = read
    }

    /// Loads the board at `path`; the keys of `overlay` replace its own.
    mutating func load(_ path: String, overlay: BoardText? = nil) throws(BoardError) -> Board {
        try gather(path)
        if let overlay { merge(overlay) }
        return try build(path)
    }

    /// Loads a board from `text`; what it inherits from is sought beside `path`.
    mutating func load(text: String, path: String) throws(BoardError) -> Board {
        try gather(path, text: text)
        return try build(path)
    }

    // MARK: Files

    /// Reads `path` and those it inherits from, from the base to the child.
    private mutating func gather(_ path: String, text: String? = nil) throws(BoardError) {
        var chain: [BoardText] = []
        var next = path
        var asker: BoardFault?
        while true {
            let content: String
            if let text, chain.isEmpty {
                content = text
            } else {
                content = try contents(of: next, askedBy: asker)
            }
            let file = try BoardText(content, file: next)
            chain.append(file)
            guard let parent = parentName(of: file) else { break }
            asker = fault(file, "board.inherits", .text(parent), "")
            let sibling = Self.sibling(parent, of: next)
            if chain.contains(where: { $0.file == sibling }) {
                report(file, "board.inherits", .text(parent), "the boards inherit in a circle")
                break
            }
            if chain.count >= Self.longestChain {
                report(
                    file, "board.inherits", .text(parent),
                    "more than \(Self.longestChain) boards in a chain")
                break
            }
            next = sibling
        }
        for file in chain.reversed() { merge(file) }
    }

    private func contents(
        of path: String, askedBy asker: BoardFault?
    ) throws(BoardError) -> String {
        do {
            return try read(path)
        } catch {
            var fault = asker ?? BoardFault(file: path, line: nil, path: "", problem: "")
            let reason = (error as NSError).localizedDescription
            fault.problem =
                asker == nil
                ? "cannot be read: \(reason)"
                : "\(path) cannot be read: \(reason)"
            throw BoardError(faults: faults + [fault])
        }
    }

    private mutating func parentName(of file: BoardText) -> String? {
        guard case .table(let board)? = file.root["board"], let value = board["inherits"] else {
            return nil
        }
        guard case .text(let name) = value, !name.isEmpty,
            name.utf8.allSatisfy({ $0 != UInt8(ascii: "/") && $0 > 31 }), !name.hasPrefix(".")
        else {
            report(
                file, "board.inherits", value,
                "must be the name of a board in the same folder, without .toml")
            return nil
        }
        return name
    }

    private static func sibling(_ name: String, of path: String) -> String {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        return folder + name + ".toml"
    }

    // MARK: Keys

    /// Lays the keys of `file` over those already there.
    private mutating func merge(_ file: BoardText) {
        for (key, node) in file.root.sorted(by: { $0.key < $1.key }) {
            flatten(node, [key], file)
        }
    }

    private mutating func flatten(_ node: BoardText.Node, _ path: [String], _ file: BoardText) {
        let name = path.joined(separator: ".")
        let line = file.line(of: path)
        if Parameter.byPath[name] != nil {
            leaves[name] = Leaf(node: node, file: file.file, line: line)
        } else if Parameter.byPath[name + ".channel"] != nil, case .integer = node {
            leaves[name + ".channel"] = Leaf(node: node, file: file.file, line: line)
            leaves[name + ".skew"] = Leaf(node: .text("0 ps"), file: file.file, line: line)
        } else if case .table(let entries) = node, !entries.isEmpty, path.count < 8 {
            for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
                flatten(value, path + [key], file)
            }
        } else {
            refuseUnknown(name, node, file, line)
        }
    }

    private mutating func refuseUnknown(
        _ name: String, _ node: BoardText.Node, _ file: BoardText, _ line: Int?
    ) {
        let isSection = Parameter.all.contains { $0.path.hasPrefix(name + ".") }
        if isSection, case .table = node {
            if Parameter.optionalSections.contains(name) {
                leaves[name] = Leaf(node: node, file: file.file, line: line)
            }
            return
        }
        let known = Parameter.all.map(\.path)
        var problem = "unknown key" + Parameter.hint(name, among: known)
        if isSection {
            problem = "this is a section, not a key; give its keys, as in [\(name)]"
            if Parameter.byPath[name + ".channel"] != nil {
                problem = "must be a tagger input: \(node.isText ? "3" : "{ channel = 3 }")"
            }
        }
        faults.append(
            BoardFault(
                file: file.file, line: line, path: name, value: node.description, problem: problem))
    }

    // MARK: Values

    private mutating func build(_ path: String) throws(BoardError) -> Board {
        var board = Board()
        let given = Parameter.optionalSections.filter { section in
            leaves.keys.contains { $0 == section || $0.hasPrefix(section + ".") }
        }
        for parameter in Parameter.all
        where parameter.optionalSection.map(given.contains) ?? true {
            apply(parameter, to: &board, file: path)
        }
        // Sums over values that were refused would only repeat the fault.
        let isReadable = faults.isEmpty
        var checks = BoardChecks(board: board, file: path, leaves: leaves)
        if isReadable || !faults.contains(where: { $0.path.hasPrefix("channels") }) {
            checks.checkChannels()
        }
        checks.checkTogether(except: Set(faults.map(\.path)))
        faults += checks.faults
        guard faults.isEmpty else {
            throw BoardError(faults: faults.sorted(by: Self.isEarlier))
        }
        return board
    }

    private mutating func apply(_ parameter: Parameter, to board: inout Board, file: String) {
        if let leaf = leaves[parameter.path] {
            do throws(ValueProblem) {
                parameter.set(&board, try parameter.read(leaf.node))
            } catch {
                faults.append(
                    BoardFault(
                        file: leaf.file, line: leaf.line, path: parameter.path,
                        value: leaf.node.description, problem: error.problem,
                        allowed: parameter.allowed))
            }
            return
        }
        switch parameter.fallback {
        case .required:
            faults.append(
                BoardFault(
                    file: file, line: nil, path: parameter.path,
                    problem: "is missing: \(parameter.help)", allowed: parameter.allowed))
        case .absent: break
        case .text:
            if let value = Parameter.defaults[parameter.path] { parameter.set(&board, value) }
        }
    }

    private static func isEarlier(_ a: BoardFault, _ b: BoardFault) -> Bool {
        (a.file, a.line ?? Int.max, a.path) < (b.file, b.line ?? Int.max, b.path)
    }

    private func fault(
        _ file: BoardText, _ path: String, _ node: BoardText.Node, _ problem: String
    ) -> BoardFault {
        BoardFault(
            file: file.file, line: file.line(of: path.components(separatedBy: ".")),
            path: path, value: node.description, problem: problem)
    }

    private mutating func report(
        _ file: BoardText, _ path: String, _ node: BoardText.Node, _ problem: String
    ) {
        faults.append(fault(file, path, node, problem))
    }
}

extension BoardText.Node {
    fileprivate var isText: Bool { if case .text = self { true } else { false } }
}
