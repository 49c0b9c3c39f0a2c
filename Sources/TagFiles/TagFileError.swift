import Foundation
public import TimeTags

/// Why a tag file could not be read or written: what, where, and what to do.
public enum TagFileError: Error, Equatable, CustomStringConvertible, Sendable {
    /// The system refused an operation on a file.
    case system(operation: String, path: String, code: Int32)
    /// The file has no bytes.
    case empty(path: String)
    /// The content is none of the known formats.
    case unknownFormat(path: String, firstBytes: [UInt8])
    /// The content cannot be decoded further.
    case fault(path: String, format: TagFormat, record: FaultRecord)
    /// A tag does not fit the output format.
    case encode(path: String, tag: Int64, reason: EncodeError)
    /// The output format needs to go back and fill in a number.
    case notSeekable(path: String, format: String)

    /// One line: the file, the place, what is wrong, what to do.
    public var description: String {
        switch self {
        case .system(let operation, let path, let code):
            "cannot \(operation) \(path): \(String(cString: strerror(code)))"
        case .empty(let path): "\(path): the file is empty"
        case .unknownFormat(let path, let bytes):
            "\(path): not a known time-tag format; it begins with "
                + bytes.map { String(format: "%02x", $0) }.joined(separator: " ")
                + " (say --format if you know better: \(TagFormat.allNames))"
        case .fault(let path, let format, let record):
            "\(path): \(format.rawValue): byte \(record.offset): \(Self.text(of: record))"
        case .encode(let path, let tag, let reason):
            "\(path): tag \(tag): \(Self.text(of: reason))"
        case .notSeekable(let path, let format):
            "\(path): \(format) needs a file whose beginning can be written last, not a pipe"
        }
    }

    /// What a fault means, with its value.
    static func text(of record: FaultRecord) -> String {
        let hex = "0x" + String(record.value, radix: 16)
        return switch record.fault {
        case .wrongKind: "the file does not begin as this format does"
        case .badHeader: "the header is damaged, cut, or lacks an entry that decoding needs"
        case .unsupportedRecordType: "record type \(hex) is not a T2 type that can be read"
        case .badResolution:
            "the time unit of \(Double(bitPattern: record.value)) s is not within 1e-15 to 1e-3 s"
        case .checksum: "a checksum does not match; the frame was dropped"
        case .resynchronised: "bytes that make no sense were skipped"
        case .sequenceGap: "frames are missing before number \(record.value)"
        case .unknownRecord: "record \(hex) has no defined meaning and was skipped"
        case .timeReversed: "time runs backwards by more than 1 ms"
        case .truncated:
            record.value > 0
                ? "the file is cut: its header promises \(record.value) records"
                : "the file is cut inside a record"
        case .taggerOverflow: "the tagger says that it lost tags here"
        case .wrongByteOrder:
            "the records make sense only with the most significant byte first; this format has the "
                + "least significant first: turn the bytes of every time and channel"
        }
    }

    static func text(of reason: EncodeError) -> String {
        switch reason {
        case .channel(let found, let allowed):
            "channel \(found) has no place in this format; "
                + "allowed are \(allowed.lowerBound) to \(allowed.upperBound) (see --channels)"
        case .time(let found, let allowed):
            "time \(found) ps does not fit this format; allowed are "
                + "\(allowed.lowerBound) to \(allowed.upperBound) ps (see --from-zero)"
        case .outOfOrder(let found, let earliest):
            "time \(found) ps lies before \(earliest) ps, which is written already; "
                + "the recording is out of order by more than can be sorted on the way"
        case .kind(let found): "a record of kind \(found) has no place in this format"
        case .marker(let found, let allowed):
            "marker \(found) has no place in this format; allowed are "
                + "\(allowed.lowerBound) to \(allowed.upperBound)"
        }
    }
}
