import Calibration
import ClockSync
import Foundation
import Quantities
import Testing
import TimeTags

/// Goal: jitter and skew of two real detectors come out of a recording without a sync channel.
///
/// The recording: PicoQuant HydraHarp 400, a laser near 320 MHz on two detectors (repository
/// timetag/ETA, tests/hydraharp/data). The comb of one channel is the clock for both.
@Suite struct RealPhotonTests {
    private static let file = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
        .appending(path: "shared/data/timetags/200204_HH400_T2_320MHz_HBT.timeres")
    private static let isHere = FileManager.default.fileExists(atPath: file.path)

    @Test(.enabled(if: isHere, "../shared/data holds no recording of 320 MHz"))
    func twoRealDetectorsHaveTheirJitterAndSkew() throws {
        let times = try Recording.times(of: Self.file)
        let first = times[0]
        let second = times[1]
        #expect(first.count == 159_298)
        #expect(second.count == 224_721)
        let blocks = try Recording.comb(first)
        let memory = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 2 * 625)
        defer { memory.deallocate() }
        let half = { UnsafeMutableBufferPointer(rebasing: memory[$0 * 625..<($0 + 1) * 625]) }
        let histograms = [
            try Recording.fold(first, blocks, half(0)), try Recording.fold(second, blocks, half(1)),
        ]
        let shapes = try histograms.map { try ResponseShape($0) }
        let centroid = try ChannelSkew.byCentroid(histograms[0], histograms[1])
        let correlation = try ChannelSkew.byCorrelation(histograms[0], histograms[1])
        // Computed without this code: Tests/Peers/calibration_peer.py.
        #expect(abs(shapes[0].halfWidth.value - 175) < 6)
        #expect(abs(shapes[1].halfWidth.value - 185) < 6)
        #expect(abs(centroid.value + 1_088.9) < 4)
        #expect(centroid.sigma < 1)
        // Their tails differ, so that bulk and mean need not be delayed alike.
        #expect(abs(centroid.value - correlation.value) < 40)
        #expect(shapes.allSatisfy { $0.halfWidth.sigma < 3 && ($0.tail?.value ?? 0) > 100 })
    }
}

/// Reads and folds the recording.
private enum Recording {
    static func times(of file: URL) throws -> [[Int64]] {
        let bytes = [UInt8](try Data(contentsOf: file))
        var tags = [TimeTag](repeating: TimeTag(time: 0, channel: 0), count: 500_000)
        var decoder = PTUDecoder()
        let progress = bytes.withUnsafeBytes { bytes in
            tags.withUnsafeMutableBufferPointer { decoder.decode(bytes, into: $0) }
        }
        let clicks = tags.prefix(progress.tagsWritten).filter { $0.kind == .detection }
        return [0, 1].map { channel in
            clicks.filter { $0.channel == channel }.map(\.time)
        }
    }

    static func comb(_ times: [Int64]) throws -> [CombBlock] {
        let configuration = CombRecoveryConfiguration(nominalPeriod: 3_125)
        let count = Int(
            CombRecovery.blockCount(
                first: times[0], last: times[times.count - 1], block: configuration.block))
        var blocks = [CombBlock](repeating: CombBlock(), count: count)
        let storage = UnsafeMutableRawPointer.allocate(
            byteCount: CombRecovery.storageBytes(configuration: configuration, blocks: count),
            alignment: 16)
        defer { storage.deallocate() }
        let summary = try times.withUnsafeBufferPointer { times in
            try blocks.withUnsafeMutableBufferPointer {
                try CombRecovery.recover(
                    times, configuration: configuration, storage: storage, into: $0)
            }
        }
        return Array(blocks.prefix(summary.blocks))
    }

    /// Phases of `times` against the comb, in bins of 5 ps of 3,125.
    static func fold(
        _ times: [Int64], _ blocks: [CombBlock], _ memory: UnsafeMutableBufferPointer<Int64>
    ) throws -> PhaseHistogram {
        let histogram = try PhaseHistogram(memory, period: 3_125)
        let length = CombRecoveryConfiguration(nominalPeriod: 3_125).block
        var block = 0
        for time in times {
            while block + 1 < blocks.count, time >= blocks[block + 1].start { block += 1 }
            guard time >= blocks[block].start, time < blocks[block].start + length else { continue }
            let turns = blocks[block].smoothed.turns(after: time - blocks[block].start)
            histogram.count(delay: Double(turns >> 11) * 0x1p-53 * 3_125)
        }
        return histogram
    }
}
