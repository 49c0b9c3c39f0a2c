import BoardFile
import Crypto
import Foundation
import Recorder
import TimeTags

/// The directory of a pass: raw bytes first, then everything else.
final class PassRecording {
    /// Version of the software, as the manifest states it.
    static let softwareVersion = "0.1.0"

    let directory: String
    let telemetry: Telemetry
    private var raw: RawRecorder
    private var journal: PassJournal
    private var hasEnded = false

    /// - Parameter startUTC: When the pass begins, seconds since 1970.
    init(directory: String, board: Board, setup: PassSetup, startUTC: Int64) throws {
        self.directory = directory
        try PassRecording.refuseUsed(directory)
        raw = try RawRecorder(
            directory: directory, chunkSize: board.recorder.chunk, level: board.recorder.level)
        let text = board.text
        let digest = SHA256.hash(data: Data(text.utf8)).map { String(format: "%02x", $0) }.joined()
        try PassManifest(
            softwareVersion: Self.softwareVersion, boardName: board.name, boardText: text,
            boardDigest: digest, isSimulated: board.isSimulated, startUTC: startUTC,
            seed: Int64(bitPattern: setup.seed), taggerFormat: board.tagger.format
        ).write(to: directory)
        try setup.write(to: directory)
        journal = try PassJournal(directory: directory)
        telemetry = try Telemetry(directory: directory)
    }

    /// A directory that holds a pass is never written over.
    static func refuseUsed(_ directory: String) throws {
        let raw = directory + "/" + RawRecorder.fileName
        guard !FileManager.default.fileExists(atPath: raw) else {
            throw PassError.file(
                path: directory, problem: "already holds a recorded pass; name another directory")
        }
    }

    /// Records the tagger's bytes; nothing else is done with them before.
    func append(_ bytes: UnsafeRawBufferPointer) throws { try raw.append(bytes) }

    /// Records the end of a step, or a message of the satellite.
    func note(time: Int64, message: UnsafeRawBufferPointer?) throws {
        try journal.append(time: time, streamOffset: raw.streamCount, message: message)
    }

    /// Records a verdict on the telescope's aim, before the bytes that follow.
    func note(_ verdict: AimTimeline.Verdict) throws {
        try journal.append(verdict, streamOffset: raw.streamCount)
    }

    /// Records that bytes are missing before those that follow.
    func note(gap reason: LossReason, time: Int64) throws {
        try journal.append(gap: reason, time: time, streamOffset: raw.streamCount)
    }

    /// Writes everything that waits, and closes the files. What one of them cannot take any more, the
    /// others still may.
    func finish() throws {
        guard !hasEnded else { return }
        hasEnded = true
        var problem: (any Error)?
        do { try raw.finish() } catch { problem = error }
        do { try journal.finish() } catch { problem = problem ?? error }
        do { try telemetry.finish() } catch { problem = problem ?? error }
        if let problem { throw problem }
    }

    /// Writes the summary and the last telemetry, and closes the files.
    func finish(summary: PassSummary, engine: PassEngine, book: PassBook, now: Int64) throws {
        book.finish(engine)
        try book.write(to: telemetry, now: now, isLast: true)
        try book.writeHistograms(of: engine, to: telemetry)
        try summary.write(to: directory, telemetry: telemetry)
        try finish()
    }
}

extension PassSummary {
    /// The summary's file in the directory of a pass.
    public static let fileName = "summary.json"

    /// Writes `summary.json`, and the same values into the telemetry.
    func write(to directory: String, telemetry: Telemetry?) throws {
        let data = try json()
        let path = directory + "/" + Self.fileName
        do {
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw PassError.file(
                path: path, problem: "cannot be written: \(error.localizedDescription)")
        }
        guard let telemetry,
            let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        else { return }
        try telemetry.summary(Self.flatten(object))
    }

    private static func flatten(_ object: [String: Any], prefix: String = "") -> [String: String] {
        var result: [String: String] = [:]
        for (key, value) in object {
            let name = prefix + key
            if let nested = value as? [String: Any] {
                result.merge(flatten(nested, prefix: name + "_")) { $1 }
            } else if let records = value as? [[String: Any]] {
                for (index, record) in records.enumerated() {
                    result.merge(flatten(record, prefix: "\(name)_\(index)_")) { $1 }
                }
            } else if let lines = value as? [String] {
                result[name] = lines.joined(separator: "\n")
            } else if let list = value as? [Any] {
                result[name] = list.map { "\($0)" }.joined(separator: ",")
            } else {
                result[name] = "\(value)"
            }
        }
        return result
    }
}
