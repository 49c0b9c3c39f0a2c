/// What a key of a keyboard asks the editor to do.
enum EditorKey: Equatable, Sendable {
    case character(Unicode.Scalar)
    case enter, interrupt, complete, search, cancel, redraw
    case left, right, home, end, wordLeft, wordRight, older, newer
    case backspace, delete, deleteOrEnd, deleteToEnd, deleteToStart, deleteWord
}

/// Makes keys of bytes: UTF-8, control characters and the sequences of a VT100 or xterm.
///
/// Sequences that it does not know are passed over, 16 bytes at most each.
struct KeyDecoder: Sendable {
    /// What a byte completed.
    enum Step: Equatable {
        case key(EditorKey)
        case character(Unicode.Scalar)
        /// A byte, or a begun character, that no keyboard sends.
        case stray
    }

    private enum State {
        case plain
        case escape
        /// Behind `ESC [` or `ESC O`, with the parameters so far.
        case sequence([UInt8])
        /// In a character, with its bytes and how many follow.
        case character([UInt8], missing: Int)
    }

    private static let longestSequence = 16
    private var state = State.plain
    private var lastWasCR = false

    /// Takes the next byte; `nil` while it completes nothing.
    mutating func take(_ byte: UInt8) -> Step? {
        switch state {
        case .plain: return plain(byte)
        case .escape: return escape(byte)
        case .sequence(let parameters): return sequence(parameters, byte)
        case .character(let bytes, let missing):
            guard byte & 0xC0 == 0x80 else {
                state = .plain
                // The begun character is lost; a key that follows it is not.
                let step = plain(byte)
                if case .key(.interrupt)? = step { return step }
                if case .key(.enter)? = step { return step }
                return .stray
            }
            guard missing == 1 else {
                state = .character(bytes + [byte], missing: missing - 1)
                return nil
            }
            state = .plain
            guard let text = String(validating: bytes + [byte], as: UTF8.self),
                let scalar = text.unicodeScalars.first, scalar.value >= 0xA0
            else { return .stray }
            return .character(scalar)
        }
    }

    private mutating func plain(_ byte: UInt8) -> Step? {
        let isSecondHalf = lastWasCR && byte == 0x0A
        lastWasCR = byte == 0x0D
        if isSecondHalf { return nil }
        switch byte {
        case 0x20..<0x7F: return .character(Unicode.Scalar(byte))
        case 0xC2..<0xE0: state = .character([byte], missing: 1)
        case 0xE0..<0xF0: state = .character([byte], missing: 2)
        case 0xF0..<0xF5: state = .character([byte], missing: 3)
        case 0x1B: state = .escape
        default:
            guard let key = Self.control[byte] else { return .stray }
            return .key(key)
        }
        return nil
    }

    private static let control: [UInt8: EditorKey] = [
        0x01: .home, 0x02: .left, 0x03: .interrupt, 0x04: .deleteOrEnd, 0x05: .end, 0x06: .right,
        0x07: .cancel, 0x08: .backspace, 0x09: .complete, 0x0A: .enter, 0x0B: .deleteToEnd,
        0x0C: .redraw, 0x0D: .enter, 0x0E: .newer, 0x10: .older, 0x12: .search,
        0x15: .deleteToStart, 0x17: .deleteWord, 0x7F: .backspace,
    ]

    private mutating func escape(_ byte: UInt8) -> Step? {
        state = .plain
        switch byte {
        case UInt8(ascii: "["), UInt8(ascii: "O"):
            state = .sequence([])
            return nil
        case UInt8(ascii: "b"): return .key(.wordLeft)
        case UInt8(ascii: "f"): return .key(.wordRight)
        case 0x1B:
            state = .escape
            return .key(.cancel)
        case 0x03, 0x0A, 0x0D: return plain(byte)
        case 0x7F, 0x08: return .key(.deleteWord)
        default: return nil
        }
    }

    private mutating func sequence(_ parameters: [UInt8], _ byte: UInt8) -> Step? {
        // Parameters and intermediates of ECMA-48, 5.4; the final byte ends it.
        if (0x20..<0x40).contains(byte), parameters.count < Self.longestSequence {
            state = .sequence(parameters + [byte])
            return nil
        }
        state = .plain
        if byte < 0x20 || byte > 0x7E { return plain(byte) }
        let isWord = parameters.last == UInt8(ascii: "5") && parameters.count > 1
        switch byte {
        case UInt8(ascii: "A"): return .key(.older)
        case UInt8(ascii: "B"): return .key(.newer)
        case UInt8(ascii: "C"): return .key(isWord ? .wordRight : .right)
        case UInt8(ascii: "D"): return .key(isWord ? .wordLeft : .left)
        case UInt8(ascii: "H"): return .key(.home)
        case UInt8(ascii: "F"): return .key(.end)
        case UInt8(ascii: "~"):
            switch parameters {
            case [UInt8(ascii: "1")], [UInt8(ascii: "7")]: return .key(.home)
            case [UInt8(ascii: "4")], [UInt8(ascii: "8")]: return .key(.end)
            case [UInt8(ascii: "3")]: return .key(.delete)
            default: return nil
            }
        default: return nil
        }
    }
}
