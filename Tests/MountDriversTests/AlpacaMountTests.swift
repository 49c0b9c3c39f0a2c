import MountDrivers
import PayloadDoubles
import PayloadHAL
import Quantities
import Testing

private typealias Failure = AlpacaError<ScriptedConnection.Failure>
private let degree = Double.pi / 180

/// Writes exchanges down, numbering transactions as the driver does.
private struct Script {
    var steps: [TranscriptStep] = []
    private var transaction = 0

    private mutating func ids() -> String {
        transaction += 1
        return "ClientID=1&ClientTransactionID=\(transaction)"
    }

    /// The body of an answer to the last transaction.
    func body(_ value: String?, error: Int = 0, message: String = "") -> String {
        "{\"ClientTransactionID\":\(transaction),\"ServerTransactionID\":7,\"ErrorNumber\":\(error)"
            + ",\"ErrorMessage\":\"\(message)\"" + (value.map { ",\"Value\":\($0)" } ?? "") + "}"
    }

    static func http(_ body: String) -> String {
        "HTTP/1.1 200 OK\r\nserver: x\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    mutating func sendGet(_ method: String, _ query: String = "") {
        steps.append(
            .sends(
                "GET /api/v1/telescope/0/\(method)?\(query.isEmpty ? "" : query + "&")\(ids()) "
                    + "HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n"))
    }

    mutating func get(_ method: String, _ value: String, _ query: String = "") {
        sendGet(method, query)
        steps.append(.answers(Self.http(body(value))))
    }

    mutating func sendPut(_ method: String, _ form: String = "") {
        let form = (form.isEmpty ? "" : form + "&") + ids()
        steps.append(
            .sends(
                "PUT /api/v1/telescope/0/\(method) HTTP/1.1\r\nHost: localhost\r\n"
                    + "Accept: application/json\r\n"
                    + "Content-Type: application/x-www-form-urlencoded\r\n"
                    + "Content-Length: \(form.utf8.count)\r\n\r\n\(form)"))
    }

    mutating func put(_ method: String, _ form: String = "", error: Int = 0) {
        sendPut(method, form)
        steps.append(.answers(Self.http(body(nil, error: error, message: "why"))))
    }

    mutating func open(mode: String = "0") {
        get("connected", "false")
        put("connected", "Connected=true")
        get("name", "\"Simulator Telescope\"")
        get("alignmentmode", mode)
        guard mode == "0" else { return }
        for axis in 0...1 {
            get("canmoveaxis", "true", "Axis=\(axis)")
            get("axisrates", "[{\"Maximum\":10.0,\"Minimum\":0.0}]", "Axis=\(axis)")
        }
        get("atpark", "true")
        put("unpark")
        get("tracking", "false")
    }

    mutating func direction(_ azimuth: Double, _ elevation: Double) {
        get("azimuth", "\(azimuth)")
        get("altitude", "\(elevation)")
    }
}

private func opened(_ write: (inout Script) -> Void) -> Transcript {
    var script = Script()
    script.open()
    write(&script)
    return Transcript(script.steps)
}

@Suite struct AlpacaMountTests {
    @Test(arguments: Delivery.allCases)
    func aPassIsReadAndSteeredHoweverTheAnswersAreCut(delivery: Delivery) throws {
        let transcript = opened {
            $0.put("slewtoaltazasync", "Azimuth=350.000000&Altitude=40.000000")
            $0.direction(350, 40)
            // Half a degree behind in azimuth, across north; a gain of 1/s adds it to the rate.
            $0.put("moveaxis", "Axis=0&Rate=2.500000")
            $0.put("moveaxis", "Axis=1&Rate=-1.000000")
            $0.direction(1, 41)
            $0.put("moveaxis", "Axis=0&Rate=10.000000")
            $0.put("moveaxis", "Axis=0&Rate=0.000000")
            $0.put("moveaxis", "Axis=1&Rate=0.000000")
            $0.put("abortslew", error: 0x40B)
            $0.put("park")
        }
        var mount = try AlpacaMount(ScriptedConnection(transcript, delivery: delivery))
        #expect(mount.name == "Simulator Telescope")
        #expect(mount.limits.azimuthRate == 10 * degree)
        try mount.slew(to: SkyDirection(azimuth: -10 * degree, elevation: 40 * degree))
        try mount.follow(
            SkyDirection(azimuth: 350.5 * degree, elevation: 40 * degree),
            azimuthRate: 2 * degree, elevationRate: -degree)
        // The mount went through north: 361 degrees. A target 19 degrees on asks for too much.
        try mount.follow(
            SkyDirection(azimuth: 380 * degree, elevation: 41 * degree),
            azimuthRate: 2 * degree, elevationRate: -degree)
        try mount.halt()
        try mount.park()
        #expect(transcript.isFinished, "\(transcript.remaining.prefix(2)) \(transcript.faults)")
    }

    @Test func azimuthsAreCarriedOnOverNorth() throws {
        let transcript = opened {
            for azimuth in [350.0, 359, 8, 355] { $0.direction(azimuth, 40) }
        }
        var mount = try AlpacaMount(ScriptedConnection(transcript))
        let seen = try (0..<4).map { _ in try mount.direction().azimuth / degree }
        for (got, wanted) in zip(seen, [350.0, 359, 368, 355]) { #expect(abs(got - wanted) < 1e-9) }
    }

    @Test func theMountIsStoppedWhenTheValueGoesAway() throws {
        let transcript = opened { _ in }
        do {
            let mount = try AlpacaMount(ScriptedConnection(transcript))
            _ = mount.limits
        }
        #expect(transcript.afterwards.contains("Axis=0&Rate=0&ClientID=1"))
        #expect(transcript.afterwards.contains("Axis=1&Rate=0&ClientID=1"))
    }

    @Test func aMountWithOtherAxesIsRefusedInWords() {
        var script = Script()
        script.open(mode: "2")
        do throws(Failure) {
            _ = try AlpacaMount(ScriptedConnection(Transcript(script.steps)))
            Issue.record("took an equatorial mount")
        } catch {
            #expect(error.fault == .refused)
            #expect("\(error)".contains("alignment mode 2"))
        }
    }

    @Test func everyWrongAnswerIsSortedIntoItsFault() throws {
        let http = Script.http
        let good = "{\"ErrorNumber\":0,\"ErrorMessage\":\"\",\"Value\":"
        let cases: [([TranscriptStep], InstrumentFault)] = [
            // Status 200 also where the driver failed.
            ([.answers(http("{\"ErrorNumber\":1032,\"ErrorMessage\":\"parked\"}"))], .refused),
            ([.answers(http("{\"ErrorNumber\":1031,\"ErrorMessage\":\"\"}"))], .unreachable),
            ([.answers(http("{\"ErrorNumber\":0}"))], .garbled),
            ([.answers(http("{\"Value\":3}"))], .garbled),
            ([.answers(http("not JSON at all"))], .garbled),
            ([.answers(http(good + "\"north\"}"))], .garbled),
            ([.answers(http(good + "1e400}"))], .garbled),
            ([.answers(http(good + "1,\"ClientTransactionID\":99999}"))], .garbled),
            ([.answers(http(String(repeating: "[", count: 50_000)))], .garbled),
            ([.answers("HTTP/1.1 404 Not Found\r\ncontent-length: 3\r\n\r\nno!")], .refused),
            (
                [.answers("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"), .staysSilent],
                .timedOut
            ),
            ([.answers("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n")], .garbled),
            ([.answers("HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\n")], .garbled),
            ([.answers("SSH-2.0-OpenSSH\r\n")], .garbled),
            ([.answersBytes([UInt8](repeating: 0x41, count: 70_000))], .garbled),
            ([.staysSilent], .timedOut),
        ]
        for (steps, wanted) in cases {
            var script = Script()
            script.open()
            script.sendGet("azimuth")
            let transcript = Transcript(script.steps + steps)
            var mount = try AlpacaMount(ScriptedConnection(transcript))
            do throws(Failure) {
                _ = try mount.direction()
                Issue.record("believed \(steps)")
            } catch {
                #expect(error.fault == wanted, "\(String(describing: steps).prefix(200))")
            }
        }
    }

    @Test func aKeptConnectionThatTheServerClosedIsMadeAnewOnce() throws {
        var script = Script()
        script.open()
        script.sendGet("azimuth")
        guard let question = script.steps.last else { return }
        script.steps += [.breaks, .reopens, question, .answers(Script.http(script.body("5.0")))]
        script.get("altitude", "6.0")
        let transcript = Transcript(script.steps)
        var mount = try AlpacaMount(ScriptedConnection(transcript))
        let direction = try mount.direction()
        #expect(abs(direction.azimuth - 5 * degree) < 1e-12)
        #expect(transcript.isFinished, "\(transcript.remaining) \(transcript.faults)")
    }

    @Test func ratesAreTheNearestAllowedOnes() throws {
        let value = JSONValue(
            Array("[{\"Maximum\":4,\"Minimum\":2},{\"Maximum\":0.5,\"Minimum\":0.1}]".utf8))
        let rates = try #require(AlpacaRates(value))
        let cases = [
            (0.0, 0.0), (0.04, 0.0), (0.06, 0.1), (0.3, 0.3), (1.0, 0.5), (1.5, 2.0), (3.0, 3.0),
            (9.0, 4.0), (-3.0, -3.0), (-9.0, -4.0),
        ]
        for (asked, given) in cases { #expect(rates.nearest(to: asked) == given, "\(asked)") }
        for text in ["[]", "3", "[{\"Maximum\":1}]", "[{\"Maximum\":1,\"Minimum\":2}]"] {
            #expect(AlpacaRates(JSONValue(Array(text.utf8))) == nil, "\(text)")
        }
    }

    @Test func anAnswerToDiscoveryNamesItsPort() {
        #expect(AlpacaDiscovery.devicePort(in: Array("{\"AlpacaPort\": 11111}".utf8)) == 11_111)
        for text in ["", "{}", "{\"AlpacaPort\": 70000}", "{\"AlpacaPort\": -1}", "hello"] {
            #expect(AlpacaDiscovery.devicePort(in: Array(text.utf8)) == nil)
        }
    }
}
