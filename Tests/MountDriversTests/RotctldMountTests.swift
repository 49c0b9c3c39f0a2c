import MountDrivers
import PayloadDoubles
import PayloadHAL
import Quantities
import Testing

/// What `rotctld -m 1` of Hamlib 4.5.4 answers to `+\dump_state`.
private let state = """
    dump_state:
    rotctld Protocol Ver: 1
    Rotor Model: 1
    Minimum Azimuth: -180.000000
    Maximum Azimuth: 450.000000
    Minimum Elevation: 0.000000
    Maximum Elevation: 90.000000
    South Zero: 0
    rot_type=AzEl
    done
    RPRT 0

    """
private let opening: [TranscriptStep] = [.sends("+\\dump_state\n"), .answers(state)]
private let degree = Double.pi / 180

private typealias Failure = RotctldError<ScriptedConnection.Failure>

/// A mount on a script.
private func mount(
    _ transcript: Transcript, _ delivery: Delivery = .whole
) throws(Failure) -> RotctldMount<ScriptedConnection> {
    try RotctldMount(ScriptedConnection(transcript, delivery: delivery))
}

/// Plays `steps` and gives the fault that `body` ends with.
private func fault(
    _ steps: [TranscriptStep],
    _ body: (inout RotctldMount<ScriptedConnection>) throws(Failure) -> Void
) throws -> InstrumentFault? {
    let transcript = Transcript(opening + steps)
    var device = try mount(transcript)
    do throws(Failure) {
        try body(&device)
        return nil
    } catch {
        #expect(transcript.isFinished, "\(transcript.remaining) \(transcript.faults)")
        return error.fault
    }
}

@Suite struct RotctldMountTests {
    @Test(arguments: Delivery.allCases)
    func aPassIsReadAndSteeredHoweverTheAnswersAreCut(delivery: Delivery) throws {
        let transcript = Transcript(
            opening + [
                .sends("+p\n"),
                .answers("get_pos:\nAzimuth: 123.45\nElevation: 67.89\nRPRT 0\n"),
                .sends("+P 11.000 21.500\n"), .answers("set_pos: 11.000 21.500\nRPRT 0\n"),
                .sends("+P 359.900 89.000\n"), .answers("set_pos: 359.900 89.000\nRPRT 0\n"),
                .sends("+S\n"), .answers("stop:\nRPRT 0\n"),
                .sends("+K\n"), .answers("park:\nRPRT 0\n"),
            ])
        var device = try mount(transcript, delivery)
        #expect(abs(device.limits.azimuth.lowerBound + .pi) < 1e-12)
        #expect(abs(device.limits.azimuth.upperBound - 2.5 * .pi) < 1e-12)
        let direction = try device.direction()
        #expect(abs(direction.azimuth - 123.45 * degree) < 1e-12)
        #expect(abs(direction.elevation - 67.89 * degree) < 1e-12)
        try device.slew(to: SkyDirection(azimuth: 11 * degree, elevation: 21.5 * degree))
        // 0.1 s ahead of 359.4 and 88.5 degrees at 5 degrees a second.
        try device.follow(
            SkyDirection(azimuth: 359.4 * degree, elevation: 88.5 * degree),
            azimuthRate: 5 * degree, elevationRate: 5 * degree)
        try device.halt()
        try device.park()
        #expect(transcript.isFinished, "\(transcript.remaining) \(transcript.faults)")
    }

    @Test func itStopsTheMountWhenItGoesAway() throws {
        let transcript = Transcript(opening)
        do {
            let device = try mount(transcript)
            _ = device.limits
        }
        #expect(transcript.afterwards == "+S\n")
    }

    @Test func itNeverAimsBeyondTheLimits() throws {
        let transcript = Transcript(
            opening + [
                .sends("+P 450.000 90.000\n"), .answers("set_pos: 450.000 90.000\nRPRT 0\n"),
            ])
        var device = try mount(transcript)
        try device.follow(
            SkyDirection(azimuth: 449.9 * degree, elevation: 89.9 * degree),
            azimuthRate: 1, elevationRate: 1)
        #expect(transcript.isFinished)
    }

    @Test func anUnansweredOrderTimesOutAndTheNextOneBeginsAfresh() throws {
        let transcript = Transcript(
            opening + [
                .sends("+S\n"), .staysSilent, .reopens, .sends("+S\n"), .answers("stop:\nRPRT 0\n"),
            ])
        var device = try mount(transcript)
        do throws(Failure) {
            try device.halt()
            Issue.record("a silent mount was stopped")
        } catch {
            #expect(error.fault == .timedOut)
        }
        #expect(transcript.now == .milliseconds(1_000))
        try device.halt()
        #expect(transcript.isFinished)
    }

    @Test func everyWrongAnswerIsSortedIntoItsFault() throws {
        let cases: [([TranscriptStep], InstrumentFault)] = [
            ([.sends("+S\n"), .answers("stop:\nRPRT -1\n")], .refused),
            ([.sends("+S\n"), .answers("stop:\nRPRT -5\n")], .timedOut),
            ([.sends("+S\n"), .answers("stop:\nRPRT -6\n")], .unreachable),
            ([.sends("+S\n"), .answers("stop:\nRPRT x\n")], .garbled),
            ([.sends("+S\n"), .answers("park:\n")], .garbled),
            ([.sends("+S\n"), .answersBytes([0xFF, 0x00, 0x0A])], .garbled),
            ([.sends("+S\n"), .answers("stop:\nRPRT"), .staysSilent], .timedOut),
            ([.sends("+S\n"), .breaks], .unreachable),
            (
                [.sends("+S\n"), .answersBytes([UInt8](repeating: 0x41, count: 1024))], .garbled
            ),
            (
                [
                    .sends("+S\n"),
                    .answers("stop:\n" + String(repeating: "more\n", count: 19)),
                ], .garbled
            ),
        ]
        for (steps, wanted) in cases {
            #expect(
                try fault(steps) { (device) throws(Failure) in try device.halt() } == wanted,
                "\(steps)")
        }
        for answer in ["Azimuth: nan", "Azimuth: 1e9", "Azimuth: east", "Elevation: 3", ""] {
            let steps: [TranscriptStep] = [
                .sends("+p\n"), .answers("get_pos:\n\(answer)\nRPRT 0\n"),
            ]
            #expect(
                try fault(steps) { (device) throws(Failure) in _ = try device.direction() }
                    == .garbled, "\(answer)")
        }
    }

    @Test func itPassesTheChecksOfEveryMount() throws {
        let target = SkyDirection(azimuth: 10 * degree, elevation: 20 * degree)
        let transcript = Transcript(
            opening + [
                .sends("+P 10.000 20.000\n"), .answers("set_pos: 10.000 20.000\nRPRT 0\n"),
                .sends("+p\n"), .answers("get_pos:\nAzimuth: 10.00\nElevation: 20.00\nRPRT 0\n"),
                .sends("+P 10.006 20.006\n"), .answers("set_pos: 10.006 20.006\nRPRT 0\n"),
                .sends("+S\n"), .answers("stop:\nRPRT 0\n"),
                .sends("+S\n"), .answers("stop:\nRPRT 0\n"),
            ])
        var device = try mount(transcript)
        #expect(mountFaults(of: &device, target: target, tolerance: 2e-4) {} == [])
        #expect(transcript.isFinished, "\(transcript.remaining) \(transcript.faults)")
    }
}
