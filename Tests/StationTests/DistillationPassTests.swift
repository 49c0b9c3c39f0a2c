import Distillation
import Foundation
import KeyStore
import Secrets
import Testing

@testable import Station

/// A pass of seconds, distilled as a whole one is.
@Suite(.serialized) struct DistillationPassTests {
    @Test func everyKeyBitIsCorrectedAndEveryErrorCounted() throws {
        let folder = try Folder()
        let summary = try SimulatedPass(
            board: try shortBoard(), seed: 5, directory: nil, storeDirectory: folder.path
        ).run()
        let distillation = try #require(summary.distillation)
        #expect(distillation.windows.count == 1)
        let window = try #require(distillation.windows.first)
        #expect(window.siftedBits == summary.keyBasisBits)
        #expect(window.blocks >= 1 && window.blocksDisclosed == 0)
        // The simulator knows how many errors the key basis had.
        let errors = try #require(summary.counts.rectilinear.m).reduce(0, +)
        #expect(window.correctedErrors == errors)
        #expect(window.keyBits > 0 && window.keyBits % 8 == 0, "\(window)")
        #expect(distillation.keysCompared == 1 && distillation.keysDiffering == 0)
        // Three tags of 96 bits.
        #expect(distillation.authenticationBits == 288)
        let balance = try #require(window.balance)
        let left =
            balance.s0 + balance.s1 - balance.phaseErrors - balance.reconciliation
            - balance.verification - balance.secrecy - balance.correctness
        #expect((0..<8).contains(left - Double(window.keyBits)), "\(balance)")
    }

    @Test func aReplayMakesNoKey() throws {
        let folder = try Folder()
        let path = folder.path + "/pass"
        _ = try SimulatedPass(
            board: try shortBoard(lowestElevation: 80.2), seed: 6, directory: path
        ).run()
        #expect(FileManager.default.fileExists(atPath: path + "/keys/station/keys.sqlite"))
        #expect(try Replay.run(path).summary.distillation == nil)
    }

    @Test func storesThatAreGivenKeepTheirPreSharedKey() throws {
        let folder = try Folder()
        for seed: UInt64 in 1...2 {
            _ = try SimulatedPass(
                board: try shortBoard(lowestElevation: 80.4), seed: seed, directory: nil,
                storeDirectory: folder.path
            ).run()
        }
        let store = try KeyStore(opening: folder.path + "/station")
        #expect(try store.keys().count == 1)
        #expect(store.identity.isSimulated)
    }

    @Test func withoutAStockThePassDoesNotBegin() throws {
        let folder = try Folder()
        for (role, name, other) in [
            (StoreRole.station, "station", "satellite"), (.satellite, "satellite", "station"),
        ] {
            let store = try KeyStore.create(
                directory: folder.path + "/" + name,
                identity: KeyStore.Identity(
                    role: role, name: name, defaultPeer: other, isSimulated: true))
            let bytes = SecretBytes(count: 32 + 2 * 12)
            try store.installPreSharedKey(
                id: KeyID(first: 1, second: 2), bytes: bytes, isSimulated: true)
            try store.close()
        }
        #expect(throws: KeyStoreError.self) {
            try SimulatedPass(
                board: try shortBoard(lowestElevation: 80.4), seed: 1, directory: nil,
                storeDirectory: folder.path)
        }
    }
}
