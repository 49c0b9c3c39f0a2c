import Orbit
import OrbitFiles
import Testing

@Suite struct TwoLineElementsTests {
    static let name = "ISS (ZARYA)"
    static let one = "1 25544U 98067A   08264.51782528 -.00002182  00000-0 -11606-4 0  2927"
    static let two = "2 25544  51.6416 247.4627 0006703 130.5360 325.0288 15.72125391563537"

    @Test func aWellKnownSetIsReadFieldByField() throws {
        let sets = try TwoLineElements.parse(
            "\(Self.name)\r\n\(Self.one)\r\n\(Self.two)\r\n", path: "iss.tle")
        let set = try #require(sets.first)
        #expect(sets.count == 1)
        #expect(set.name == Self.name)
        #expect(set.catalogNumber == "25544")
        #expect(set.designator == "98067A")
        #expect(UTCText.text(set.elements.epoch, digits: 6) == "2008-09-20T12:25:40.104192Z")
        #expect(set.elements.drag == -0.11606e-4)
        #expect(abs(set.elements.eccentricity - 0.0006703) < 1e-15)
        #expect(abs(set.elements.meanMotion * 1440 / (2 * .pi) - 15.72125391) < 1e-12)
    }

    @Test func aWrongDigitIsAChecksumFaultWithItsLineAndColumn() {
        let broken = Self.two.replacing("51.6416", with: "51.6417")
        #expect(
            throws: OrbitFileFault(
                path: "iss.tle", line: 2, column: 69, problem: .checksum(found: "7", computed: 8))
        ) {
            try TwoLineElements.parse(Self.one + "\n" + broken, path: "iss.tle")
        }
    }
}
