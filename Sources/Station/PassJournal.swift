import Foundation
import Recorder
import TimeTags

/// What the engine was told besides the tagger's bytes, in order: the steps of stream time, the
/// satellite's messages, and the verdicts on the telescope's aim. With the raw recording it makes
/// a replay exact.
///
/// `journal.bin`: records {kind u8, flag u8, length u16, time i64 ps, stream offset i64, message},
/// little-endian; kind 0 a step, 1 a message, 2 a verdict that holds from its time on, good if its
/// flag is 1, 3 a break: bytes are missing before those that follow, the flag says why
/// (``LossReason``). A record cut off at the end is ignored.
struct PassJournal {
    static let fileName = "journal.bin"
    private static let headSize = 20
    /// Bytes gathered before they go to the disk.
    private static let flushSize = 1 << 16

    /// One thing that the engine was told.
    struct Entry: Equatable {
        /// Stream time, ps; tag time of a verdict.
        var time: Int64
        /// Bytes of the tagger taken in before.
        var streamOffset: Int64
        /// What it was.
        var content: Content
    }

    /// What the engine can be told.
    enum Content: Equatable {
        /// The end of a step.
        case step
        /// A message of the satellite.
        case message([UInt8])
        /// Whether the telescope is aimed well from this time on.
        case aim(isGood: Bool)
        /// Bytes are missing before those that follow.
        case gap(LossReason)
    }

    private let file: OpenFile
    /// Whole records in the file, bytes.
    private var written: Int64 = 0
    private var hasStopped = false
    private var buffer = Data()

    /// Begins a journal in `directory`.
    init(directory: String) throws {
        file = try OpenFile(creating: directory + "/" + Self.fileName)
        buffer.reserveCapacity(2 * Self.flushSize)
    }

    /// Writes down a step, or a message of the satellite.
    mutating func append(time: Int64, streamOffset: Int64, message: UnsafeRawBufferPointer?) throws
    {
        putHead(
            kind: message == nil ? 0 : 1, flag: 0, count: message?.count ?? 0, time: time,
            streamOffset: streamOffset)
        if let message { buffer.append(contentsOf: message) }
        // Once a second at least: of a program that is killed no more than that is lost.
        let isSecond = message == nil && time % 1_000_000_000_000 == 0
        if isSecond || buffer.count >= Self.flushSize { try flush() }
    }

    /// Writes down a verdict on the telescope's aim.
    mutating func append(_ verdict: AimTimeline.Verdict, streamOffset: Int64) throws {
        putHead(
            kind: 2, flag: verdict.isGood ? 1 : 0, count: 0, time: verdict.time,
            streamOffset: streamOffset)
        if buffer.count >= Self.flushSize { try flush() }
    }

    /// Writes down that bytes are missing before those that follow.
    mutating func append(gap reason: LossReason, time: Int64, streamOffset: Int64) throws {
        putHead(
            kind: 3, flag: UInt8(truncatingIfNeeded: reason.rawValue), count: 0, time: time,
            streamOffset: streamOffset)
        if buffer.count >= Self.flushSize { try flush() }
    }

    private mutating func putHead(
        kind: UInt8, flag: UInt8, count: Int, time: Int64, streamOffset: Int64
    ) {
        func put<T: FixedWidthInteger>(_ value: T) {
            withUnsafeBytes(of: value.littleEndian) { buffer.append(contentsOf: $0) }
        }
        put(kind)
        put(flag)
        put(UInt16(clamping: count))
        put(time)
        put(streamOffset)
    }

    /// Hands what was gathered to the disk.
    ///
    /// After an error the file is cut back to its last whole record, and no more is written: what is
    /// in it stays good.
    mutating func flush() throws {
        guard !hasStopped else { throw RecorderError.stopped(path: file.path) }
        do {
            try buffer.withUnsafeBytes { try file.write($0) }
        } catch {
            hasStopped = true
            _ = file.cut(to: written)
            throw error
        }
        written += Int64(buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes the rest and waits for the disk.
    mutating func finish() throws {
        try flush()
        try file.synchronise()
    }

    /// Reads the journal of `directory`.
    static func read(_ directory: String) throws -> [Entry] {
        let path = directory + "/" + fileName
        guard let data = FileManager.default.contents(atPath: path) else {
            throw PassError.file(path: path, problem: "is missing or cannot be read")
        }
        return data.withUnsafeBytes { bytes in
            var entries: [Entry] = []
            var at = 0
            while at + headSize <= bytes.count {
                let kind = bytes[at]
                let length = Int(
                    UInt16(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: at + 2, as: UInt16.self)))
                let time = Int64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: at + 4, as: Int64.self))
                let offset = Int64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: at + 12, as: Int64.self))
                let end = at + headSize + length
                guard kind <= 3, end <= bytes.count else { break }
                let content: Content =
                    switch kind {
                    case 0: .step
                    case 1: .message(Array(bytes[(at + headSize)..<end]))
                    case 2: .aim(isGood: bytes[at + 1] == 1)
                    default: .gap(LossReason(rawValue: UInt16(bytes[at + 1])))
                    }
                entries.append(Entry(time: time, streamOffset: offset, content: content))
                at = end
            }
            return entries
        }
    }
}

/// Why a pass could not be run, recorded, replayed or analysed.
public enum PassError: Error, CustomStringConvertible {
    /// The board cannot do what was asked.
    case board(name: String, problem: String)
    /// A file of the pass cannot be used.
    case file(path: String, problem: String)
    /// The light-time prediction cannot be used.
    case prediction(String)
    /// The calibration records do not allow a pass.
    case calibration(String)
    /// An argument is out of range.
    case argument(name: String, value: String, allowed: String)

    /// What is wrong and where, in one sentence.
    public var description: String {
        switch self {
        case .board(let name, let problem): "board \(name): \(problem)"
        case .file(let path, let problem): "\(path) \(problem)"
        case .prediction(let problem), .calibration(let problem): problem
        case .argument(let name, let value, let allowed):
            "\(name) is \(value); allowed is \(allowed)"
        }
    }
}
