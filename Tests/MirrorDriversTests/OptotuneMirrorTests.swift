import MirrorDrivers
import PayloadDoubles
import PayloadHAL
import Quantities
import Testing

private let opening: [TranscriptStep] = [
    .sends("status\r\n"), .answers("OK\r\n"), .sends("xy=0.00000;0.00000\r\n"),
]
private typealias Failure = OptotuneError<ScriptedConnection.Failure>

@Suite struct OptotuneMirrorTests {
    @Test(arguments: Delivery.allCases, [true, false])
    func theLoopSendsCoordinatesWhetherTheyAreAnsweredOrNot(
        delivery: Delivery, isAnswered: Bool
    ) throws {
        let answer: [TranscriptStep] = isAnswered ? [.answers("OK\r\n")] : []
        let transcript = Transcript(
            opening + answer
                // tan(10 deg) / tan(25 deg) = 0.37813
                + [.sends("xy=0.37813;-1.00000\r\n")] + answer
                + [.sends("xy=0.00000;0.00000\r\nstatus\r\n")] + answer
                + [.answers("OK\r\n"), .sends("xy=0.00000;0.00000\r\n")])
        var mirror = try OptotuneMirror(ScriptedConnection(transcript, delivery: delivery))
        try mirror.steer(to: MirrorTilt(a: 10 * .pi / 180, b: -mirror.stroke.second))
        transcript.pass(.milliseconds(100))
        try mirror.steer(to: .centre)
        try mirror.steer(to: .centre)
        #expect(transcript.isFinished, "\(transcript.remaining) \(transcript.faults)")
    }

    @Test func whatIsNotOKIsAnError() throws {
        for (answer, fault) in [
            ("NO\r\n", InstrumentFault.refused), ("OKAY\r\n", .refused), ("\n", .refused),
            (String(repeating: "O", count: 2_000), .garbled), ("", .timedOut),
        ] {
            let transcript = Transcript([.sends("status\r\n"), .answers(answer), .staysSilent])
            do throws(Failure) {
                _ = try OptotuneMirror(ScriptedConnection(transcript))
                Issue.record("believed \(answer)")
            } catch {
                #expect(error.fault == fault, "\(answer.prefix(9))")
            }
        }
    }

    @Test func halfASecondOfSilenceIsAnErrorUntilRecovered() throws {
        let transcript = Transcript(
            opening + [
                .sends("xy=0.00000;0.00000\r\nstatus\r\n"), .sends("xy=0.00000;0.00000\r\n"),
                .reopens,
            ] + opening)
        var mirror = try OptotuneMirror(ScriptedConnection(transcript))
        transcript.pass(.milliseconds(100))
        try mirror.steer(to: .centre)
        transcript.pass(.milliseconds(499))
        try mirror.steer(to: .centre)
        for _ in 0..<2 {
            transcript.pass(.milliseconds(1))
            do throws(Failure) {
                try mirror.steer(to: .centre)
                Issue.record("a silent controller was believed")
            } catch {
                #expect(error.fault == .timedOut)
            }
        }
        try mirror.recover()
        #expect(transcript.isFinished, "\(transcript.remaining) \(transcript.faults)")
    }

    @Test func itPassesTheChecksOfEveryMirror() throws {
        let moves = ["0.09363;-0.09363", "-0.09363;0.09363", "0.00000;0.00000"]
        let transcript = Transcript(
            opening + moves.map { .sends("xy=\($0)\r\n") }
                + Array(repeating: .sends("xy=0.00000;0.00000\r\n"), count: 2))
        var mirror = try OptotuneMirror(ScriptedConnection(transcript))
        #expect(mirrorFaults(of: &mirror, tolerance: 0) {} == [])
        #expect(transcript.isFinished, "\(transcript.remaining) \(transcript.faults)")
    }
}
