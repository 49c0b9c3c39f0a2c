import BoardFile
import Foundation
import GateDrivers
import PayloadDoubles
import PayloadHAL
import Quantities
import RealTime
import Recorder
import Simulator
import Testing

@testable import Station

/// The pass on instruments, in real time: instruments and satellite are played, the rest is real.
@Suite(.serialized) struct LivePassTests {
    /// How much faster than life the clock of these tests runs.
    private static let factor: Int64 = 4

    @Test func aPlayedPassGivesTheBitsOfTheSamePassInProcess() throws {
        let board = try shortBoard(lowestElevation: 79)
        let expected = try SimulatedPass(board: board, seed: 7, directory: nil).run()
        let folder = try Folder()
        let directory = folder.path + "/pass"
        let summary = try run(board, seed: 7, directory: directory)
        #expect(summary.siftedBits > 1_000)
        #expect(summary.dropped == expected.dropped)
        #expect(summary.siftedSha256 == expected.siftedSha256)
        #expect(summary.closing == "agreed")
        #expect(summary.detections == summary.explained)
        #expect(
            summary.distillation?.windows.first?.outcome
                == expected.distillation?.windows.first?.outcome)
        let replayed = try Replay.run(directory).summary
        #expect(replayed.siftedSha256 == summary.siftedSha256)
    }

    @Test func aTaggerThatIsUnpluggedCostsThatTimeAndNoMore() throws {
        let board = try shortBoard(lowestElevation: 78)
        let folder = try Folder()
        let directory = folder.path + "/pass"
        let summary = try run(
            board, seed: 3, directory: directory,
            unplugged: 5_000_000_000_000...6_500_000_000_000)
        #expect(summary.siftedBits > 1_000)
        #expect(summary.closing == "agreed")
        #expect(summary.losses.records > 0)
        let events = try TelemetryReader(directory: directory).events.filter {
            $0.source == "tagger"
        }
        #expect(events.contains { $0.message.hasPrefix("is gone") })
        #expect(events.contains { $0.message.contains("about epochs 2") }, "\(events)")
        let replayed = try Replay.run(directory).summary
        #expect(replayed.siftedSha256 == summary.siftedSha256)
    }

    /// Receives a pass of `board` with everything played.
    private func run(
        _ board: Board, seed: UInt64, directory: String?, unplugged: ClosedRange<Int64>? = nil
    ) throws -> PassSummary {
        let plan = try LivePlan(simulatedOn: board, seed: seed)
        let world = try #require(plan.world)
        let folder = try Folder()
        let stores = try PassStores(directory: folder.path)
        let clock = FastClock(factor: Self.factor)
        let origin = Origin()
        let peer = try SatellitePeer(
            parameters: board.siftParameters(session: plan.setup.session), world: world,
            distillation: board.distillationParameters(session: plan.setup.session),
            vault: StoreVault(stores.satellite), time: ComputingTime())
        func gate() throws -> LineGate<RecordedLine> { try LineGate(RecordedLine(LineRecord())) }
        let bank = GateBank(
            try gate(), try gate(), try gate(), try gate(), shutter: RecordedLine(LineRecord()))
        let rates = RateGuard(channels: [3, 4, 5, 6], rule: try #require(RateGuard.Rule()))
        var settings = LivePassSettings()
        settings.directory = directory
        let pass = try LivePass(
            plan, store: stores.station,
            tagger: WorldTagger(world, clock: clock, origin: origin, unplugged: unplugged),
            gates: GuardedGates(bank, rates: rates),
            link: PeerLink(peer, clock: clock, origin: origin), clock: clock, settings: settings)
        return try pass.run()
    }
}
