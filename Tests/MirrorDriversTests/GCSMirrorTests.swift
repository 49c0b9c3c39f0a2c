import MirrorDrivers
import PayloadDoubles
import PayloadHAL
import Quantities
import Testing

/// A mirror with 0 to 2000 microradians of travel answers as an E-727 was seen to.
private let opening: [TranscriptStep] = [
    .sends("ERR?\n"), .answers("0\n"),
    .sends("*IDN?\n"),
    .answers("(c)2015 Physik Instrumente (PI) GmbH & Co. KG, E-727, 1, 2\n"),
    .sends("TMN? 1 2\n"), .answers("1=0.000000e+00 \n2=0.000000e+00\n"),
    .sends("TMX? 1 2\n"), .answers("1=2.000000e+03 \n2=2.000000e+03\n"),
    .sends("SVO 1 1 2 1\n"), .sends("ERR?\n"), .answers("0\n"),
    .sends("MOV 1 1000.0000 2 1000.0000\n"), .sends("ERR?\n"), .answers("0\n"),
]

private typealias Failure = GCSError<ScriptedConnection.Failure>

private func mirror(
    _ transcript: Transcript, _ delivery: Delivery = .whole
) throws(Failure) -> GCSMirror<ScriptedConnection> {
    try GCSMirror(ScriptedConnection(transcript, delivery: delivery))
}

@Suite struct GCSMirrorTests {
    @Test(arguments: Delivery.allCases)
    func theLoopSendsMovesAloneAndAsksForErrorsTenTimesASecond(delivery: Delivery) throws {
        let transcript = Transcript(
            opening + [
                .sends("MOV 1 1100.5000 2 979.7500\n"),
                .sends("MOV 1 1000.0000 2 1000.0000\nERR?\n"),
                .answers("0\n"),
                .sends("MOV 1 1000.0000 2 1000.0000\n"),
                .sends("MOV 1 1000.0000 2 1000.0000\nERR?\n"),
            ])
        var device = try mirror(transcript, delivery)
        #expect(device.identity.contains("E-727"))
        #expect(device.stroke == MirrorStroke(first: 1e-3, second: 1e-3))
        transcript.pass(.milliseconds(1))
        try device.steer(to: MirrorTilt(a: 100.5e-6, b: -20.25e-6))
        transcript.pass(.milliseconds(100))
        try device.steer(to: .centre)
        transcript.pass(.milliseconds(1))
        try device.steer(to: .centre)
        transcript.pass(.milliseconds(100))
        try device.steer(to: .centre)
        #expect(transcript.isFinished, "\(transcript.remaining) \(transcript.faults)")
    }

    @Test func anErrorOfTheControllerIsThrownByTheNextOrderAfterItsAnswer() throws {
        let transcript = Transcript(
            opening + [
                .sends("MOV 1 1000.0000 2 1000.0000\nERR?\n"), .answers("7\n"),
                .sends("MOV 1 1000.0000 2 1000.0000\n"),
            ])
        var device = try mirror(transcript)
        transcript.pass(.milliseconds(100))
        try device.steer(to: .centre)
        transcript.pass(.milliseconds(1))
        do throws(Failure) {
            try device.steer(to: .centre)
            Issue.record("an error was overlooked")
        } catch {
            #expect(error.fault == .refused)
        }
        try device.steer(to: .centre)
    }

    @Test func halfASecondOfSilenceIsAnErrorAndStopsOrdersUntilRecovered() throws {
        let transcript = Transcript(
            opening + [.sends("MOV 1 1000.0000 2 1000.0000\nERR?\n")]
                + Array(repeating: .sends("MOV 1 1000.0000 2 1000.0000\n"), count: 4)
                + [.reopens] + opening)
        var device = try mirror(transcript)
        transcript.pass(.milliseconds(100))
        try device.steer(to: .centre)
        for _ in 0..<4 {
            transcript.pass(.milliseconds(100))
            try device.steer(to: .centre)
        }
        for _ in 0..<2 {
            transcript.pass(.milliseconds(100))
            do throws(Failure) {
                try device.steer(to: .centre)
                Issue.record("a silent controller was believed")
            } catch {
                #expect(error.fault == .timedOut)
            }
        }
        try device.recover()
        #expect(transcript.isFinished, "\(transcript.remaining) \(transcript.faults)")
    }

    @Test func wrongAnswersAreSortedIntoTheirFaults() throws {
        let cases: [(String, InstrumentFault)] = [
            ("1=12.5 \nfive\n", .garbled), ("2=1\n", .garbled), ("1=nan \n2=0\n", .garbled),
            (String(repeating: "x", count: 1024), .garbled), ("1=0 \n2=", .timedOut),
            ("", .timedOut), ("\u{1}\u{2}\n", .garbled),
        ]
        for (answer, wanted) in cases {
            let transcript = Transcript(
                opening + [
                    .sends("POS? 1 2\n"), .answers(answer), .staysSilent,
                ])
            var device = try mirror(transcript)
            do throws(Failure) {
                _ = try device.position()
                Issue.record("believed \(answer)")
            } catch {
                #expect(error.fault == wanted, "\(answer)")
            }
        }
    }

    @Test func limitsThatMakeNoStrokeAreRefused() {
        for (low, high) in [("5", "5"), ("6", "5"), ("inf", "5"), ("0", "1e30")] {
            var steps = opening
            steps[5] = .answers("1=\(low) \n2=0\n")
            steps[7] = .answers("1=\(high) \n2=1\n")
            do throws(Failure) {
                _ = try GCSMirror(ScriptedConnection(Transcript(steps)))
                Issue.record("took limits \(low) to \(high)")
            } catch {
                #expect(error.fault == .garbled)
            }
        }
    }

    @Test func theMirrorIsSentToItsCentreWhenTheValueGoesAway() throws {
        let transcript = Transcript(opening)
        do {
            let device = try mirror(transcript)
            _ = device.stroke
        }
        #expect(transcript.afterwards == "MOV 1 1000.0000 2 1000.0000\n")
    }
}
