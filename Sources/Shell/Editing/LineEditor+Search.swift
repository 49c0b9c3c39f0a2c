// Ctrl-R: the newest older line that contains what is typed.
extension LineEditor {
    mutating func beginSearch(_ output: inout [UInt8]) {
        guard !isHidden else { return ring(&output) }
        search = SearchState(place: history.lines.count, original: text)
        draw(into: &output)
    }

    mutating func pressInSearch(_ key: EditorKey, _ output: inout [UInt8]) -> Event? {
        guard var state = search else { return nil }
        switch key {
        case .character(let scalar):
            guard state.wanted.unicodeScalars.count < 64 else {
                ring(&output)
                return nil
            }
            state.wanted.unicodeScalars.append(scalar)
            find(&state, before: min(state.place + 1, history.lines.count), &output)
        case .backspace:
            if !state.wanted.isEmpty { state.wanted.unicodeScalars.removeLast() }
            find(&state, before: history.lines.count, &output)
        case .search: find(&state, before: state.place, &output)
        case .cancel:
            search = nil
            replace(state.original, &output)
        default:
            finishSearch(&output)
            return edit(key, &output)
        }
        return nil
    }

    private mutating func find(
        _ state: inout SearchState, before place: Int, _ output: inout [UInt8]
    ) {
        if let found = history.newest(before: place, containing: state.wanted) {
            state.place = found.index
            state.hasFailed = false
            text = Array(found.line.unicodeScalars)
            cursor = text.count
        } else {
            state.hasFailed = true
            ring(&output)
        }
        search = state
        draw(into: &output)
    }

    /// Goes on editing the line that was found.
    mutating func finishSearch(_ output: inout [UInt8]) {
        search = nil
        draw(into: &output)
    }

    mutating func draw(_ state: SearchState, _ output: inout [UInt8]) {
        let word = state.hasFailed ? "not found" : "search"
        let head = "(\(word)) \(state.wanted): "
        let room = max(columns - 1 - head.unicodeScalars.count, 8)
        let line = head + Self.string(text.prefix(room))
        draw(line, cursor: line.unicodeScalars.count, &output)
    }
}
