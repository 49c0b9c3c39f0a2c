import Foundation
import TagFiles
import Testing
import TimeTags

/// Recordings that others made, beside the repository; absent on most machines.
private let recordings = URL(filePath: #filePath)
    .appending(path: "../../../../shared/data/timetags").standardized.path

private let haveRecordings = FileManager.default.fileExists(atPath: recordings)

/// All tags of a file, and what was wrong with it.
private func tags(of path: String, as format: TagFormat? = nil) throws -> ([TimeTag], TagFileError?)
{
    var reader = try TagFileReader(path: path, format: format)
    let batch = UnsafeMutableBufferPointer<TimeTag>.allocate(capacity: 4_096)
    defer { batch.deallocate() }
    var tags: [TimeTag] = []
    while true {
        let count = try reader.nextBatch(into: batch)
        if count == 0 { break }
        tags += batch[..<count]
    }
    let damage = reader.damage
    return (tags, damage)
}

private func counts(_ tags: [TimeTag]) -> [UInt8: Int] {
    tags.filter { $0.kind == .detection }.reduce(into: [:]) { $0[$1.channel, default: 0] += 1 }
}

@Suite(.enabled(if: haveRecordings, "needs the recordings in ../shared/data/timetags"))
struct RecordingTests {
    @Test func theHydraHarpRecordingHasItsPublishedCounts() throws {
        let path = recordings + "/200204_HH400_T2_320MHz_HBT.timeres"
        let (all, damage) = try tags(of: path)
        #expect(counts(all) == [0: 159_298, 1: 224_721])
        #expect(all.count == 409_482)
        #expect(damage == nil)
    }

    @Test func theQuTAGRecordingIsReadFromBehindItsHeader() throws {
        let (all, damage) = try tags(of: recordings + "/19_qutag_80MHz_HBT_sync_filtered.qutag")
        #expect(counts(all) == [1: 79_314, 2: 94_287, 5: 94_200])
        #expect(all.first?.time == 260_182_250_071_800_102)
        #expect(damage == nil)
    }

    @Test func theThreeEncodingsOfTimestamp7HoldTheSameEvents() throws {
        let (a0, _) = try tags(of: recordings + "/timestamp7_c14_rollover.Aa0f.ts")
        let (a1, _) = try tags(of: recordings + "/timestamp7_c14_rollover.Aa1fX.ts")
        let (a2, _) = try tags(of: recordings + "/timestamp7_c14_rollover.Aa2f.ts")
        #expect(a0 == a1)
        #expect(a1 == a2)
        #expect(a0.filter { $0.kind == .rollOver }.count == 138)
        #expect(a0.filter { $0.kind == .detection }.count == 862)
    }

    @Test func theTimestamp7CalibrationHasItsFourDetectors() throws {
        let (all, _) = try tags(of: recordings + "/timestamp7_c1234.Aa1.ts")
        #expect(counts(all) == [1: 621, 2: 488, 3: 481, 4: 422])
        #expect(Set(all.map(\.time)).count == 2_000)
    }
}

@Suite struct TagFileTests {
    private let folder = FileManager.default.temporaryDirectory
        .appending(path: "lodestar-tags-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func path(_ name: String) -> String { folder.appending(path: name).path }

    private let some: [TimeTag] = (0..<1_000).map {
        TimeTag(time: 1_000_000 + Int64($0) * 125_000, channel: UInt8($0 % 4 + 1))
    }

    private func write(_ tags: [TimeTag], _ name: String, _ format: OutputFormat) throws -> String {
        var writer = try TagFileWriter(path: path(name), format: format)
        try tags.withUnsafeBufferPointer { all throws(TagFileError) in try writer.append(all) }
        try writer.finish()
        return path(name)
    }

    @Test(arguments: [OutputFormat.reference, .ptu, .a1])
    func whatIsWrittenIsRecognisedAndReadBack(format: OutputFormat) throws {
        let (back, damage) = try tags(of: try write(some, "x", format))
        #expect(back.filter { $0.kind == .detection } == some)
        #expect(damage == nil)
    }

    @Test func aCutPTUFileIsToldWithItsPromise() throws {
        let whole = try Data(contentsOf: URL(filePath: try write(some, "x", .ptu)))
        try whole.dropLast(400).write(to: URL(filePath: path("cut")))
        let (back, damage) = try tags(of: path("cut"))
        #expect(back.filter { $0.kind == .detection }.count == 900)
        #expect(damage?.description.contains("promises") == true)
    }

    @Test func aFailedWriteLeavesTheOldFile() throws {
        let old = try write(some, "x", .csv)
        let before = try Data(contentsOf: URL(filePath: old))
        #expect(throws: TagFileError.self) {
            _ = try write([TimeTag(time: 1, channel: 99)], "x", .a1)
        }
        #expect(try Data(contentsOf: URL(filePath: old)) == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x"])
    }

    @Test func foreignContentIsRefusedByName() throws {
        for content in [
            "", "hello, this is no recording at all\n", String(repeating: "\0", count: 9_000),
        ] {
            try Data(content.utf8).write(to: URL(filePath: path("junk")))
            #expect(throws: TagFileError.self) { _ = try tags(of: path("junk")) }
        }
        #expect(throws: TagFileError.self) { _ = try tags(of: path("absent")) }
        #expect(throws: TagFileError.self) { _ = try tags(of: folder.path) }
    }

    @Test func aFullDiskIsAnError() throws {
        #expect(throws: TagFileError.system(operation: "write", path: "/dev/full", code: ENOSPC)) {
            var writer = try TagFileWriter(path: "/dev/full", format: .csv)
            try writer.finish()
        }
    }
}
