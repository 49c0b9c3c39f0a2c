import BoardFile
import ClockSync
import Crypto
import Foundation
import Orbit
import Simulator

/// What is settled before a pass: session, prediction, and where random bits come from.
struct PassSetup {
    /// UTC before and after the pass that the prediction covers, s.
    private static let margin: Int64 = 10

    /// Number of the pass, told to both ends.
    let session: UInt32
    /// Seed of the bits for double clicks.
    let squashSeed: SymmetricKey
    /// The light-time prediction, one row a second.
    let rows: [LightTimeRow]
    /// Seed of the simulated world; 0 without one.
    let seed: UInt64
    /// Where the pass begins on the tagger's clock; a live station finds it when the first tags come.
    var zero = TagZero.atZero

    /// A setup of a real pass on `orbit`; the bits for double clicks are the system's.
    init(session: UInt32, orbit: PassOrbit) {
        seed = 0
        self.session = session
        squashSeed = SymmetricKey(size: .bits256)
        rows = Self.rows(of: orbit)
    }

    init(board: Board, world: WorldParameters) {
        seed = world.seed
        let digest = SHA256.hash(data: Data("lodestar simulated pass \(world.seed)".utf8))
        session = digest.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
        // Simulated, and so reproducible; a real station takes the system's generator here.
        squashSeed = SymmetricKey(
            data: SHA256.hash(data: Data("lodestar simulated squashing \(world.seed)".utf8)))
        rows = Self.rows(of: world.predictedOrbit)
    }

    private static func rows(of orbit: PassOrbit) -> [LightTimeRow] {
        let end = Int64(orbit.duration.rounded(.up)) + margin
        return (-margin...end).map { second in
            let time = second * 1_000_000_000_000
            return LightTimeRow(time: time, lightTime: orbit.lightTime(emittedAt: time))
        }
    }

    /// A setup read back from a recording.
    init(directory: String, seed: UInt64) throws {
        self.seed = seed
        rows = try LightTimeFile.read(directory + "/" + Self.predictionFile)
        let path = directory + "/" + Self.secretFile
        guard let data = FileManager.default.contents(atPath: path), data.count == 36 else {
            throw PassError.file(
                path: path, problem: "is missing, cannot be read or is not 36 bytes")
        }
        session = data.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }.littleEndian
        squashSeed = SymmetricKey(data: data.dropFirst(4))
        zero = try TagZero(directory: directory)
    }

    static let predictionFile = "light_time.csv"
    static let secretFile = "squash.key"

    /// Writes what a replay needs; the seed is as secret as the raw recording beside it.
    func write(to directory: String) throws {
        let lines = rows.map { "\($0.time / 1_000_000_000_000),\($0.lightTime)" }
        let text = "t_s,light_time_ps\n" + lines.joined(separator: "\n") + "\n"
        let prediction = directory + "/" + Self.predictionFile
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: prediction), options: .atomic)
        } catch {
            throw PassError.file(
                path: prediction, problem: "cannot be written: \(error.localizedDescription)")
        }
        var secret = withUnsafeBytes(of: session.littleEndian) { Data($0) }
        squashSeed.withUnsafeBytes { secret.append(contentsOf: $0) }
        let path = directory + "/" + Self.secretFile
        guard
            FileManager.default.createFile(
                atPath: path, contents: secret, attributes: [.posixPermissions: 0o600])
        else { throw PassError.file(path: path, problem: "cannot be written") }
    }

    /// The prediction as the clock reads it; its rows live as long as the process.
    func prediction() throws -> LightTimeTable { try LightTimeTable.lasting(rows) }
}

extension LightTimeTable {
    /// A table over a copy of `rows` that is never freed: there is one per pass.
    static func lasting(_ rows: [LightTimeRow]) throws -> LightTimeTable {
        let copy = UnsafeMutableBufferPointer<LightTimeRow>.allocate(capacity: rows.count)
        _ = copy.initialize(fromContentsOf: rows)
        guard let table = LightTimeTable(rows: UnsafeBufferPointer(copy)) else {
            throw PassError.prediction(
                "the light-time prediction needs at least \(LightTimeTable.window) rows that ascend"
            )
        }
        return table
    }
}
