import Foundation
import Orbit
import OrbitFiles
import Testing

@Suite struct OrbitMessageTests {
    static let keyValue = """
        CCSDS_OMM_VERS = 2.0
        CREATION_DATE = 2008-09-20T20:00:00
        ORIGINATOR = EXAMPLE
        OBJECT_NAME = ISS (ZARYA)
        OBJECT_ID = 1998-067A
        CENTER_NAME = EARTH
        REF_FRAME = TEME
        TIME_SYSTEM = UTC
        MEAN_ELEMENT_THEORY = SGP4
        COMMENT a comment = with an equals sign
        EPOCH = 2008-09-20T12:25:40.104192
        MEAN_MOTION = 15.72125391 [rev/day]
        ECCENTRICITY = .0006703
        INCLINATION = 51.6416 [deg]
        RA_OF_ASC_NODE = 247.4627
        ARG_OF_PERICENTER = 130.5360
        MEAN_ANOMALY = 325.0288
        NORAD_CAT_ID = 25544
        BSTAR = -.11606E-4
        """
    static let ephemeris = """
        CCSDS_OEM_VERS = 2.0
        CREATION_DATE = 2026-03-20T00:00:00
        ORIGINATOR = EXAMPLE
        META_START
        OBJECT_NAME = EXAMPLE
        OBJECT_ID = 2026-001A
        CENTER_NAME = EARTH
        REF_FRAME = ITRF2000
        TIME_SYSTEM = TAI
        START_TIME = 2026-03-20T00:00:37
        STOP_TIME = 2026-03-20T00:03:37
        META_STOP
        COMMENT straight on
        2026-03-20T00:00:37.000 7000 0 0 0 7.5 0
        2026-03-20T00:01:37.000 7000 450 0 0 7.5 0
        2026-079T00:02:37.000 7000 900 0 0 7.5 0 0 0 0
        2026-03-20T00:03:37Z 7000 1350 0 0 7.5 0

        COVARIANCE_START
        EPOCH = 2026-03-20T00:00:37.000
        1.0
        COVARIANCE_STOP
        """

    private func elements(_ text: String) throws -> [ElementSet] {
        guard case .elements(let sets) = try OrbitFile.parse(text, path: "file") else {
            Issue.record("no element sets")
            return []
        }
        return sets
    }

    private func table(_ text: String) throws -> EphemerisFile {
        guard case .ephemeris(let file) = try OrbitFile.parse(text, path: "file") else {
            throw OrbitFileFault(path: "file", problem: .unknownFormat)
        }
        return file
    }

    @Test func everyNotationOfOneSetGivesTheSameElements() throws {
        let lines = try #require(
            try elements(TwoLineElementsTests.one + "\n" + TwoLineElementsTests.two).first)
        let pairs = Self.keyValue.split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("COMMENT") }
            .map { line in
                let parts = line.components(separatedBy: " = ")
                return (parts[0], parts[1].components(separatedBy: " [")[0])
            }
        let fields = pairs.filter { $0.0 != "CCSDS_OMM_VERS" }
        let json =
            "[{" + fields.map { "\"\($0)\": \"\($1)\"" }.joined(separator: ",\n") + "}]"
        let xml =
            "<?xml version=\"1.0\"?>\n<omm id=\"CCSDS_OMM_VERS\"><body>"
            + fields.map { "<\($0) units=\"x\">\($1)</\($0)>" }.joined(separator: "\n")
            + "<userDefinedParameters/></body></omm>"
        for text in [Self.keyValue, json, xml] {
            let set = try #require(try elements(text).first)
            let (a, b) = (set.elements, lines.elements)
            #expect(set.name == "ISS (ZARYA)")
            #expect(set.catalogNumber == "25544")
            #expect(abs(a.epoch.since(b.epoch)) < 1e-6)
            #expect(abs(a.meanMotion - b.meanMotion) < 1e-15)
            #expect(abs(a.eccentricity - b.eccentricity) < 1e-15)
            #expect(abs(a.inclination - b.inclination) < 1e-15)
            #expect(abs(a.node - b.node) + abs(a.perigee - b.perigee) < 1e-14)
            #expect(abs(a.meanAnomaly - b.meanAnomaly) < 1e-14)
            #expect(abs(a.drag - b.drag) < 1e-18)
        }
    }

    @Test(arguments: [
        (7, "REF_FRAME = EME2000", "REF_FRAME is \"EME2000\""),
        (8, "TIME_SYSTEM = TAI", "TIME_SYSTEM is \"TAI\""),
        (9, "MEAN_ELEMENT_THEORY = DSST", "MEAN_ELEMENT_THEORY is \"DSST\""),
        (11, "EPOCH = 2008-02-30T00:00:00", "EPOCH is \"2008-02-30T00:00:00\""),
        (12, "MEAN_MOTION = fast", "MEAN_MOTION is \"fast\""),
        (13, "ECCENTRICITY = 1.2", "ECCENTRICITY is \"1.2\""),
        (14, "no keyword", "the line is \"no keyword\""),
        (15, "MEAN_ANOMALY = 1", "a second MEAN_ANOMALY is"),
    ])
    func aFaultInAnOMMHasItsLine(line: Int, text: String, message: String) {
        let found = fault { _ = try elements(replacing(line, of: Self.keyValue, with: text)) }
        // A second keyword is noticed where it comes again.
        #expect(found?.line == (line == 15 ? 17 : line))
        #expect(found?.description.contains(message) == true)
    }

    @Test func aKeywordThatIsMissingIsNamed() {
        let drag = fault { _ = try elements(replacing(19, of: Self.keyValue, with: "")) }
        #expect(drag?.problem == .missing(what: "BSTAR"))
    }

    @Test func anOEMIsReadInItsTimeScale() throws {
        let file = try table(Self.ephemeris)
        #expect(file.name == "EXAMPLE" && file.identifier == "2026-001A")
        let segment = try #require(file.segments.first)
        // TAI is 37 s ahead.
        #expect(segment.start == UTCInstant(day: 61_119, seconds: 0))
        #expect(segment.end == UTCInstant(day: 61_119, seconds: 180))
        try segment.withTable { table in
            let state = try table.state(at: UTCInstant(day: 61_119, seconds: 90))
            #expect((state.position - Vector(x: 7e6, y: 675_000, z: 0)).length < 1e-6)
        }
        #expect(file.segment(covering: UTCInstant(day: 61_119, seconds: 181)) == nil)
    }

    @Test(arguments: [
        (8, "REF_FRAME = EME2000", 8), (9, "TIME_SYSTEM = UT1", 9),
        (10, "INTERPOLATION = SPLINE\nINTERPOLATION_DEGREE = 5", 10),
        (15, "2026-03-20T00:01:37.000 7000 450 0 0 7.5", 15),
        (15, "2026-03-20T00:01:37.000 7000 nan 0 0 7.5 0", 15),
        (15, "2026-03-20T00:00:30.000 7000 450 0 0 7.5 0", 15),
        (15, "2026-03-32T00:01:37.000 7000 450 0 0 7.5 0", 15),
        (16, "", 14),
    ])
    func aFaultInAnOEMHasItsLine(line: Int, text: String, expected: Int) {
        let found = fault { _ = try table(replacing(line, of: Self.ephemeris, with: text)) }
        #expect(found?.line == expected)
    }

    @Test func leapSecondsAreTakenFromTheirTable() throws {
        #expect(LeapSeconds.taiMinusUTC(at: UTCInstant(day: 57_753, seconds: 86_399)) == 36)
        #expect(LeapSeconds.taiMinusUTC(at: UTCInstant(day: 57_754, seconds: 0)) == 37)
        let gps = TimeScale.gps.utc(UTCInstant(day: 61_119, seconds: 18))
        #expect(gps == UTCInstant(day: 61_119, seconds: 0))
        let terrestrial = TimeScale.tt.utc(UTCInstant(day: 61_119, seconds: 69.184))
        #expect(abs(terrestrial.since(gps)) < 1e-9)
    }

    @Test func whatIsNoOrbitFileIsSaidToBeNone() {
        for text in ["", "hello\nworld\n", "H1 CRD 2\n", "1 2\n"] {
            let found = fault { _ = try OrbitFile.parse(text, path: "file") }
            #expect(found?.problem == .unknownFormat)
        }
        let missing = fault { _ = try OrbitFile.read("no/such/file") }
        #expect(missing?.description.contains("no such file") == true)
    }
}
