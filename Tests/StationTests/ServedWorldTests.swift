import BoardFile
import Foundation
import KeyStore
import Simulator
import Testing
import TimeTags
import USBIP
import Wire

@testable import Station

@Suite struct ServedWorldTests {
    private static func board(_ name: String) throws -> Board {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try Board.load(root.appendingPathComponent("boards/\(name).toml").path)
    }

    /// A tagger as a host has set and started it.
    private static func startedTagger() -> ReferenceTaggerDevice {
        var tagger = ReferenceTaggerDevice()
        let channels = SetupPacket(requestType: 0x40, request: 0x11, value: 0xFF)
        let start = SetupPacket(requestType: 0x40, request: 0x20)
        for setup in [channels, start] {
            #expect(tagger.control(setup, data: []) == .done([]))
        }
        return tagger
    }

    @Test(arguments: ["sim", "sim-micius"])
    func theTaggerOnTheBusSendsTheBytesOfTheTaggerInProcess(name: String) throws {
        let board = try Self.board(name)
        let parameters = try board.servedParameters(seed: 7)
        let feed = WorldFeed(parameters, pointing: try PointingRun(board: board, world: parameters))
        var served = try ServedWorld(board: board, seed: 7)
        var tagger = Self.startedTagger()
        feed.start()
        defer { feed.stop() }
        var expected: [UInt8] = []
        var found: [UInt8] = []
        for step in 1...200 {
            expected += feed.next().bytes
            feed.release()
            served.advance(to: Int64(step) * WorldFeed.step)
            served.tags.withUnsafeBufferPointer { tagger.take($0, now: served.taggerTime) }
            while tagger.transmit(65_536, packetSize: 512, from: 0x81, into: &found) == .complete {}
        }
        #expect(expected.count > 30_000)
        #expect(found == expected)
        #expect(served.session == PassSetup(board: board, world: parameters).session)
    }

    @Test func theLengthOfTheStepsChangesFramesAndNoTag() throws {
        func tags(step: Int64) throws -> [TimeTag] {
            var world = try ServedWorld(board: try Self.board("sim"), seed: 3)
            var tags: [TimeTag] = []
            while world.time < 1_000_000_000_000 {
                world.advance(to: world.time + step)
                tags += world.tags
            }
            return tags
        }
        #expect(try tags(step: 10_000_000_000) == tags(step: 500_000_000))
    }

    /// A station that knows the world by bytes of the tagger and messages alone.
    @Test func aStationOutsideSiftsTheBitsOfThePassInProcess() throws {
        let board = try shortBoard()
        let own = try SimulatedPass(board: board, seed: 7, directory: nil).run()

        let folder = FileManager.default.temporaryDirectory.path + "/served-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var satellite = try ServedSatellite(board: board, seed: 7, storeDirectory: folder)
        let setup = PassSetup(board: board, world: try board.servedParameters(seed: 7))
        #expect(setup.session == satellite.session)
        let distillation = try PassDistillation(
            parameters: board.distillationParameters(session: setup.session),
            store: try KeyStore(opening: folder + "/station", actor: "test"), windows: 1)
        let station = try Topology(
            board: board, setup: setup, world: nil, distillation: distillation)

        var world = try ServedWorld(board: board, seed: 7)
        var tagger = Self.startedTagger()
        var now: Int64 = 0
        let message = UnsafeMutableRawBufferPointer.allocate(
            byteCount: MessageHeader.largestMessage, alignment: 16)
        defer { message.deallocate() }
        func talk(_ satellite: inout ServedSatellite) {
            distillation.now = now
            satellite.exchange(until: now) { bytes in
                if MessageHeader.kind(bytes) == .distillationAnswer {
                    distillation.receive(bytes, now: now)
                } else {
                    station.engine.receive(bytes, now: now)
                }
            }
            while true {
                let count = station.engine.poll(now: now, into: message)
                if count == 0 { break }
                satellite.send(UnsafeRawBufferPointer(rebasing: message[..<count]), at: now)
            }
            let count = distillation.poll(now: now, into: message)
            if count > 0 {
                satellite.send(UnsafeRawBufferPointer(rebasing: message[..<count]), at: now)
            }
        }
        while now < world.end {
            now += WorldFeed.step
            world.advance(to: now)
            world.tags.withUnsafeBufferPointer { tagger.take($0, now: world.taggerTime) }
            var bytes: [UInt8] = []
            while tagger.transmit(65_536, packetSize: 512, from: 0x81, into: &bytes) == .complete {}
            bytes.withUnsafeBytes { station.engine.take($0, now: now) }
            station.book.book(station.engine, now: now, taggerBytes: bytes.count)
            talk(&satellite)
        }
        station.engine.finish(now: now)
        for _ in 0..<6_000 {
            now += WorldFeed.step
            talk(&satellite)
            if station.engine.keeper.ground.hasNothingWaiting { distillation.finish(now: now) }
            if case .answered = station.engine.keeper.ground.closeState, distillation.isIdle {
                break
            }
        }
        let summary = satellite.summarise()
        #expect(summary.closing == "agreed")
        #expect(station.book.siftedBits == own.siftedBits)
        #expect(station.book.sifted.text == own.siftedSha256)
        #expect(own.keyBasisSha256 != nil && summary.keyBasisSha256 == own.keyBasisSha256)
        #expect(summary.keyBasisBits == own.keyBasisBits)
        #expect(own.keyBasisBits > 10_000)
    }
}
