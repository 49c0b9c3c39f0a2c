import Shell
import Testing

@Suite struct LineEditorTests {
    /// What a terminal shows in the line of the cursor after `bytes`, and what the editor said.
    func typed(
        _ text: String, columns: Int = 80, editor: inout LineEditor
    ) -> (events: [LineEditor.Event], screen: String) {
        editor.columns = columns
        var output: [UInt8] = []
        var events: [LineEditor.Event] = []
        for byte in text.utf8 {
            if let event = editor.take(byte, into: &output) { events.append(event) }
        }
        return (events, DumbTerminal(output).line)
    }

    func events(_ text: String) -> [LineEditor.Event] {
        var editor = LineEditor()
        return typed(text, editor: &editor).events
    }

    @Test func aLineEndsWithAnyOfTheThreeEnds() {
        #expect(events("a\rb\nc\r\nd\r") == [.line("a"), .line("b"), .line("c"), .line("d")])
    }

    @Test func keysOfAVT100MoveAndEdit() {
        #expect(events("ac\u{1B}[Db\r") == [.line("abc")])
        #expect(events("bc\u{1B}[Ha\u{1B}[Fd\r") == [.line("abcd")])
        #expect(events("abx\u{1B}[D\u{1B}[3~c\r") == [.line("abc")])
        #expect(events("one two\u{17}three\r") == [.line("one three")])
        #expect(events("one two\u{15}three\r") == [.line("three")])
        #expect(events("one\u{1}\u{B}two\r") == [.line("two")])
        #expect(events("ab\u{7F}\u{8}c\r") == [.line("c")])
        #expect(events("b two\u{1B}[1;5D\u{1B}[1;5Da\r") == [.line("ab two")])
    }

    @Test func charactersBeyondASCIIAreOneKeyEach() {
        #expect(events("5 µs\u{7F}m\r") == [.line("5 µm")])
    }

    @Test func theScreenShowsTheLineAfterEachKey() {
        var editor = LineEditor()
        #expect(typed("gate", editor: &editor).screen == "gate")
        #expect(typed("\u{1B}[D\u{1B}[DXY", editor: &editor).screen == "gaXYte")
        #expect(typed("\u{15}", editor: &editor).screen == "te")
    }

    @Test func aLongLineScrollsWithinTheTerminal() {
        var editor = LineEditor()
        let long = String(repeating: "0123456789", count: 6)
        let screen = typed(long, columns: 40, editor: &editor).screen
        #expect(screen.count <= 40)
        #expect(screen.hasSuffix("56789"))
        #expect(typed("\r", columns: 40, editor: &editor).events == [.line(long)])
    }

    @Test func historyIsWalkedAndSearched() {
        var editor = LineEditor()
        _ = typed("first\rsecond\r", editor: &editor)
        #expect(typed("\u{1B}[A\u{1B}[A\r", editor: &editor).events == [.line("first")])
        #expect(typed("new\u{10}\u{E}\r", editor: &editor).events == [.line("new")])
        #expect(typed("\u{12}sec\r", editor: &editor).events == [.line("second")])
        #expect(typed("kept\u{12}sec\u{7}\r", editor: &editor).events == [.line("kept")])
    }

    @Test func aMegabyteWithoutAnEndIsOneComplaint() {
        let said = events(String(repeating: "x", count: 1 << 20) + "\rstatus\r")
        #expect(
            said == [
                .complaint("a line has 1000 characters at most; this one was dropped"),
                .line("status"),
            ])
    }

    @Test func lineNoiseIsOneComplaintHoweverMuch() {
        var editor = LineEditor()
        var output: [UInt8] = []
        var events: [LineEditor.Event] = []
        for _ in 0..<1_000 {
            for byte: UInt8 in [0xFF, 0x00, 0x61, 0x9C, 0x0D] {
                if let event = editor.take(byte, into: &output) { events.append(event) }
            }
        }
        #expect(events.count == 1)
        #expect(output.count < 5_000)
        for byte in "ok\r".utf8 {
            if let event = editor.take(byte, into: &output) { events.append(event) }
        }
        #expect(events.last == .line("ok"))
    }

    @Test func ctrlCAndCtrlDAreHeard() {
        #expect(events("half\u{3}") == [.interrupt])
        #expect(events("\u{4}") == [.end])
        #expect(events("ab\u{1}\u{4}\r") == [.line("b")])
    }

    @Test func aPasswordIsNeitherShownNorKept() {
        var editor = LineEditor()
        editor.isHidden = true
        let (events, screen) = typed("secret\r", editor: &editor)
        #expect(events == [.line("secret")])
        #expect(screen == "")
        #expect(editor.history.lines.isEmpty)
    }

    @Test func completionInsertsWhatAllHaveInCommonAndListsTheRest() {
        var editor = LineEditor()
        var output: [UInt8] = []
        #expect(typed("get ga\t", editor: &editor).events == [.complete("get ga")])
        editor.offer(["gate.width", "gate.dead_time"], into: &output)
        #expect(typed("\t", editor: &editor).events == [.complete("get gate.")])
        editor.offer(["gate.width"], into: &output)
        #expect(typed("\r", editor: &editor).events == [.line("get gate.width ")])
    }

    @Test func nothingButPlainCharactersIsSent() {
        var editor = LineEditor()
        var output: [UInt8] = []
        for byte in "set \u{1B}[D\u{1B}[A\u{12}x\u{7}abc\u{1B}[H\u{B}\rz".utf8 {
            _ = editor.take(byte, into: &output)
        }
        let allowed = output.allSatisfy { $0 >= 0x20 && $0 < 0x7F || [7, 8, 10, 13].contains($0) }
        #expect(allowed)
    }
}

/// A terminal that knows CR, LF and BS alone.
struct DumbTerminal {
    private(set) var lines: [String]

    init(_ bytes: [UInt8]) {
        var done: [String] = []
        var line: [Character] = []
        var column = 0
        for character in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch character {
            case "\r": column = 0
            case "\n":
                done.append(String(line))
                line = []
            case "\u{8}": column = max(0, column - 1)
            case "\u{7}": break
            default:
                while line.count <= column { line.append(" ") }
                line[column] = Character(character)
                column += 1
            }
        }
        lines = done + [String(line)]
    }

    /// The line of the cursor, without blanks at its end.
    var line: String {
        var text = lines[lines.count - 1]
        while text.last == " " { text.removeLast() }
        return text.hasPrefix("> ") ? String(text.dropFirst(2)) : text
    }
}
