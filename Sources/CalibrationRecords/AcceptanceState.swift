import Foundation

/// How far a guided acceptance has come: a small file beside the records, so that it goes on after
/// an interruption.
public struct AcceptanceState: Codable, Equatable, Sendable {
    /// The file's name in the folder of the records.
    public static let fileName = "acceptance.json"

    /// Layout of the file.
    public var format = "lodestar-acceptance-1"
    /// Name of the board.
    public var board: String
    /// SHA-256 of the board with all its values: another board begins anew.
    public var boardSha256: String
    /// Seed of a simulated bench.
    public var seed: UInt64?
    /// When it was begun, seconds since 1970, UTC.
    public var startedUTC: Int64
    /// File of the record of each calibration that is done, in order.
    public var records: [String] = []
    /// Calibrations that were left out, with the person's word for it.
    public var skipped: [String: String] = [:]

    private enum CodingKeys: String, CodingKey {
        case format, board
        case boardSha256 = "board_sha256"
        case seed
        case startedUTC = "started_utc_s"
        case records, skipped
    }

    /// An acceptance that has just begun.
    public init(board: String, boardSha256: String, seed: UInt64?, startedUTC: Int64) {
        self.board = board
        self.boardSha256 = boardSha256
        self.seed = seed
        self.startedUTC = startedUTC
    }

    /// The acceptance that was begun in `directory`; `nil` if there is none that can be read.
    public init?(in directory: String) {
        let path = directory + "/" + Self.fileName
        guard let bytes = try? RecordFile.read(path, most: 1 << 20),
            let state = try? JSONDecoder().decode(AcceptanceState.self, from: Data(bytes))
        else { return nil }
        self = state
    }

    /// Writes the state, whole or not at all.
    public func write(to directory: String) throws(RecordFault) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data: Data
        do {
            data = try encoder.encode(self)
        } catch {
            throw .notFinite(name: "\(error)")
        }
        try RecordFile.replace(
            directory + "/" + Self.fileName, with: Array(data) + [10], mode: 0o644)
    }

    /// Forgets the acceptance: it is done.
    public static func remove(from directory: String) { unlink(directory + "/" + fileName) }
}

extension RecordStore {
    /// Writes a file beside the records, whole or not at all.
    public func write(_ bytes: [UInt8], as name: String) throws(RecordFault) {
        try RecordFile.replace(directory + "/" + name, with: bytes, mode: 0o644)
    }
}
