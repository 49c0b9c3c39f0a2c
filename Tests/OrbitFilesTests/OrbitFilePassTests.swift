import Orbit
import OrbitFiles
import Testing

@Suite struct OrbitFilePassTests {
    private let lines = """
        1 99999U          26079.25000000  .00000000  00000-0  10000-3 0    03
        2 99999  97.4000 150.0000 0012000  90.0000  10.0000 15.20000000    04
        """

    private func request(
        culmination: Double = 0, searched: Double = 864_000
    ) throws -> OrbitFile.PassRequest {
        let degree = Double.pi / 180
        return OrbitFile.PassRequest(
            site: try Site(
                latitude: 36.67 * degree, longitude: 117.13 * degree, height: 80),
            orientation: .zero, earliest: UTCInstant(day: 61_119, seconds: 0),
            lowestElevation: 10 * degree, lowestCulmination: culmination * degree,
            searched: searched)
    }

    @Test func theFirstPassHighEnoughIsSampledFromAWholeSecond() throws {
        let file = try OrbitFile.parse(lines, path: "sat.tle")
        let low = try file.pass(try request())
        let high = try file.pass(try request(culmination: 80))
        #expect(low.start < high.start)
        #expect(high.start.seconds == high.start.seconds.rounded())
        #expect(high.look(at: high.culminationTime).elevation > 80 * .pi / 180)
        #expect(high.duration == high.duration.rounded())
    }

    @Test func anEphemerisGivesThePassOfItsElements() throws {
        let file = try OrbitFile.parse(lines, path: "sat.tle")
        let wanted = try file.pass(try request(culmination: 80))
        guard case .elements(let sets) = file, let set = sets.first else { return }
        var trajectory = Trajectory(.elements(try SGP4(set.elements)), orientation: .zero)
        let rows = try (0..<60).map { row in
            let time = wanted.start.adding(Double(row - 20) * 60)
            return EphemerisRow(time: time, state: try trajectory.state(at: time))
        }
        let table = EphemerisFile(
            name: "EXAMPLE", identifier: "",
            segments: [
                EphemerisFile.Segment(
                    rows: rows, frame: .earthFixed, method: .lagrange(points: 10),
                    largestStep: 90, usableStart: nil, usableEnd: nil, line: 1)
            ])
        let found = try OrbitFile.ephemeris(table).pass(try request(culmination: 80))
        #expect(found.start == wanted.start)
        let (a, b) = (found.look(at: 200), wanted.look(at: 200))
        #expect(abs(a.range - b.range) < 1e-3)
    }

    @Test func whatGivesNoPassSaysWhy() throws {
        let file = try OrbitFile.parse(lines, path: "sat.tle")
        let error = #expect(throws: OrbitFile.PassFault.self) {
            try file.pass(try request(searched: 3600))
        }
        #expect(error?.text.hasPrefix("has no such pass from 2026-03-20T00:00:00Z") == true)
        let two = try OrbitFile.parse(lines + "\n" + lines, path: "two.tle")
        #expect(throws: OrbitFile.PassFault.satellites(count: 2)) {
            try two.pass(try request())
        }
    }
}
