import BoardFile
import CalibrationRecords
import Foundation
import Testing

@testable import Station

/// Goal: a pass on a board that asks for records is refused without them, and says so; with an
/// engineer's word it runs, and says that as well.
@Suite struct CalibrationPassTests {
    private func board() throws -> Board {
        try shortBoard(
            lowestElevation: 80.4,
            pointing: "[calibration]\nrequired = [\"dark\", \"skew\"]\nuse_records = true")
    }

    private func record(_ item: String, _ folder: borrowing Folder) throws {
        var record = CalibrationRecord(
            item: item, timeUTC: Int64(Date().timeIntervalSince1970), operator: "grace",
            board: "short", boardSha256: "", simulated: true, verdict: "met")
        for (name, skew) in [("H", 50.0), ("V", -30), ("D", 12), ("A", -80)] where item == "skew" {
            record.values.append(
                .init(
                    name: "skew", detector: name, value: skew, sigma: 1, unit: "ps", counts: 5_000))
        }
        if item == CalibrationRecord.overrideItem {
            record.reason = "lamp broken, last week's values hold"
            record.validUntilUTC = record.timeUTC + 3_600
        }
        let key = try StationKey(at: folder.path + "/" + StationKey.fileName)
        try RecordStore(directory: folder.path).append(record, key: key)
    }

    @Test func withoutRecordsNoPassIsBegunAndItsSummarySaysWhy() throws {
        let records = try Folder()
        let place = try Folder()
        do {
            _ = try SimulatedPass(
                board: try board(), seed: 1, directory: place.path,
                calibrationDirectory: records.path)
            Issue.record("began a pass without records")
        } catch PassError.calibration(let words) {
            #expect(words.contains("skew: there is no record"))
        }
        let data = try Data(contentsOf: URL(fileURLWithPath: place.path + "/summary.json"))
        let summary = try PassSummary(json: data)
        #expect(summary.calibration?.state == "refused")
        #expect(summary.calibration?.problems.count == 2)
        #expect(summary.problem != nil)
    }

    @Test func anOverriddenPassRunsWithTheRecordsValuesAndSaysSo() throws {
        let records = try Folder()
        try record("skew", records)
        try record(CalibrationRecord.overrideItem, records)
        let summary = try SimulatedPass(
            board: try board(), seed: 1, directory: nil, calibrationDirectory: records.path
        ).run()
        let calibration = try #require(summary.calibration)
        #expect(calibration.state == "overridden")
        #expect(calibration.overriddenBy == "grace")
        #expect(calibration.problems == ["dark: there is no record"])
        // The board's mean of -15.75 ps stays, the records' differences are new.
        #expect(calibration.used.first?.hasPrefix("skews H 50.0 ps, V -30.0 ps") == true)
        #expect(summary.siftedBits > 0)
        let applied = PassAdmission(board: try board(), records: records.path).board
        #expect(applied.channels.horizontal?.skew == 34)
    }
}
