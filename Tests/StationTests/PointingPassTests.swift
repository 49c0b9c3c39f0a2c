import BoardFile
import Foundation
import PassControl
import Quantities
import Recorder
import Simulator
import Testing
import Tracking

@testable import Station

/// A simulated pass in which the station itself has to find and hold the satellite.
@Suite(.serialized) struct PointingPassTests {
    /// 2 mrad off at first, a star in the field, something before the telescope for two seconds.
    private static let hard = """
        [pointing]
        field_stop = "60 urad"
        [world.pointing]
        azimuth_index_error = "1.5 mrad"
        elevation_index_error = "-1.3 mrad"
        star_electrons = 2000
        block_start = "9 s"
        block_length = "2 s"
        """

    private func run(
        _ pointing: String, seed: UInt64, lowestElevation: Double = 76.5,
        into directory: String? = nil
    ) throws -> PassSummary {
        let board = try shortBoard(lowestElevation: lowestElevation, pointing: pointing)
        return try SimulatedPass(board: board, seed: seed, directory: directory).run()
    }

    @Test(arguments: [1, 2] as [UInt64])
    func aPassThatIsHardToAimIsAcquiredHeldAndRecovered(seed: UInt64) throws {
        let folder = try Folder()
        let directory = folder.path + "/pass"
        let summary = try run(Self.hard, seed: seed, into: directory)
        let pointing = try #require(summary.pointing)
        #expect(try #require(pointing.firstLightS) < 3, "seed \(seed): \(pointing)")
        #expect(try #require(pointing.firstLockS) < 4, "seed \(seed): \(pointing)")
        // The loop closes at least once more after the two dark seconds.
        #expect(pointing.locks >= 2, "seed \(seed): \(pointing)")
        #expect(try #require(pointing.trueErrorUrad) < 15, "seed \(seed): \(pointing)")
        #expect(summary.siftedBits > 5_000, "seed \(seed): \(summary)")
        #expect(summary.detections == summary.explained)

        let telemetry = try TelemetryReader(directory: directory)
        let dark = try #require(telemetry.rows.first { $0.time == 10 })
        #expect(dark.shutterOpenFraction == 0, "the shutters were open without a beacon")
        #expect(dark.aimedFraction == 0, "time without a beacon was allowed to become key")
        #expect(
            telemetry.events.contains { $0.source == "pointing" && $0.message.contains("fade") })
    }

    @Test func afterThePassTheShuttersCloseTheLaserGoesOffAndTheMountGoesBackToRest() throws {
        let board = try shortBoard(lowestElevation: 80, pointing: Self.hard)
        let world = try #require(try board.worldParameters(seed: 3))
        let run = try #require(try PointingRun(board: board, world: world))
        let rest = run.station.rest
        #expect(
            SkyAngle.between(rest, run.mountDirection) > 0.05,
            "the mount is not where the pass begins")
        var live = SimulatedWorld(world)
        live.pointing = { run.step($0) }
        live.advance(to: live.end)
        #expect(SkyAngle.between(rest, run.mountDirection) > 0.05)
        run.park(after: live.end)
        #expect(run.station.state.phase == .idle)
        #expect(SkyAngle.between(rest, run.mountDirection) < 3e-3)
        #expect(!run.isShutterOpen && !run.isLaserOn)
        #expect(run.takeNotes().contains { $0.message.hasPrefix("park to idle") })
    }

    @Test func aReplayOfAnAimedPassGivesTheSameBits() throws {
        let folder = try Folder()
        let directory = folder.path + "/pass"
        let summary = try run(Self.hard, seed: 4, into: directory)
        let replayed = try Replay.run(directory).summary
        #expect(replayed.siftedSha256 == summary.siftedSha256)
        #expect(replayed.dropped["not_aimed"] == summary.dropped["not_aimed"])
        #expect(try #require(summary.dropped["not_aimed"]) > 0)
    }

    @Test(arguments: PointingScene.Fault.allCases)
    func aFaultOfAnInstrumentIsNamedMadeSafeAndSurvived(fault: PointingScene.Fault) throws {
        let folder = try Folder()
        let directory = folder.path + "/pass"
        let summary = try run(
            """
            [pointing]
            field_stop = "60 urad"
            [world.pointing]
            fault = "\(fault.rawValue)"
            fault_start = "4 s"
            fault_length = "3 s"
            """, seed: 1,
            // Encoders that slip and slip back cost two searches.
            lowestElevation: fault == .mountSlipped ? 76 : 78, into: directory)
        let telemetry = try TelemetryReader(directory: directory)
        let instrument = fault.rawValue.split(separator: "-")[0]
        let warning = telemetry.events.first {
            $0.source == "pointing" && $0.severity == .warning && $0.time >= 4
                && $0.message.contains(instrument)
        }
        #expect(try #require(warning).time < 6.5, "\(fault): \(telemetry.events)")
        let during = try #require(telemetry.rows.first { $0.time == 6 })
        // Encoders that slip once are believed again when they hang together, and the beacon is
        // searched from there.
        if fault != .mountSlipped {
            #expect(during.shutterOpenFraction == 0, "\(fault): shutters open")
            #expect(during.aimedFraction == 0, "\(fault): time allowed to become key")
        }
        // The pass goes on once the instrument works again.
        let later = telemetry.rows.filter { $0.time >= 9 }
        #expect(later.contains { ($0.aimedFraction ?? 0) > 0.5 }, "\(fault): \(telemetry.events)")
        #expect(summary.siftedBits > 1_000, "\(fault): \(summary)")
        #expect(summary.detections == summary.explained)
    }

    @Test func theBoardKnowsEveryFault() throws {
        for fault in PointingScene.Fault.allCases {
            _ = try shortBoard(
                pointing: "[pointing]\nfield_stop = \"60 urad\"\n[world.pointing]\n"
                    + "fault = \"\(fault.rawValue)\"")
        }
        #expect(throws: BoardError.self) {
            try shortBoard(
                pointing: "[pointing]\nfield_stop = \"60 urad\"\n[world.pointing]\n"
                    + "fault = \"mount-sleepy\"")
        }
    }

    @Test func aBeaconThatNeverComesMakesNoKeyAndIsSaid() throws {
        let summary = try run(
            """
            [pointing]
            field_stop = "60 urad"
            [world.pointing]
            beacon_electrons = 0
            coarse_electrons = 0
            """, seed: 1)
        let pointing = try #require(summary.pointing)
        #expect(pointing.firstLightS == nil && pointing.locks == 0)
        #expect(pointing.shutterOpenFraction == 0)
        #expect(summary.siftedBits == 0)
    }
}

/// What the engine is told of the telescope's aim.
@Suite struct AimTimelineTests {
    @Test func aimIsNoConditionWhereNobodySpeaksOfIt() {
        var timeline = AimTimeline()
        let isGood = timeline.isGood(from: 5, until: 9)
        #expect(isGood)
    }

    @Test func aVerdictHoldsFromItsTimeOnUntilTheNext() {
        var timeline = AimTimeline()
        for (time, isGood) in [(Int64.min, false), (100, true), (200, false)] {
            timeline.append(AimTimeline.Verdict(time: time, isGood: isGood))
        }
        let before = timeline.isGood(from: 90, until: 110)
        let inside = timeline.isGood(from: 100, until: 200)
        let across = timeline.isGood(from: 150, until: 201)
        let after = timeline.isGood(from: 200, until: 210)
        #expect(!before && inside && !across && !after)
    }

    @Test func aLaterWordOverridesFromItsTimeOn() {
        var timeline = AimTimeline()
        timeline.append(AimTimeline.Verdict(time: 0, isGood: false))
        timeline.append(AimTimeline.Verdict(time: 100, isGood: true))
        // The stretch was too short once its margin was taken away.
        timeline.append(AimTimeline.Verdict(time: 100, isGood: false))
        let isGood = timeline.isGood(from: 120, until: 130)
        #expect(!isGood)
    }

    @Test func verdictsSayWhatTheGateSays() {
        let millisecond: Int64 = 1_000_000_000
        var gate = KeyGate(
            rule: KeyRule(
                residualLimit: 20e-6, settle: 5 * millisecond, margin: 3 * millisecond,
                gap: 2 * millisecond))
        var writer = VerdictWriter()
        var timeline = AimTimeline()
        var residual: [Double] = []
        // Good, bad for a moment, good, gone.
        for index in 0..<200 {
            residual.append((60..<63).contains(index) || index > 150 ? 1e-3 : 1e-6)
        }
        for (index, value) in residual.enumerated() {
            gate.take(
                PointingSample(
                    time: Int64(index) * millisecond, phase: .keyExchange, residual: value))
            writer.follow(gate)
            for verdict in writer.take() { timeline.append(verdict) }
        }
        for index in 0..<190 {
            let time = Int64(index) * millisecond + 1
            let isGood = timeline.isGood(from: time, until: time + 10)
            #expect(isGood == (gate.verdict(at: time) == .eligible), "at \(index) ms")
        }
        #expect(gate.count == 2)
    }
}
