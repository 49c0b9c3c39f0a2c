import BoardFile
import CalibrationRecords
import Foundation
import Monitors
import Testing

@testable import Station

/// Goal: what was calibrated is what the monitors expect, with its uncertainty, and the summary says
/// from which record.
@Suite struct MonitorRecordsTests {
    private static let names = ["H", "V", "D", "A"]

    /// Records of a bench; values and sigmas by item and name.
    private static let found: [(item: String, name: String, values: [Double], sigma: Double)] = [
        ("dark", "dark_rate", [50, 60, 70, 40], 2),
        ("dead-time", "dead_time", [30_100, 29_900, 30_400, 30_000], 50),
        ("dead-time", "early_share", [2e-4, 1e-4, 3e-4, 1e-4], 1e-5),
        ("afterpulse", "afterpulsing", [0.004, 0.006, 0.005, 0.005], 0.0003),
        ("jitter", "jitter_fwhm", [540, 520, 560, 550], 3),
        ("skew", "skew", [50, -30, 12, -80], 4),
        ("efficiency", "relative_efficiency", [1.02, 0.98, 1.01, 0.99], 0.002),
        ("polarisation", "visibility", [0.988, 0.986, 0.99, 0.984], 0.0006),
        ("crosstalk", "crosstalk_to_", [1e-5, 2e-5, 1e-5, 1e-5], 1e-6),
    ]

    private func board() throws -> Board {
        try shortBoard(
            lowestElevation: 80.2, pointing: "[calibration]\nrequired = []\nuse_records = true")
    }

    private func write(_ items: [String], in folder: borrowing Folder) throws {
        let key = try StationKey(at: folder.path + "/" + StationKey.fileName)
        for item in items {
            var record = CalibrationRecord(
                item: item, timeUTC: Int64(Date().timeIntervalSince1970), operator: "grace",
                board: "short", boardSha256: "", simulated: true, verdict: "met")
            for entry in Self.found where entry.item == item {
                for (index, detector) in Self.names.enumerated() {
                    let others =
                        item == "crosstalk" ? Self.names.filter { $0 != detector } : [""]
                    for other in others {
                        record.values.append(
                            .init(
                                name: entry.name + other, detector: detector,
                                value: entry.values[index], sigma: entry.sigma, unit: "",
                                counts: 5_000))
                    }
                }
            }
            try RecordStore(directory: folder.path).append(record, key: key)
        }
    }

    /// The plan of the short board with records of these items.
    private func setup(_ items: [String]) throws -> (MonitorSetup, Board) {
        let folder = try Folder()
        try write(items, in: folder)
        let board = PassAdmission(board: try board(), records: folder.path).board
        return (try #require(MonitorSetup(board, world: try board.worldParameters(seed: 1))), board)
    }

    @Test func everyExpectationIsTwoSigmasOnTheSideThatGivesNoFalseAlarm() throws {
        let (setup, board) = try setup([
            "dark", "dead-time", "afterpulse", "jitter", "skew", "efficiency", "polarisation",
            "crosstalk",
        ])
        let plan = setup.plan
        #expect(plan.darkRate == SIMD4(46, 56, 66, 36))
        #expect(board.monitors.deadTime == 29_800)
        #expect(abs(plan.shortShare - 3.2e-4) < 1e-9)
        #expect(abs(plan.afterpulseShare - 0.0066) < 1e-9)
        // 514 ps over 2.3548.
        #expect(abs(plan.leastJitter.y - 218.28) < 0.01)
        #expect(plan.phaseTolerance == 28)
        #expect(abs(plan.oneShare.x - 0.49) < 1e-9 && abs(plan.oneShare.y - 0.495) < 1e-9)
        // 2 sqrt(0.98^2 + 1.02^2) 0.002 / 4.
        #expect(abs(plan.shareTolerance - 0.021414) < 1e-6)
        #expect(abs(plan.crosstalkShare - 2.2e-5) < 1e-12)
        let error = 0.0065
        #expect(
            abs(plan.doubleFactor / plan.crossFactor - (0.5 + 2 * error * (1 - error))) < 1e-9)
    }

    @Test func theSummaryNamesTheRecordOfEachExpectation() throws {
        let (setup, _) = try setup(["dark", "dead-time"])
        let sources = Dictionary(uniqueKeysWithValues: setup.sources.map { ($0.name, $0) })
        #expect(sources["dark_rates_hz"]?.value == "46.0, 56.0, 66.0, 36.0")
        #expect(sources["dark_rates_hz"]?.origin.hasPrefix("record ") == true)
        #expect(sources["dead_time"]?.origin.contains("dead-time") == true)
        #expect(sources["dark_rate"] == nil, "one expectation of dark counts, not two")
        #expect(sources["jitter"]?.origin == "simulated world")
    }

    @Test func withoutRecordsTheBoardKeepsItsValues() throws {
        let folder = try Folder()
        let board = PassAdmission(board: try board(), records: folder.path).board
        #expect(board.monitors == (try self.board()).monitors)
    }

    @Test func aRecordThatLacksADetectorIsNotUsed() throws {
        let folder = try Folder()
        let key = try StationKey(at: folder.path + "/" + StationKey.fileName)
        var record = CalibrationRecord(
            item: "dark", timeUTC: Int64(Date().timeIntervalSince1970), operator: "grace",
            board: "short", boardSha256: "", simulated: true, verdict: "met")
        record.values = Self.names.dropLast().map {
            .init(name: "dark_rate", detector: $0, value: 50, sigma: 1, unit: "cps", counts: 9)
        }
        try RecordStore(directory: folder.path).append(record, key: key)
        #expect(
            PassAdmission(board: try board(), records: folder.path).board.monitors.darkRates == [])
    }

    @Test func aPassUsesThemAndItsReplayGivesTheSameAlarms() throws {
        let records = try Folder()
        let place = try Folder()
        try write(["dark", "dead-time", "jitter", "skew", "efficiency", "crosstalk"], in: records)
        let path = place.path + "/pass"
        let summary = try SimulatedPass(
            board: try board(), seed: 5, directory: path, calibrationDirectory: records.path
        ).run()
        let monitors = try #require(summary.monitors)
        #expect(monitors.alarms == 0, "\(monitors.events)")
        #expect(monitors.expectations.contains { $0.name == "dark_rates_hz" })
        #expect(
            summary.calibration?.used.contains { $0.hasPrefix("monitors: dark counts of at least") }
                == true)
        #expect(try Replay.run(path).summary.monitors == monitors)
    }

    @Test func aDetectorThatLosesItsOwnDarkCountsIsSeenByItsOwnRate() {
        // 900 Hz were calibrated of D alone: 32 epochs without any are no chance for D, and are for H.
        var plan = MonitorPlan(
            darkRate: SIMD4(1, 1, 900, 1), jitter: SIMD4(repeating: 0), gate: 800, slotPeriod: 1_600
        )
        plan.darkShare = 0.8
        var monitors = SecurityMonitors(plan: plan)
        var epoch = EpochCounts()
        epoch.seconds = 0.2
        var lanes: [UInt8] = []
        for _ in 0..<4 {
            let verdict = monitors.take(epoch)
            for index in 0..<verdict.count { lanes.append(verdict[index].lane) }
        }
        #expect(!lanes.isEmpty && lanes.allSatisfy { $0 == 2 })
    }

    @Test func crossTalkIsExpectedAsDoubleClicks() {
        // 7 doubles of 0.01 by chance are an alarm; not where 10,000 clicks leak 5e-4 each.
        var epoch = EpochCounts()
        epoch.seconds = 0.2
        epoch.gated = SIMD4(repeating: 5_000)
        epoch.doublePairs = SIMD2(repeating: 0.01)
        epoch.doubles = SIMD2(9, 0)
        var plan = MonitorPlan(
            darkRate: SIMD4(repeating: 0), jitter: SIMD4(repeating: 0), gate: 800,
            slotPeriod: 1_600)
        var strict = SecurityMonitors(plan: plan)
        let isSurprised = strict.take(epoch).contains(.doubleClicksMany)
        #expect(isSurprised)
        plan.crosstalkShare = 5e-4
        var knowing = SecurityMonitors(plan: plan)
        let isStillSurprised = knowing.take(epoch).contains(.doubleClicksMany)
        #expect(!isStillSurprised)
    }
}
