import Foundation

/// What a replay needs to know beside the raw bytes: `pass.json` in the directory of a pass.
public struct PassManifest: Codable, Equatable, Sendable {
    /// The file's name in the directory of a pass.
    public static let fileName = "pass.json"

    /// Version of this layout.
    public var formatVersion = 1
    /// Version of the software that recorded.
    public var softwareVersion: String
    /// Name of the board.
    public var boardName: String
    /// The board with everything that it inherits and every default, as a board file.
    public var boardText: String
    /// SHA-256 of ``boardText`` in hexadecimal digits.
    public var boardDigest: String
    /// Whether the board is a simulation.
    public var isSimulated: Bool
    /// Start of the pass, seconds since 1970-01-01T00:00:00Z.
    public var startUTC: Int64
    /// Seed of everything random in a simulated pass.
    public var seed: Int64?
    /// How the recorded bytes are framed.
    public var taggerFormat: String

    private enum CodingKeys: String, CodingKey {
        case formatVersion = "format_version"
        case softwareVersion = "software_version"
        case boardName = "board_name"
        case boardText = "board_text"
        case boardDigest = "board_sha256"
        case isSimulated = "simulated"
        case startUTC = "start_utc_s"
        case seed
        case taggerFormat = "tagger_format"
    }

    /// A manifest with every field given.
    public init(
        softwareVersion: String, boardName: String, boardText: String, boardDigest: String,
        isSimulated: Bool, startUTC: Int64, seed: Int64?, taggerFormat: String
    ) {
        self.softwareVersion = softwareVersion
        self.boardName = boardName
        self.boardText = boardText
        self.boardDigest = boardDigest
        self.isSimulated = isSimulated
        self.startUTC = startUTC
        self.seed = seed
        self.taggerFormat = taggerFormat
    }

    /// Writes `pass.json` into `directory`, whole or not at all.
    public func write(to directory: String) throws(RecorderError) {
        let path = directory + "/" + Self.fileName
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try encoder.encode(self).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw .manifest(path: path, message: (error as NSError).localizedDescription)
        }
        OpenFile.synchronise(directory: directory)
    }

    /// Reads `pass.json` of `directory`.
    public static func read(from directory: String) throws(RecorderError) -> PassManifest {
        let path = directory + "/" + fileName
        do {
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            return try JSONDecoder().decode(PassManifest.self, from: data)
        } catch let error as DecodingError {
            throw .manifest(path: path, message: "not a manifest: \(error)")
        } catch {
            throw .manifest(path: path, message: (error as NSError).localizedDescription)
        }
    }
}
