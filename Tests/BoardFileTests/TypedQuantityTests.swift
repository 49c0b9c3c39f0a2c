import BoardFile
import Testing

/// Goal: quantities typed one behind the other are read with their units, and nothing else is.
@Suite struct TypedQuantityTests {
    @Test(arguments: [
        ["100", "urad", "-50", "urad"], ["100urad", "-50urad"], ["0.1", "mrad", "-50urad"],
    ])
    func twoAnglesAreReadHoweverTheyAreSpaced(_ words: [String]) throws {
        #expect(try Dimension.fieldAngle.values(typed: words, count: 2) == [100, -50])
    }

    @Test func aTimeIsReadInPicoseconds() throws {
        #expect(try Dimension.time.values(typed: ["300", "us"], count: 1) == [300e6])
    }

    @Test(arguments: [
        [], ["100"], ["100", "50"], ["100", "urad"], ["100", "kg", "50", "kg"], ["x", "urad"],
        ["1e3", "urad", "0", "urad"], ["1", "urad", "2", "urad", "3", "urad"], ["-", "urad"],
        ["1.", "urad", "2", "urad"],
    ])
    func whatIsNoPairOfAnglesIsRefusedWithTheUnitsThatAre(_ words: [String]) {
        let fault = #expect(throws: ParameterFault.self) {
            _ = try Dimension.fieldAngle.values(typed: words, count: 2)
        }
        #expect(fault?.allowed?.contains("urad") == true)
    }
}
