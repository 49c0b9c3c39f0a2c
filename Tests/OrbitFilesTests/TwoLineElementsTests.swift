import Orbit
import OrbitFiles
import Testing

@Suite struct TwoLineElementsTests {
    static let name = "ISS (ZARYA)"
    static let one = "1 25544U 98067A   08264.51782528 -.00002182  00000-0 -11606-4 0  2927"
    static let two = "2 25544  51.6416 247.4627 0006703 130.5360 325.0288 15.72125391563537"

    private func problem(_ text: String) -> OrbitFileFault? {
        fault { _ = try TwoLineElements.parse(text, path: "iss.tle") }
    }

    /// `line` with another last digit, the right one.
    private func summed(_ line: String) -> String {
        let sum = line.utf8.dropLast().reduce(0) { sum, byte in
            (48...57).contains(byte) ? sum + Int(byte) - 48 : byte == 45 ? sum + 1 : sum
        }
        return String(line.dropLast()) + "\(sum % 10)"
    }

    @Test func aWellKnownSetIsReadFieldByField() throws {
        let sets = try TwoLineElements.parse(
            "\(Self.name)\r\n\(Self.one)\r\n\(Self.two)\r\n", path: "iss.tle")
        let set = try #require(sets.first)
        #expect(sets.count == 1)
        #expect(set.name == Self.name)
        #expect(set.catalogNumber == "25544")
        #expect(set.designator == "98067A")
        #expect(set.line == 2)
        #expect(UTCText.text(set.elements.epoch, digits: 6) == "2008-09-20T12:25:40.104192Z")
        #expect(set.elements.drag == -0.11606e-4)
        #expect(abs(set.elements.eccentricity - 0.0006703) < 1e-15)
        #expect(abs(set.elements.meanMotion * 1440 / (2 * .pi) - 15.72125391) < 1e-12)
    }

    @Test func severalSetsWithAndWithoutNamesAreReadInOrder() throws {
        let alpha = summed(Self.one.replacing("25544", with: "A5544"))
        let beta = summed(Self.two.replacing("25544", with: "A5544"))
        let sets = try TwoLineElements.parse(
            "# from a catalogue\n\n\(Self.one)\n\(Self.two)\n0 SECOND\n\(alpha)\n\(beta)",
            path: "two.tle")
        #expect(sets.map(\.title) == ["25544", "SECOND"])
        #expect(sets.map(\.catalogNumber) == ["25544", "A5544"])
    }

    @Test func aWrongDigitIsAChecksumFaultWithItsLineAndColumn() {
        let broken = Self.two.replacing("51.6416", with: "51.6417")
        #expect(
            problem(Self.one + "\n" + broken)
                == OrbitFileFault(
                    path: "iss.tle", line: 2, column: 69,
                    problem: .checksum(found: "7", computed: 8)))
        #expect(
            problem(Self.one + "\n" + broken)?.description
                == "iss.tle, line 2, column 69: the checksum is 7, but the line's digits give 8; "
                + "fetch the element set anew")
    }

    @Test func linesThatDoNotBelongTogetherAreRefused() {
        let other = summed(Self.two.replacing("25544", with: "25545"))
        #expect(
            problem(Self.one + "\n" + other)?.problem
                == .mismatch(first: "25544", second: "25545"))
        #expect(problem(Self.one)?.problem == .missing(what: "line 2 of the element set"))
        #expect(problem(Self.two)?.problem == .missing(what: "line 1 of the element set"))
        #expect(
            problem(Self.one + "\n" + Self.one)?.problem
                == .missing(what: "line 2 of the element set"))
        #expect(problem("")?.problem == .missing(what: "an element set"))
    }

    @Test func fieldsOutOfRangeAreNamedWithTheirColumn() {
        func column(_ line: String, _ old: String, _ new: String) -> (Int, Int)? {
            let isFirst = line.hasPrefix("1")
            let changed = summed(line.replacing(old, with: new))
            let text = isFirst ? changed + "\n" + Self.two : Self.one + "\n" + changed
            let found = problem(text)
            return found.map { ($0.line, $0.column) }
        }
        #expect(column(Self.two, "15.72125391", "25.72125391") ?? (0, 0) == (2, 53))
        #expect(column(Self.two, " 51.6416", "251.6416") ?? (0, 0) == (2, 9))
        #expect(column(Self.one, "08264.51782528", "08464.51782528") ?? (0, 0) == (1, 21))
        #expect(column(Self.one, "-11606-4", "-1x606-4") ?? (0, 0) == (1, 54))
        #expect(column(Self.two, "0006703", "000 703") ?? (0, 0) == (2, 27))
        #expect(problem(Self.one + " 1\n" + Self.two)?.column == 72)
    }

    @Test func oldElementsAreWarnedOfWithTheExpectedError() throws {
        let set = try #require(
            try TwoLineElements.parse(Self.one + "\n" + Self.two, path: "iss.tle").first)
        let epoch = set.elements.epoch
        #expect(set.ageWarning(at: epoch.adding(13 * 86_400)) == nil)
        let warning = set.ageWarning(at: epoch.adding(365 * 86_400))
        #expect(
            warning == "25544: the elements are 365.0 days old; expect at least 731 km or 97.5 s "
                + "of error along the track")
        #expect(set.ageWarning(at: epoch.adding(-30 * 86_400))?.contains("in the future") == true)
    }
}
