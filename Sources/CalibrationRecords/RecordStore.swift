import Foundation

/// The folder of a station's calibration records: one file per record, each signed and carrying the
/// digest of the one before, and a signed note of the last one, so that removal shows.
///
/// ```
/// 000001-dead-time.jsonl       record and signature, a line each
/// 000001-dead-time.histogram   the raw histograms, whose digest is in the record
/// head.jsonl                   number and digest of the last record, signed
/// station-signing.pub          the public part of the key
/// ```
public struct RecordStore: Sendable {
    /// Name of the note of the last record.
    static let headName = "head.jsonl"
    /// Name of the public part of the key.
    static let publicName = "station-signing.pub"
    /// The largest record; a guided acceptance has some kilobytes.
    private static let largest = 1 << 20
    private static let none = String(repeating: "0", count: 64)

    /// The folder.
    public let directory: String

    /// The records in `directory`, which need not be there yet.
    public init(directory: String) { self.directory = directory }

    /// The files of all records by their number, oldest first; none if the folder is not there.
    public func files() throws(RecordFault) -> [String] {
        guard FileManager.default.fileExists(atPath: directory) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory)
                .filter { $0.hasSuffix(".jsonl") && Self.number(of: $0) != nil }
                .sorted { (Self.number(of: $0) ?? 0, $0) < (Self.number(of: $1) ?? 0, $1) }
        } catch {
            throw .system(
                operation: "list", path: directory, message: (error as NSError).localizedDescription
            )
        }
    }

    /// One record by its file's name.
    public func record(_ file: String) throws(RecordFault) -> StoredRecord {
        let bytes = try RecordFile.read(directory + "/" + file, most: Self.largest)
        return try StoredRecord(file: file, bytes: bytes)
    }

    /// All records that can be read, oldest first; broken ones are for ``verify(by:)`` to name.
    public func readable() throws(RecordFault) -> [StoredRecord] {
        var found: [StoredRecord] = []
        for file in try files() {
            if let stored = try? record(file) { found.append(stored) }
        }
        return found
    }

    /// Signs `record` and adds it at the end of the chain, whole or not at all.
    ///
    /// - Parameter histograms: The raw histograms as text; empty for none.
    /// - Returns: The record as it was written.
    @discardableResult public func append(
        _ record: CalibrationRecord, histograms: String = "", key: borrowing StationKey
    ) throws(RecordFault) -> StoredRecord {
        for value in record.values where !value.value.isFinite || !value.sigma.isFinite {
            throw .notFinite(name: value.label)
        }
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw .system(
                operation: "create", path: directory,
                message: (error as NSError).localizedDescription)
        }
        let lock = try RecordLock(directory)
        defer { lock.release() }
        return try add(record, histograms, key)
    }

    private func add(
        _ record: CalibrationRecord, _ histograms: String, _ key: borrowing StationKey
    ) throws(RecordFault) -> StoredRecord {
        var record = record
        let last = try files().last
        record.sequence = (last.flatMap(Self.number) ?? 0) + 1
        record.previousSha256 =
            try last.map { file throws(RecordFault) in
                Hex.sha256(try RecordFile.read(directory + "/" + file, most: Self.largest))
            } ?? Self.none
        let raw = Array(histograms.utf8)
        record.histogramSha256 = raw.isEmpty ? "" : Hex.sha256(raw)
        let digits = String(record.sequence)
        let stem =
            String(repeating: "0", count: max(6 - digits.count, 0)) + digits + "-"
            + record.item
        let bytes = try StoredRecord.bytes(record, key: key)
        // The histogram first: a record never names one that is not there.
        if !raw.isEmpty {
            try RecordFile.replace("\(directory)/\(stem).histogram", with: raw, mode: 0o644)
        }
        try RecordFile.replace("\(directory)/\(stem).jsonl", with: bytes, mode: 0o644)
        let stored = try StoredRecord(file: stem + ".jsonl", bytes: bytes)
        try writeHead(stored, key)
        let publicLine = Array((key.publicText + "\n").utf8)
        try RecordFile.replace("\(directory)/\(Self.publicName)", with: publicLine, mode: 0o644)
        return stored
    }

    private func writeHead(
        _ last: StoredRecord, _ key: borrowing StationKey
    ) throws(RecordFault) {
        var head = CalibrationRecord(
            item: "head", timeUTC: last.record.timeUTC, operator: last.record.operator,
            board: last.record.board, boardSha256: last.record.boardSha256,
            simulated: last.record.simulated, verdict: "")
        head.sequence = last.record.sequence
        head.previousSha256 = last.digest
        let bytes = try StoredRecord.bytes(head, key: key)
        try RecordFile.replace("\(directory)/\(Self.headName)", with: bytes, mode: 0o644)
    }

    /// The public part of the key that lies beside the records; `nil` if there is none.
    public var publicKey: String? {
        let path = directory + "/" + Self.publicName
        guard let bytes = try? RecordFile.read(path, most: 1_024) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The number that a record's file name begins with.
    static func number(of file: String) -> Int? {
        guard let digits = file.split(separator: "-").first, digits.count >= 6,
            digits.allSatisfy(\.isNumber)
        else { return nil }
        return Int(digits)
    }
}

/// Keeps other programs from writing records at the same time.
private struct RecordLock {
    private let descriptor: Int32

    init(_ directory: String) throws(RecordFault) {
        let path = directory + "/lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw errno == ENOSPC ? .diskFull(path: path) : RecordFile.failure("create", path)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .busy(path: directory)
        }
    }

    func release() { close(descriptor) }
}
