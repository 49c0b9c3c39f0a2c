import Foundation

/// A record as it lies on disk: its line, its signature, and what is wrong with it.
public struct StoredRecord: Equatable, Sendable {
    /// The file's name in the folder.
    public let file: String
    /// The record.
    public let record: CalibrationRecord
    /// Public part of the key that signed, 64 hexadecimal digits.
    public let key: String
    /// SHA-256 of the whole file.
    public let digest: String
    /// Whether the signature is that of the line by ``key``.
    public let isSigned: Bool

    /// The second line of a file.
    struct Signature: Codable {
        var key: String
        var signature: String
    }

    /// Signs `record` and gives the file's bytes.
    static func bytes(
        _ record: CalibrationRecord, key: borrowing StationKey
    ) throws(RecordFault) -> [UInt8] {
        let line = try encode(record)
        let signature = Signature(key: key.publicText, signature: try key.sign(line))
        return line + [10] + (try encode(signature)) + [10]
    }

    private static func encode(_ value: some Encodable) throws(RecordFault) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            throw .notFinite(name: "\(error)")
        }
    }

    /// Reads a file's bytes.
    init(file: String, bytes: [UInt8]) throws(RecordFault) {
        let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
        guard lines.count == 3, lines[2].isEmpty else {
            throw .broken(
                file: file,
                problem: "is not whole: two lines are due, each with its end; "
                    + "the file is half written or was changed")
        }
        let decoder = JSONDecoder()
        do {
            record = try decoder.decode(CalibrationRecord.self, from: Data(lines[0]))
            let signature = try decoder.decode(Signature.self, from: Data(lines[1]))
            key = signature.key
            isSigned = StationKey.isValid(
                signature.signature, of: Array(lines[0]), by: signature.key)
        } catch {
            throw .broken(file: file, problem: "is no calibration record")
        }
        guard record.format == CalibrationRecord.currentFormat else {
            throw .broken(file: file, problem: "has the layout \(record.format), unknown here")
        }
        self.file = file
        digest = Hex.sha256(bytes)
    }
}
