import Foundation
import Recorder

/// What the engine was told besides the tagger's bytes, in order: the steps of stream time and the
/// satellite's messages. With the raw recording it makes a replay exact.
///
/// `journal.bin`: records {kind u8, reserved u8, length u16, time i64 ps, stream offset i64,
/// message}, little-endian; kind 0 a step, 1 a message. A record cut off at the end is ignored.
struct PassJournal {
    static let fileName = "journal.bin"
    private static let headSize = 20
    /// Bytes gathered before they go to the disk.
    private static let flushSize = 1 << 16

    /// One thing that the engine was told.
    struct Entry: Equatable {
        /// Stream time, ps.
        var time: Int64
        /// Bytes of the tagger taken in before.
        var streamOffset: Int64
        /// The satellite's message, or `nil` for the end of a step.
        var message: [UInt8]?
    }

    private let handle: FileHandle
    private let path: String
    private var buffer = Data()

    /// Begins a journal in `directory`.
    init(directory: String) throws {
        path = directory + "/" + Self.fileName
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw PassError.file(path: path, problem: "cannot be written") }
        self.handle = handle
        buffer.reserveCapacity(2 * Self.flushSize)
    }

    /// Writes down one entry.
    mutating func append(time: Int64, streamOffset: Int64, message: UnsafeRawBufferPointer?) throws
    {
        func put<T: FixedWidthInteger>(_ value: T) {
            withUnsafeBytes(of: value.littleEndian) { buffer.append(contentsOf: $0) }
        }
        put(UInt8(message == nil ? 0 : 1))
        put(UInt8(0))
        put(UInt16(clamping: message?.count ?? 0))
        put(time)
        put(streamOffset)
        if let message { buffer.append(contentsOf: message) }
        if buffer.count >= Self.flushSize { try flush() }
    }

    /// Hands what was gathered to the disk.
    mutating func flush() throws {
        do {
            try handle.write(contentsOf: buffer)
        } catch {
            throw PassError.file(path: path, problem: "\(error.localizedDescription)")
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes the rest and waits for the disk.
    mutating func finish() throws {
        try flush()
        try? handle.synchronize()
        try? handle.close()
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
                guard kind <= 1, end <= bytes.count else { break }
                let message = kind == 1 ? Array(bytes[(at + headSize)..<end]) : nil
                entries.append(Entry(time: time, streamOffset: offset, message: message))
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
    /// An argument is out of range.
    case argument(name: String, value: String, allowed: String)

    /// What is wrong and where, in one sentence.
    public var description: String {
        switch self {
        case .board(let name, let problem): "board \(name): \(problem)"
        case .file(let path, let problem): "\(path) \(problem)"
        case .prediction(let problem): problem
        case .argument(let name, let value, let allowed):
            "\(name) is \(value); allowed is \(allowed)"
        }
    }
}
