import Foundation
import KeyStore
import Simulator
import Testing

@testable import Station

/// A simulated source of entangled pairs over two stations, to the same key in two stores.
@Suite(.serialized) struct EntangledPassTests {
    /// So near that seconds are enough.
    private var source: EntangledParameters {
        var source = EntangledParameters()
        source.seed = 7
        source.pairRateHertz = 3e5
        (source.first.lossDecibels, source.second.lossDecibels) = (3, 2.5)
        return source
    }

    @Test func bothStoresHoldTheSameSimulatedKey() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/entangled-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let summary = try EntangledPass(source: source, duration: 2, directory: directory).run()
        let keys = try #require(summary.distillation)
        #expect(summary.simulated && keys.keyBits > 0, "\(summary)")
        #expect(keys.keysCompared == 1 && keys.keysDiffering == 0)
        #expect(keys.method.hasPrefix("bbm92"))
        #expect(keys.windows.first?.siftedBits == summary.keyBasisBits)
        let name = try #require(keys.windows.first?.keyId)
        for end in ["first", "second"] {
            let store = try KeyStore(opening: directory + "/keys/" + end, actor: "test")
            let record = try #require(try store.keys().first { "\($0.id)" == name })
            #expect(record.isSimulated && record.state == .available)
        }
        #expect(throws: PassError.self) {
            try EntangledPass(source: source, duration: 2, directory: directory)
        }
    }

    @Test func noPairsGiveNoKeyAndNoCrash() throws {
        var dark = source
        dark.pairRateHertz = 0
        let summary = try EntangledPass(source: dark, duration: 1).run()
        #expect(summary.distillation?.keyBits == 0)
        #expect(summary.distillation?.windows.map(\.outcome) == ["no sifted bits"])
        #expect(summary.epochs == 5 && summary.epochsDropped == 0)
    }

    @Test func aSourceTooBrightForTheMemoryIsRefusedWithItsRate() {
        var bright = source
        bright.pairRateHertz = 1e9
        #expect(throws: PassError.self) { try EntangledPass(source: bright, duration: 2) }
        #expect(throws: PassError.self) { try EntangledPass(source: source, duration: 0) }
    }
}
