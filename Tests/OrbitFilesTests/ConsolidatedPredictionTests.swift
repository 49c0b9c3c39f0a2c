import Orbit
import OrbitFiles
import Testing

@Suite struct ConsolidatedPredictionTests {
    /// A circle of 7000 km, 60 s a row, in version 2.
    static func text(rows: Int, version: Int = 2) -> String {
        let sequence = version == 2 ? "079 01" : "5791"
        var lines = [
            "H1 CPF  \(version) LDS 2026  3 20  6 \(sequence) example1",
            "H2  2600101 9999    99999 2026  3 20  0  0  0 2026  3 21  0  0  0    60 1 1  0 0 0  1",
            "H9",
        ]
        for row in 0..<rows {
            lines.append(
                "10 0 61119 \(row * 60).000000  0 7000000.000 \(row * 450_000).000 100.000")
        }
        return (lines + ["99"]).joined(separator: "\n")
    }

    private func parse(_ text: String) throws -> EphemerisFile {
        try ConsolidatedPrediction.parse(text, path: "sat.cpf")
    }

    @Test(arguments: [1, 2])
    func bothVersionsAreRead(version: Int) throws {
        let file = try parse(Self.text(rows: 20, version: version))
        #expect(file.name == "example1")
        #expect(file.identifier == "99999")
        let segment = try #require(file.segments.first)
        #expect(segment.method == .lagrange(points: 10))
        #expect(segment.rows.count == 20)
        #expect(segment.frame == .earthFixed)
        #expect(segment.rows[3].time == UTCInstant(day: 61_119, seconds: 180))
        try segment.withTable { table in
            let state = try table.state(at: UTCInstant(day: 61_119, seconds: 570))
            #expect((state.position - Vector(x: 7e6, y: 4_275_000, z: 100)).length < 1e-6)
            #expect(abs(state.velocity.y - 7500) < 1e-6)
        }
    }

    @Test func aFileOfAHeaderAloneFailsClosed() {
        let found = fault { _ = try parse(Self.text(rows: 0)) }
        #expect(found?.problem == .missing(what: "any record 10 with a position"))
    }

    @Test func aFileThatWasCutOffFailsClosed() {
        let cut = Self.text(rows: 20).split(separator: "\n").dropLast().joined(separator: "\n")
        #expect(fault { _ = try parse(cut) }?.description.contains("cut off") == true)
        #expect(fault { _ = try parse("H1 CPF 2") }?.line == 1)
    }

    @Test func tooFewPositionsAreRefusedAtTheirLine() {
        let found = fault { _ = try parse(Self.text(rows: 9)) }
        #expect(found?.line == 4)
        #expect(found?.problem == .table(.tooShort(rows: 9, needed: 10)))
    }

    @Test(arguments: [
        (1, "H1 CPF 3 LDS 2026 3 20 6 079 01 x"),
        (2, "H2 2600101 9999 99999 2026 3 20 0 0 0 2026 3 21 0 0 0 0 1 1 0 0 0 1"),
        (2, "H2 2600101 9999 99999 2026 3 20 0 0 0 2026 3 21 0 0 0 60 1 1 1 0 0 1"),
        (2, "H2 2600101 9999 99999"), (6, "10 2 61119 120.0 0 7000000 0 0"),
        (6, "10 0 61119 120.0 0 7000000 0"), (6, "10 0 61119 -1 0 7000000 0 0"),
        (6, "10 0 61119 1e9 0 7000000 0 0"), (6, "10 0 61119 120.0 1 7000000 0 0"),
        (6, "10 0 61119 120.0 0 7000000 inf 0"), (6, "10 0 61119 30.0 0 7000000 0 0"),
        (6, "10 0 99999999999999999999 120.0 0 7000000 0 0"), (6, "20 0 1 2"),
    ])
    func aFaultHasItsLine(line: Int, text: String) {
        let found = fault {
            _ = try parse(replacing(line, of: Self.text(rows: 20), with: text))
        }
        #expect(found?.line == line)
    }

    @Test func timesAreWrittenAndReadBack() throws {
        for text in ["2026-03-20T21:00:00.123456Z", "1999-12-31T23:59:59.999999Z"] {
            #expect(UTCText.text(try #require(UTCText.instant(text)), digits: 6) == text)
        }
        #expect(UTCText.instant("2026-02-29") == nil)
        #expect(UTCText.instant("2024-02-29")?.day == 60_369)
        #expect(UTCText.instant("2026-03-20T24:00:00") == nil)
        #expect(UTCText.instant("2026-079") == UTCText.instant("2026-03-20"))
        let nearly = UTCInstant(day: 61_119, seconds: 86_399.999_9)
        #expect(UTCText.text(nearly, digits: 3) == "2026-03-21T00:00:00.000Z")
    }
}
