/// Edits one line after another, at whatever terminal: bytes in, bytes out.
///
/// It asks nothing of the terminal and sends printable characters, CR, LF, BS and BEL alone, so a
/// dumb one shows the same as a VT100. Arrows, Home, End, Delete and the control keys of Emacs move
/// and edit; up and down, or Ctrl-P and Ctrl-N, walk through history, Ctrl-R searches it; TAB
/// completes. Lines end with CR, LF or CR LF. A line that is too long, or with bytes in it that no
/// keyboard sends, is not carried out: one complaint says so, and no further one until a line was
/// well.
public struct LineEditor: Sendable {
    /// What a byte came to.
    public enum Event: Equatable, Sendable {
        /// A line was typed; it is in the history, unless it was hidden.
        case line(String)
        /// Ctrl-C: the line was given up.
        case interrupt
        /// Ctrl-D at an empty line.
        case end
        /// TAB: ``offer(_:into:)`` what may follow these words, of which the last is begun.
        case complete(String)
        /// The line was dropped; why.
        case complaint(String)
    }

    /// Characters of a line: more than any order needs.
    public static let longest = 1_000

    /// What stands before the line.
    public var prompt = "> "
    /// Characters that the terminal shows in a line; at least 20.
    public var columns: Int { didSet { columns = max(columns, 20) } }
    /// Whether what is typed is not shown and not kept: for passwords.
    public var isHidden = false
    /// Whether nothing is shown at all: for programs.
    public var isSilent = false
    /// What was typed before.
    public private(set) var history = History()

    var text: [Unicode.Scalar] = []
    var cursor = 0
    /// The place in the history that is shown; the count of its lines for the line being typed.
    private var place = 0
    /// The line being typed, while an older one is shown.
    private var kept: [Unicode.Scalar] = []
    var search: SearchState?
    private var decoder = KeyDecoder()
    private var isTooLong = false
    private var strayBytes = 0
    private var hasComplained = false
    /// Characters from the line's start that are on the screen, the prompt among them.
    var drawn = 0
    /// First character of the line that is shown.
    var scroll = 0

    /// A search in the history that runs.
    struct SearchState: Equatable, Sendable {
        var wanted = ""
        var place: Int
        var original: [Unicode.Scalar]
        var hasFailed = false
    }

    /// An editor with an empty line, not yet drawn.
    public init(columns: Int = 80) { self.columns = max(columns, 20) }

    // MARK: Bytes in

    /// Takes the next byte.
    ///
    /// - Parameter output: What is to be sent to the terminal is added to it.
    public mutating func take(_ byte: UInt8, into output: inout [UInt8]) -> Event? {
        switch decoder.take(byte) {
        case nil: return nil
        case .stray:
            strayBytes += 1
            return nil
        case .key(let key):
            return press(key, &output)
        case .character(let scalar):
            return press(.character(scalar), &output)
        }
    }

    private mutating func press(_ key: EditorKey, _ output: inout [UInt8]) -> Event? {
        switch key {
        case .enter: return enter(&output)
        case .interrupt:
            reset()
            write("^C\r\n", &output)
            return .interrupt
        default: break
        }
        guard !isTooLong else {
            if key == .deleteToStart { reset() }
            return nil
        }
        if search != nil { return pressInSearch(key, &output) }
        return edit(key, &output)
    }

    mutating func edit(_ key: EditorKey, _ output: inout [UInt8]) -> Event? {
        switch key {
        case .character(let scalar): insert(scalar, &output)
        case .left: move(to: cursor - 1, &output)
        case .right: move(to: cursor + 1, &output)
        case .home: move(to: 0, &output)
        case .end: move(to: text.count, &output)
        case .wordLeft: move(to: wordStart(before: cursor), &output)
        case .wordRight: move(to: wordEnd(after: cursor), &output)
        case .backspace: delete(from: cursor - 1, to: cursor, &output)
        case .delete: delete(from: cursor, to: cursor + 1, &output)
        case .deleteOrEnd:
            guard text.isEmpty else { return edit(.delete, &output) }
            return .end
        case .deleteToEnd: delete(from: cursor, to: text.count, &output)
        case .deleteToStart: delete(from: 0, to: cursor, &output)
        case .deleteWord: delete(from: wordStart(before: cursor), to: cursor, &output)
        case .older: showHistory(place - 1, &output)
        case .newer: showHistory(place + 1, &output)
        case .redraw:
            write("\r\n", &output)
            drawn = 0
            draw(into: &output)
        case .search: beginSearch(&output)
        case .complete:
            guard !isHidden else { return nil }
            return .complete(Self.string(text[..<cursor]))
        case .cancel, .enter, .interrupt: break
        }
        return nil
    }

    private mutating func enter(_ output: inout [UInt8]) -> Event? {
        let line = Self.string(text[...])
        let (tooLong, stray) = (isTooLong, strayBytes)
        if search != nil { finishSearch(&output) }
        move(to: text.count, &output)
        reset()
        guard !tooLong, stray == 0 else {
            guard !hasComplained else { return nil }
            hasComplained = true
            write("\r\n", &output)
            return .complaint(
                tooLong
                    ? "a line has \(Self.longest) characters at most; this one was dropped"
                    : "\(stray) bytes of no keyboard came with this line, so it was dropped; type it again"
            )
        }
        hasComplained = false
        write("\r\n", &output)
        if !isHidden { history.add(line) }
        place = history.lines.count
        return .line(line)
    }

    private mutating func reset() {
        text = []
        cursor = 0
        kept = []
        search = nil
        isTooLong = false
        strayBytes = 0
        drawn = 0
        scroll = 0
        place = history.lines.count
    }

    // MARK: Editing

    private mutating func insert(_ scalar: Unicode.Scalar, _ output: inout [UInt8]) {
        guard text.count < Self.longest else {
            isTooLong = true
            ring(&output)
            return
        }
        text.insert(scalar, at: cursor)
        cursor += 1
        let isAtEnd = cursor == text.count && prompt.count + cursor - scroll < columns
        guard isAtEnd, drawn == prompt.count + cursor - 1 - scroll else {
            draw(into: &output)
            return
        }
        guard !isHidden else { return }
        write(String(Character(scalar)), &output)
        drawn += 1
    }

    private mutating func delete(from start: Int, to end: Int, _ output: inout [UInt8]) {
        guard start >= 0, end <= text.count, start < end else {
            if start != end { ring(&output) }
            return
        }
        text.removeSubrange(start..<end)
        cursor = start
        draw(into: &output)
    }

    private mutating func move(to wanted: Int, _ output: inout [UInt8]) {
        guard (0...text.count).contains(wanted) else { return ring(&output) }
        guard wanted != cursor else { return }
        cursor = wanted
        draw(into: &output)
    }

    private func wordStart(before index: Int) -> Int {
        var index = index
        while index > 0, text[index - 1] == " " { index -= 1 }
        while index > 0, text[index - 1] != " " { index -= 1 }
        return index
    }

    private func wordEnd(after index: Int) -> Int {
        var index = index
        while index < text.count, text[index] == " " { index += 1 }
        while index < text.count, text[index] != " " { index += 1 }
        return index
    }

    private mutating func showHistory(_ wanted: Int, _ output: inout [UInt8]) {
        guard !isHidden, (0...history.lines.count).contains(wanted) else { return ring(&output) }
        if place == history.lines.count { kept = text }
        place = wanted
        replace(
            wanted == history.lines.count ? kept : Array(history.lines[wanted].unicodeScalars),
            &output)
    }

    /// Shows `line` in place of what was there, the cursor behind it.
    mutating func replace(_ line: [Unicode.Scalar], _ output: inout [UInt8]) {
        text = line
        cursor = line.count
        draw(into: &output)
    }

    static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}

extension String {
    /// The characters that both begin with.
    func commonPrefix(with other: String) -> String {
        String(zip(self, other).prefix { $0 == $1 }.map(\.0))
    }
}
