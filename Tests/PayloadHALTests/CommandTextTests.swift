import Foundation
import PayloadDoubles
import PayloadHAL
import Quantities
import Testing

@Suite struct CommandTextTests {
    /// Against the C library's `printf`, but for numbers that round to 0 from below.
    @Test func numbersAreWrittenAsPrintfWritesThem() {
        var values = [0.0, 1, -1, 0.5, -0.25, 999_999_999_999.4, 1e-9, 123.456789, -359.9999995]
        for _ in 0..<2_000 { values.append(.random(in: -1_000...1_000)) }
        for value in values {
            for decimals in 0...6 {
                var text = CommandText()
                text.append(value, decimals: decimals)
                let theirs = String(format: "%.\(decimals)f", value)
                let difference = abs((Double(text.text) ?? .nan) - (Double(theirs) ?? 0))
                // Halves go away from zero here and to even there, after a rounding of its own.
                let step = pow(10, -Double(decimals))
                #expect(text.text == theirs || difference <= step * 1.001, "\(value)")
                #expect(text.text.contains(".") == (decimals > 0))
            }
        }
        var text = CommandText()
        text.append(-0.0001, decimals: 2)
        #expect(text.text == "0.00")
    }
}

@Suite struct LineLinkTests {
    private func link(_ steps: [TranscriptStep], _ delivery: Delivery = .whole) -> LineLink<
        ScriptedConnection
    > {
        LineLink(ScriptedConnection(Transcript(steps), delivery: delivery))
    }

    @Test(arguments: Delivery.allCases)
    func linesComeOneByOneHoweverTheyAreCut(delivery: Delivery) throws {
        var link = link(
            [.answers("one\ntw"), .answers("o\n\n"), .answers("three\nfou")], delivery)
        var lines: [String] = []
        while let line = try link.nextLine(by: .milliseconds(10)) { lines.append(link.text(line)) }
        #expect(lines == ["one", "two", "", "three"])
        do throws(LineError<ScriptedConnection.Failure>) {
            _ = try link.line(by: .milliseconds(20))
            Issue.record("took half a line")
        } catch {
            #expect(error.fault == .timedOut)
            if case .silent(let held) = error { #expect(held == 3) }
        }
    }

    @Test func aLineAsLongAsTheMemoryIsTakenAndALongerOneRefused() throws {
        let longest = String(repeating: "x", count: 1_023)
        var link = link([.answers(longest + "\n"), .answers(longest + "xx"), .answers("\nend\n")])
        #expect(try link.line(by: .seconds(1)).count == 1_023)
        #expect(throws: LineError<ScriptedConnection.Failure>.self) {
            try link.line(by: .seconds(1))
        }
    }

    @Test func reopeningForgetsWhatHadCome() throws {
        var link = link([.answers("old"), .reopens, .answers("new\n")])
        #expect(try link.nextLine(by: .milliseconds(1)) == nil)
        try link.reopen(by: .seconds(1))
        let line = try link.line(by: .seconds(1))
        #expect(link.text(line) == "new")
    }
}
