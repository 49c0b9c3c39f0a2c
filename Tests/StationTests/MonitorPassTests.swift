import BoardFile
import Foundation
import Monitors
import Testing

@testable import Station

/// Goal: what an attacker does to the detectors is seen in the tags of a whole pass within one epoch,
/// and what follows from it is the same at both ends and in a replay.
@Suite(.serialized) struct MonitorPassTests {
    /// Epoch in which the attacks of these tests begin: 8 s.
    private static let attacked: Int64 = 40

    private static func board(
        _ attack: String? = nil, monitors: String = "", effects: String = "",
        lowestElevation: Double = 79.4
    ) throws -> Board {
        let world = attack.map { "[world.attack]\nbegin = \"8 s\"\n\($0)\n" } ?? ""
        return try shortBoard(
            lowestElevation: lowestElevation,
            pointing: """
                [monitors]
                blank_period = "200 ms"
                \(monitors)
                [monitors.effects]
                \(effects)
                \(world)
                """)
    }

    private func run(_ board: Board, into directory: String? = nil) throws -> PassSummary {
        try SimulatedPass(board: board, seed: 5, directory: directory).run()
    }

    @Test func aCleanPassIsQuiet() throws {
        let summary = try run(try Self.board())
        let monitors = try #require(summary.monitors)
        #expect(monitors.alarms == 0, "\(monitors.events)")
        #expect(monitors.epochs > Self.attacked)
        #expect(monitors.abortedAt == nil && monitors.excluded.isEmpty)
        #expect(summary.problem == nil)
        #expect(monitors.monitors.count == MonitorKind.count)
        #expect(monitors.expectations.contains { $0.source == "simulated world" })
        #expect(summary.detections == summary.explained)
    }

    @Test(arguments: [
        ("kind = \"blinding\"", "dark_counts_missing"), ("kind = \"blinding\"", "phase_sharp"),
        ("kind = \"time_shift\"", "phase_shift"),
        ("kind = \"dead_time\"\nstrength = 0.2", "dead_time"),
        ("kind = \"after_gate\"", "blanked_counts"),
        ("kind = \"bright_light\"\nrate = \"1 MHz\"", "rate_ceiling"),
    ])
    func everyAttackIsSeenInItsFirstEpoch(attack: String, monitor: String) throws {
        let monitors = try #require(try run(try Self.board(attack)).monitors)
        let first = try #require(monitors.monitors.first { $0.name == monitor }?.firstEpoch)
        #expect(first == Self.attacked, "\(monitors.events.prefix(8))")
        #expect(monitors.events.allSatisfy { $0.epoch >= Self.attacked })
    }

    @Test func anAbortReleasesNothingAndBothEndsAgree() throws {
        let summary = try run(try Self.board("kind = \"blinding\""))
        #expect(summary.monitors?.abortedAt == Self.attacked)
        #expect(summary.problem?.contains("dark counts missing") == true)
        #expect(summary.closing == "agreed")
        let distillation = try #require(summary.distillation)
        #expect(distillation.keyBits == 0)
        #expect(distillation.windows.first?.outcome.contains("security monitors") == true)
        #expect(summary.siftedBits > 0)
        // Neither the epoch of the alarm nor one after it.
        #expect(summary.epochs - (summary.epochsExcluded ?? 0) <= Self.attacked)
        #expect(summary.detections == summary.explained)
    }

    @Test func aTimeShiftEndsKeyMakingAtOnceAsDimEpochsOfItCannotBeTold() throws {
        let summary = try run(try Self.board("kind = \"time_shift\"", lowestElevation: 77))
        #expect(summary.monitors?.abortedAt == Self.attacked)
        #expect(summary.monitors?.excluded == [])
        #expect(summary.distillation?.keyBits == 0)
        #expect(summary.epochs - (summary.epochsExcluded ?? 0) <= Self.attacked)
        #expect(summary.closing == "agreed")
    }

    @Test func excludedEpochsAreLeftOutByBothEnds() throws {
        let attack = "kind = \"time_shift\"\nend = \"8400 ms\""
        let summary = try run(
            try Self.board(
                attack, effects: "phase_shift = \"exclude\"", lowestElevation: 77))
        let monitors = try #require(summary.monitors)
        #expect(monitors.excluded == [Self.attacked, Self.attacked + 1], "\(monitors.events)")
        #expect(summary.epochsExcluded == 2)
        #expect(summary.dropped["excluded_by_monitors"] ?? 0 > 0)
        #expect(summary.closing == "agreed")
        #expect(summary.keyBitsCompared == summary.keyBasisBits)
        let distillation = try #require(summary.distillation)
        #expect(distillation.keyBits > 0 && distillation.keysDiffering == 0)
        #expect(summary.detections == summary.explained)
    }

    @Test func tooManyExcludedEpochsEndKeyMaking() throws {
        let summary = try run(
            try Self.board(
                "kind = \"time_shift\"", monitors: "most_excluded = 2",
                effects: "phase_shift = \"exclude\""))
        #expect(summary.monitors?.excluded.count == 2)
        #expect(summary.monitors?.abortedAt == Self.attacked + 2)
        let outcome = summary.distillation?.windows.first?.outcome
        #expect(outcome?.contains("security monitors") == true, "\(outcome ?? "none")")
    }

    @Test func aFlagChangesNothing() throws {
        let attack = "kind = \"time_shift\"\nend = \"8400 ms\""
        let flagged = try run(
            try Self.board(
                attack, effects: "phase_shift = \"flag\"", lowestElevation: 77))
        let unwatched = try run(
            try Self.board(attack, monitors: "watch = false\nblank_time = \"500 us\""))
        #expect(flagged.monitors?.alarms ?? 0 > 0)
        #expect(unwatched.monitors == nil)
        #expect(flagged.epochsExcluded == 0)
        #expect(flagged.distillation?.keyBits ?? 0 > 0)
    }

    @Test(arguments: ["blinding", "time_shift", "after_gate"])
    func aReplayGivesTheSameAlarms(kind: String) throws {
        let folder = try Folder()
        let path = folder.path + "/pass"
        let summary = try run(
            try Self.board("kind = \"\(kind)\"\nend = \"8400 ms\""), into: path)
        let outcome = try Replay.run(path)
        #expect(outcome.summary.monitors == summary.monitors)
        #expect(outcome.recorded?.monitors == summary.monitors)
        #expect(outcome.summary.siftedSha256 == summary.siftedSha256)
        #expect(outcome.summary.dropped == summary.dropped)
    }
}
