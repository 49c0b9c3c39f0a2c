import Foundation
import Glibc
import Testing

@testable import Recorder

/// A directory that is gone after the test.
final class Folder {
    let path = NSTemporaryDirectory() + "recorder-" + UUID().uuidString
    init() {
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Bytes that do not compress, the same each time (SplitMix64, Steele et al. 2014).
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return UInt8(truncatingIfNeeded: z ^ (z >> 31))
    }
}

/// What a reader finds in a file.
struct Findings {
    var bytes: [UInt8] = []
    var chunks: [RawChunk] = []
    var damages: [RawDamage] = []

    init(_ path: String) throws {
        var reader = try RawReader(path)
        while let piece = try reader.next() {
            switch piece {
            case .bytes(let chunk):
                chunks.append(chunk)
                bytes += Array(reader.bytes)
            case .damage(let damage): damages.append(damage)
            }
        }
    }
}

/// Records `stream` in chunks of `chunkSize`, `step` bytes at a time, tag times 1 ps per byte.
func record(
    _ stream: [UInt8], in directory: String, chunkSize: Int64, step: Int = 100, finish: Bool = true
) throws {
    var recorder = try RawRecorder(directory: directory, chunkSize: chunkSize)
    for start in stride(from: 0, to: stream.count, by: step) {
        let end = min(start + step, stream.count)
        try recorder.append(Array(stream[start..<end]), times: Int64(start)...Int64(end - 1))
    }
    if finish { try recorder.finish() }
}

@Suite struct RawRecorderTests {
    @Test(arguments: [16, 100, 4_096, 1 << 20])
    func whatIsReadBackIsWhatWasRecorded(chunkSize: Int64) throws {
        let folder = Folder()
        let stream = noise(10_007) + [UInt8](repeating: 7, count: 50_000)
        try record(stream, in: folder.path, chunkSize: chunkSize, step: 997)
        let found = try Findings(folder.path)
        #expect(found.bytes == stream)
        #expect(found.damages.isEmpty)
        #expect(found.chunks.first?.times?.lowerBound == 0)
        #expect(found.chunks.last?.times?.upperBound == Int64(stream.count - 1))
        var reader = try RawReader(folder.path)
        let indexed = try reader.indexed()
        #expect(indexed?.chunks == found.chunks.count)
        #expect(indexed?.streamCount == Int64(stream.count))
    }

    @Test func aPayloadIsAZstdFrameThatOtherToolsRead() throws {
        let folder = Folder()
        try record(noise(500), in: folder.path, chunkSize: 1_000)
        let data = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/raw.lts"))
        // RFC 8878, 3.1.1: the magic number of a frame.
        #expect(Array(data[64..<68]) == [0x28, 0xB5, 0x2F, 0xFD])
    }

    @Test func aRecordingThatWasNotFinishedIsWhole() throws {
        let folder = Folder()
        try record(noise(2_500), in: folder.path, chunkSize: 1_000, finish: false)
        let found = try Findings(folder.path)
        #expect(found.bytes == noise(2_500))
        #expect(found.damages.isEmpty)
        var reader = try RawReader(folder.path)
        let indexed = try reader.indexed()
        #expect(indexed == nil)
    }

    @Test func anEmptyRecordingIsReadBackEmpty() throws {
        let folder = Folder()
        try record([], in: folder.path, chunkSize: 1_000)
        let found = try Findings(folder.path)
        #expect(found.bytes.isEmpty)
        #expect(found.damages.isEmpty)
    }

    @Test func cutAtAnyByteItLosesOnlyTheUnfinishedChunk() throws {
        let folder = Folder()
        let stream = noise(1_500)
        try record(stream, in: folder.path, chunkSize: 128)
        let path = folder.path + "/raw.lts"
        let whole = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        var ends: [Int] = []
        var end = 8
        for chunk in try Findings(path).chunks {
            end += RawFormat.headerSize + chunk.storedCount
            ends.append(end)
        }
        for cut in 0...whole.count {
            try Data(whole[..<cut]).write(to: URL(fileURLWithPath: path))
            let found = try Findings(path)
            let kept = ends.filter { $0 <= cut }.count
            #expect(found.bytes == Array(stream[..<min(kept * 128, stream.count)]), "cut at \(cut)")
            let isClean = cut == 8 || ends.contains(cut) || cut == whole.count
            #expect(found.damages.isEmpty == isClean, "cut at \(cut): \(found.damages)")
        }
    }

    @Test func everyFlippedBitIsSeenAndTheOtherChunksAreRead() throws {
        let folder = Folder()
        let stream = noise(700)
        try record(stream, in: folder.path, chunkSize: 128)
        let path = folder.path + "/raw.lts"
        let whole = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let chunks = try Findings(path).chunks
        for bit in 0..<whole.count * 8 {
            var bytes = whole
            bytes[bit / 8] ^= 1 << (bit % 8)
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let found = try Findings(path)
            #expect(found.damages.count == 1, "bit \(bit): \(found.damages)")
            guard let damage = found.damages.first else { continue }
            #expect(damage.fileRange.contains(Int64(bit / 8)))
            #expect(found.chunks.count >= chunks.count - 1)
            let lost = damage.streamRange.map(\.count) ?? (stream.count - found.bytes.count)
            #expect(found.bytes.count + lost == stream.count, "bit \(bit): \(damage)")
        }
    }

    @Test func damageIsReportedWithItsTagTimes() throws {
        let folder = Folder()
        try record(noise(512), in: folder.path, chunkSize: 128, step: 128)
        let path = folder.path + "/raw.lts"
        var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let second = 8 + RawFormat.headerSize + (try Findings(path).chunks[0].storedCount)
        bytes[second + RawFormat.headerSize + 20] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let damage = try #require(try Findings(path).damages.first)
        #expect(damage.reason == .checksum)
        #expect(damage.streamRange == 128..<256)
        #expect(damage.times == 128...255)
    }

    @Test func randomBytesNeverCrashTheReader() throws {
        let folder = Folder()
        let path = folder.path + "/raw.lts"
        try record(noise(3_000), in: folder.path, chunkSize: 256)
        let whole = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        for seed in 0..<300 {
            var bytes = whole
            let damage = noise(40, seed: UInt64(seed))
            for pair in stride(from: 0, to: 30, by: 3) {
                let at = (Int(damage[pair]) << 8 | Int(damage[pair + 1])) % bytes.count
                if damage[pair + 2] & 3 == 0 {
                    bytes.removeSubrange(at..<min(bytes.count, at + Int(damage[pair + 2])))
                } else {
                    bytes[at] = damage[pair + 2]
                }
            }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            _ = try? Findings(path)
        }
    }

    @Test func whatIsNoRecordingIsRefused() throws {
        let folder = Folder()
        try Data(noise(5_000)).write(to: URL(fileURLWithPath: folder.path + "/raw.lts"))
        #expect(throws: RecorderError.notARecording(path: folder.path + "/raw.lts")) {
            _ = try Findings(folder.path)
        }
    }

    @Test func aRecordingIsNeverOverwritten() throws {
        let folder = Folder()
        try record(noise(10), in: folder.path, chunkSize: 16)
        #expect(throws: RecorderError.exists(path: folder.path + "/raw.lts")) {
            try record(noise(10), in: folder.path, chunkSize: 16)
        }
        #expect(try Findings(folder.path).bytes == noise(10))
    }

    @Test func aDirectoryWithoutPermissionIsAClearError() throws {
        do throws(RecorderError) {
            _ = try RawRecorder(directory: "/proc/nowhere")
            Issue.record("recorded in /proc")
        } catch {
            #expect(error.description.hasPrefix("cannot create /proc/nowhere: "))
        }
    }
}

/// Limits of the whole process are changed here: one test at a time.
@Suite(.serialized) struct FullDiskTests {
    @Test func aFullDiskIsAClearErrorAndWhatIsWrittenStaysValid() throws {
        let folder = Folder()
        let stream = noise(100_000)
        var recorder = try RawRecorder(directory: folder.path, chunkSize: 4_096)
        // A limit on file sizes fails as a full disk does: the write is cut short, then refused.
        // Not less than 1 MB, as other tests write files at the same time.
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        let before = limit
        limit.rlim_cur = 1_200_000
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        defer {
            var limit = before
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        }
        var failure: RecorderError?
        var given = 0
        do throws(RecorderError) {
            for _ in 0..<20 {
                try recorder.append(stream)
                given += stream.count
            }
        } catch {
            failure = error
        }
        guard case .system("write", folder.path + "/raw.lts", EFBIG, _)? = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        do throws(RecorderError) {
            try recorder.append(stream)
            Issue.record("went on after an error")
        } catch {
            #expect(error == .stopped(path: folder.path + "/raw.lts"))
        }
        let found = try Findings(folder.path)
        #expect(found.damages.isEmpty)
        #expect(found.bytes.count > 1_100_000)
        #expect(found.bytes.count % 4_096 == 0)
        #expect(found.bytes.enumerated().allSatisfy { $1 == stream[$0 % stream.count] })
    }
}
