import Foundation
import Testing

@testable import Report

/// Goal: whoever opens the report of a pass that was refused sees that at once, why, and what to type.
@Suite struct RefusedPassTests {
    private func write(_ summary: String, in folder: Folder) throws {
        try summary.write(
            toFile: folder.path + "/summary.json", atomically: true, encoding: .utf8)
    }

    private static let refused = """
        {"board": "portable-280", "simulated": false,
         "problem": "refused: the calibration records do not allow a pass",
         "calibration": {"state": "refused", "problems": ["dark: there is no record",
           "skew: the newest record is 41 days old; 30 are allowed",
           "skew: out of limit: skew_left <H>"],
           "records": ["dead-time of 2026-11-02T10:00:00Z, met"], "used": []}}
        """

    @Test func itSaysSoInLargeLettersWithTheReasonsAndWhatToType() throws {
        let folder = Folder()
        try write(Self.refused, in: folder)
        let page = try folder.page()
        for text in [
            "<p class=\"refused\">REFUSED</p>", "portable-280", "there is no record",
            "41 days old", "lodestar calibrate dark skew", "lodestar calibrate override --reason",
            "skew_left &lt;H&gt;", "dead-time of 2026-11-02T10:00:00Z",
            "The calibration records do not allow a pass.",
        ] {
            #expect(page.contains(text), "lacks \(text)")
        }
        #expect(!page.contains("SIMULATED"))
        #expect(!page.contains("calibrate verify"), "no record is broken")
        #expect(isWellFormed(page) != false)
    }

    @Test func aBrokenRecordIsSentToVerify() throws {
        let folder = Folder()
        try write(
            Self.refused.replacing(
                "dark: there is no record", with: "000007-dark.json: the signature is wrong"),
            in: folder)
        #expect(try folder.page().contains("lodestar calibrate verify"))
    }

    @Test func aSummaryThatWasNotRefusedIsNoRefusal() throws {
        let folder = Folder()
        try write("{\"board\": \"sim\", \"problem\": \"dark counts missing\"}", in: folder)
        #expect(throws: (any Error).self) { try folder.page() }
    }
}
