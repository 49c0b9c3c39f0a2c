import BoardFile
import CalibrationRecords
import Foundation
import Testing

/// A folder of records that goes away with the test.
private final class Folder {
    let path: String
    var store: RecordStore { RecordStore(directory: path) }
    var keyPath: String { path + "/keys/" + StationKey.fileName }

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/records-\(UUID())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult func add(
        _ item: String, time: Int64 = Folder.now, verdict: String = "met", simulated: Bool = false,
        board: String = "sim-calibrated", until: Int64? = nil
    ) throws -> StoredRecord {
        var record = CalibrationRecord(
            item: item, timeUTC: time, operator: "ada", board: board, boardSha256: "",
            simulated: simulated, verdict: verdict)
        record.values = [
            .init(name: "dead_time", detector: "H", value: 29_600, sigma: 59, unit: "ps", counts: 9)
        ]
        record.values[0].verdict = verdict
        record.validUntilUTC = until
        record.reason = until == nil ? nil : "lamp broken, values of last week hold"
        let key = try StationKey(at: keyPath)
        return try store.append(record, histograms: "series x\n0 1\n", key: key)
    }

    func findings() throws -> [String] {
        try store.verify(by: StationKey.publicText(at: keyPath)).map { "\($0.file): \($0.problem)" }
    }

    func bytes(_ file: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + file)))
    }

    func write(_ bytes: [UInt8], _ file: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + file))
    }

    static let now: Int64 = 1_800_000_000
}

/// Goal: a record that was changed, cut, removed or replaced is named.
@Suite struct RecordStoreTests {
    @Test func aChainOfRecordsIsWhole() throws {
        let folder = try Folder()
        for item in ["dark", "dead-time", "skew"] { try folder.add(item) }
        #expect(try folder.findings() == [])
        let files = try folder.store.files()
        #expect(
            files == ["000001-dark.jsonl", "000002-dead-time.jsonl", "000003-skew.jsonl"])
        let second = try folder.store.record(files[1])
        #expect(second.isSigned && second.record.sequence == 2)
        #expect(second.record.previousSha256 == (try folder.store.record(files[0])).digest)
    }

    @Test func theKeyBelongsToItsOwnerAlone() throws {
        let folder = try Folder()
        try folder.add("dark")
        var status = stat()
        #expect(stat(folder.keyPath, &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o600 && status.st_size == 32)
        let key = try folder.bytes("keys/" + StationKey.fileName)
        let text = try folder.bytes("000001-dark.jsonl")
        #expect(!String(decoding: text, as: UTF8.self).contains(Hex.text(key)))
        chmod(folder.keyPath, 0o644)
        #expect(throws: RecordFault.keyPermissions(path: folder.keyPath, mode: "0644")) {
            try folder.add("dark")
        }
        chmod(folder.keyPath, 0o600)
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: folder.keyPath))
        #expect(throws: RecordFault.keyLength(path: folder.keyPath, bytes: 3)) {
            try folder.add("dark")
        }
    }

    @Test func everyChangedByteOfARecordIsSeen() throws {
        let folder = try Folder()
        for item in ["dark", "skew"] { try folder.add(item) }
        let good = try folder.bytes("000001-dark.jsonl")
        for place in stride(from: 0, to: good.count, by: 7) {
            var bad = good
            bad[place] ^= 1
            try folder.write(bad, "000001-dark.jsonl")
            let found = try folder.findings()
            #expect(found.contains { $0.hasPrefix("000001-dark.jsonl: ") }, "byte \(place)")
        }
    }

    @Test func everyCutOfARecordIsSeenAndNothingTraps() throws {
        let folder = try Folder()
        try folder.add("dark")
        let good = try folder.bytes("000001-dark.jsonl")
        for length in stride(from: 0, to: good.count, by: 11) {
            try folder.write(Array(good[..<length]), "000001-dark.jsonl")
            #expect(try !folder.findings().isEmpty)
        }
    }

    @Test func aRemovedRecordIsMissed() throws {
        let folder = try Folder()
        for item in ["dark", "dead-time", "skew"] { try folder.add(item) }
        try FileManager.default.removeItem(atPath: folder.path + "/000002-dead-time.jsonl")
        #expect(try folder.findings() == ["000003-skew.jsonl: record 2 is missing before it"])
        try FileManager.default.removeItem(atPath: folder.path + "/000003-skew.jsonl")
        #expect(
            try folder.findings() == [
                "head.jsonl: record 3 was the last one, but 1 is: records were removed"
            ])
    }

    @Test func anotherKeyAndAChangedHistogramAreSeen() throws {
        let (folder, other) = (try Folder(), try Folder())
        try folder.add("dark")
        let key = try StationKey(at: other.keyPath)
        let foreign = CalibrationRecord(
            item: "skew", timeUTC: 1, operator: "eve", board: "sim", boardSha256: "",
            simulated: false, verdict: "met")
        try folder.store.append(foreign, key: key)
        try folder.write(Array("series x\n0 2\n".utf8), "000001-dark.histogram")
        let found = try folder.findings()
        #expect(found.contains { $0.contains("000002-skew.jsonl: was signed by another key") })
        #expect(found.contains { $0.contains("000001-dark.histogram was changed") })
    }

    @Test func powerLostBetweenRecordAndNoteIsNoFault() throws {
        let folder = try Folder()
        try folder.add("dark")
        let head = try folder.bytes("head.jsonl")
        try folder.add("skew")
        try folder.write(head, "head.jsonl")
        try folder.write([1, 2], "000003-gate.jsonl.part")
        #expect(try folder.findings() == [])
        try folder.add("gate")
        #expect(try folder.findings() == [])
    }

    @Test func aFullDiskLeavesTheChainAsItWas() throws {
        // A device of the system that is always full stands in for the disk.
        guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
        let folder = try Folder()
        try folder.add("dark")
        try FileManager.default.removeItem(atPath: folder.path + "/lock")
        try FileManager.default.createDirectory(
            atPath: folder.path + "/000002-skew.histogram.part",
            withIntermediateDirectories: false)
        #expect(throws: RecordFault.self) { try folder.add("skew") }
        try FileManager.default.removeItem(atPath: folder.path + "/000002-skew.histogram.part")
        #expect(try folder.findings() == [])
        try folder.add("skew")
        #expect(try folder.store.files().count == 2)
    }

    @Test func whatIsNoNumberIsNotRecorded() throws {
        let folder = try Folder()
        var record = CalibrationRecord(
            item: "dark", timeUTC: 1, operator: "ada", board: "sim", boardSha256: "",
            simulated: true, verdict: "met")
        record.values = [.init(name: "x", value: .nan, sigma: 1, unit: "", counts: 1)]
        let key = try StationKey(at: folder.keyPath)
        let (store, bad) = (folder.store, record)
        do {
            try store.append(bad, key: key)
            Issue.record("recorded what is no number")
        } catch {
            #expect(error == .notFinite(name: "x"))
        }
    }
}

/// Goal: a pass is let through by good records only, or by an engineer's word.
@Suite struct AdmissionTests {
    private static let boards = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "boards").path

    private func admission(
        _ folder: Folder, _ board: String = "sim-calibrated", after hours: Int64 = 1
    ) throws -> Admission {
        Admission(
            board: try Board.load("\(Self.boards)/\(board).toml"), directory: folder.path,
            key: StationKey.publicText(at: folder.keyPath), now: Folder.now + hours * 3_600)
    }

    private func fill(
        _ folder: Folder, board: String = "sim-calibrated", simulated: Bool = true
    ) throws {
        for item in try Board.load("\(Self.boards)/sim-calibrated.toml").calibration.required {
            try folder.add(item.rawValue, simulated: simulated, board: board)
        }
    }

    @Test func aBoardThatAsksForNothingIsLetThrough() throws {
        #expect(try admission(Folder(), "sim").state == .notRequired)
    }

    @Test func goodRecordsLetAPassThroughUntilTheyAreStale() throws {
        let folder = try Folder()
        #expect(try admission(folder).state == .refused)
        try fill(folder)
        #expect(try admission(folder).state == .complete)
        let stale = try admission(folder, after: 31 * 24)
        #expect(stale.state == .refused)
        #expect(stale.problems.contains("skew: the newest record is 31 days old; 30 are allowed"))
        #expect(!stale.problems.contains { $0.hasPrefix("dead-time") })
    }

    @Test func aMissedLimitABrokenSignatureAndSimulatedRecordsAreRefused() throws {
        let folder = try Folder()
        try fill(folder)
        try folder.add("skew", verdict: "missed", simulated: true)
        #expect(try admission(folder).problems == ["skew: out of limit: dead_time H"])
        try folder.add("skew", simulated: true)
        #expect(try admission(folder).state == .complete)
        let last = try #require(try folder.store.files().last)
        var bytes = try folder.bytes(last)
        bytes[20] ^= 1
        try folder.write(bytes, last)
        #expect(try admission(folder).state == .refused)
        let live = try Folder()
        try fill(live, board: "portable-280", simulated: true)
        let refused = try admission(live, "portable-280")
        #expect(refused.state == .refused)
        #expect(refused.problems.count { $0.contains("is of a simulated bench") } == 10)
    }

    @Test func anEngineersWordLetsAPassThroughForAWhile() throws {
        let folder = try Folder()
        try folder.add("override", simulated: true, until: Folder.now + 12 * 3_600)
        let admission = try admission(folder)
        #expect(admission.state == .overridden)
        #expect(admission.override?.record.operator == "ada")
        #expect(!admission.problems.isEmpty)
        #expect(try self.admission(folder, after: 13).state == .refused)
    }
}
