import Control
import Testing

@Suite struct CommandTableTests {
    let table = CommandTable([
        ControlCommand("status", arguments: "[json]", help: "what goes on") { words in
            words == ["json"] ? .done("{}") : .done("ready")
        },
        ControlCommand("pass start", arguments: "[now|next]", help: "begins a pass") {
            .done("started \($0.first ?? "now")")
        },
        ControlCommand("pass stop", help: "ends it") { _ in .refused("no pass runs") },
    ])

    @Test func ordersAreFoundByTheirWordsHoweverSpaced() {
        #expect(table.answer("status").line == "ok ready")
        #expect(table.answer("  pass \t start   next ").line == "ok started next")
        #expect(table.answer("pass stop").line == "error no pass runs")
    }

    @Test func anUnknownOrderSaysWhatIsAllowed() {
        #expect(
            table.answer("pass begin").line
                == "error no order is called \"pass begin\" (allowed: help; pass start [now|next]; "
                + "pass stop)")
        #expect(table.answer("sttus").line.contains("status [json]"))
        #expect(table.answer(" ").line.hasPrefix("error "))
    }

    @Test func helpIsOneLine() {
        #expect(
            table.answer("help").line
                == "ok help [ORDER]; status [json]; pass start [now|next]; pass stop")
        #expect(
            table.answer("help pass").line
                == "ok pass start [now|next]: begins a pass; pass stop: ends it")
        #expect(table.answer("help nothing").line.hasPrefix("error "))
    }

    @Test func anAnswerOfSeveralLinesIsSentAsOne() {
        #expect(ControlAnswer.done("a\nb\r\nc").line == "ok a;b;c")
    }
}

@Suite struct LineAssemblerTests {
    func lines(_ pieces: [[UInt8]], limit: Int = 8) -> [LineAssembler.Line] {
        var assembler = LineAssembler(limit: limit)
        var lines: [LineAssembler.Line] = []
        for piece in pieces { piece.withUnsafeBytes { assembler.take($0) { lines.append($0) } } }
        return lines
    }

    @Test func linesAreTheSameWholeJoinedAndByteByByte() {
        let bytes = Array("help\nstatus\r\n\nab".utf8) + Array("cdefgh\r123456789\nend\n".utf8)
        let wanted: [LineAssembler.Line] = [
            .text("help"), .text("status"), .text("abcdefgh"), .tooLong, .text("end"),
        ]
        #expect(lines([bytes]) == wanted)
        #expect(lines(bytes.map { [$0] }) == wanted)
    }

    @Test func aMegabyteWithoutAnEndIsOneComplaint() {
        let flood = [UInt8](repeating: 0x61, count: 1 << 20)
        #expect(lines([flood, Array("\nok\n".utf8)]) == [.tooLong, .text("ok")])
    }

    @Test func whatIsNoTextIsSaidToBeNone() {
        #expect(
            lines([[0xFF, 0xFE, 0x0A], [0x00, 0x0A], [0x1B, 0x5B, 0x0A]])
                == [.garbage, .garbage, .garbage])
    }
}
