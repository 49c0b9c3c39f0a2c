import Foundation
public import TimeTags

/// Writes tags as a file of any output format, in fixed memory; the file appears when complete.
public struct TagFileWriter: ~Copyable {
    private static let bufferSize = 1 << 18

    /// What the encoder has written, and what it had to change.
    public private(set) var counters = EncodeCounters()
    /// Tags that were moved to sort them, which only PTU needs.
    public var movedTags: Int64 { sorter.moved }
    private var file: OutputFile
    private var form: Form
    private var sorter = TagSorter()
    private let path: String
    private let buffer: UnsafeMutableRawBufferPointer

    /// An encoder of one of the formats.
    private enum Form {
        case reference(ReferenceEncoder, kept: [TimeTag])
        case ptu(PTUEncoder)
        case timestamp7(Timestamp7Encoder)
        case npy
        case csv
    }

    /// Begins a file that will be `path`.
    public init(path: String, format: OutputFormat) throws(TagFileError) {
        var file = try OutputFile(path: path)
        let form: Form =
            switch format {
            case .reference: .reference(ReferenceEncoder(), kept: [])
            case .ptu: .ptu(PTUEncoder())
            case .a1: .timestamp7(Timestamp7Encoder())
            case .npy: .npy
            case .csv: .csv
            }
        if format == .npy {
            guard file.isSeekable else { throw .notSeekable(path: path, format: "npy") }
            try Self.write(NumPyHeader.bytes(fields: NumPyHeader.tag, count: 0), to: &file)
        }
        if format == .csv {
            try Self.write(Array("time_ps,channel,kind,detail,count\n".utf8), to: &file)
        }
        self.file = file
        self.form = form
        self.path = path
        buffer = .allocate(byteCount: Self.bufferSize, alignment: 64)
    }

    deinit { buffer.deallocate() }

    /// Writes `tags` behind those before.
    public mutating func append(
        _ tags: UnsafeBufferPointer<TimeTag>
    ) throws(TagFileError) {
        guard case .ptu = form else { return try encode(tags, isLast: false) }
        var sorter = TagSorter()
        swap(&sorter, &self.sorter)
        defer { swap(&sorter, &self.sorter) }
        try sorter.add(tags) { (sorted) throws(TagFileError) in try encode(sorted, isLast: false) }
    }

    /// Completes the file and gives it its name.
    public mutating func finish() throws(TagFileError) {
        if case .ptu = form {
            var sorter = TagSorter()
            swap(&sorter, &self.sorter)
            defer { swap(&sorter, &self.sorter) }
            try sorter.finish { (sorted) throws(TagFileError) in
                try encode(sorted, isLast: false)
            }
        }
        try encode(UnsafeBufferPointer(start: nil, count: 0), isLast: true)
        if case .ptu = form, file.isSeekable {
            let count = withUnsafeBytes(of: counters.records.littleEndian, Array.init)
            try file.patch(count, at: PTUEncoder.recordCountOffset)
        }
        if case .npy = form {
            try file.patch(NumPyHeader.bytes(fields: NumPyHeader.tag, count: counters.tags), at: 0)
        }
        try file.commit()
    }

    private static func write(_ bytes: [UInt8], to file: inout OutputFile) throws(TagFileError) {
        var failure: TagFileError?
        bytes.withUnsafeBytes { raw in
            do throws(TagFileError) { try file.write(raw) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private mutating func encode(
        _ tags: UnsafeBufferPointer<TimeTag>, isLast: Bool
    ) throws(TagFileError) {
        switch form {
        case .reference(var encoder, var kept):
            kept.append(contentsOf: tags)
            form = .csv
            let used = try run(&encoder, kept, isLast: isLast)
            kept.removeFirst(used)
            form = .reference(encoder, kept: kept)
        case .ptu(var encoder):
            _ = try run(&encoder, Array(tags), isLast: isLast)
            form = .ptu(encoder)
        case .timestamp7(var encoder):
            _ = try run(&encoder, Array(tags), isLast: isLast)
            form = .timestamp7(encoder)
        case .npy:
            // A tag's memory is the record of the array: 8, 1, 1, 2 and 4 bytes, little-endian.
            try file.write(UnsafeRawBufferPointer(tags))
            counters.tags += Int64(tags.count)
            counters.records = counters.tags
        case .csv:
            var lines = CSVLines(into: buffer)
            for tag in tags {
                if !lines.append(tag) {
                    try file.write(lines.bytes)
                    lines = CSVLines(into: buffer)
                    _ = lines.append(tag)
                }
            }
            try file.write(lines.bytes)
            counters.tags += Int64(tags.count)
            counters.records = counters.tags
        }
    }

    /// Encodes `tags` until no more comes out; returns how many were used.
    private mutating func run<E: TagEncoder>(
        _ encoder: inout E, _ tags: [TimeTag], isLast: Bool
    ) throws(TagFileError) -> Int {
        var used = 0
        while true {
            let before = encoder.counters.tags
            var failure: EncodeError?
            let progress = tags[used...].withUnsafeBufferPointer { rest in
                do throws(EncodeError) {
                    return isLast
                        ? try encoder.finish(rest, into: buffer)
                        : try encoder.encode(rest, into: buffer)
                } catch {
                    failure = error
                    return EncodeProgress(tagsConsumed: 0, bytesWritten: 0)
                }
            }
            if let failure {
                let tag = max(before, encoder.counters.tags)
                throw .encode(path: path, tag: tag, reason: failure)
            }
            used += progress.tagsConsumed
            try file.write(
                UnsafeRawBufferPointer(rebasing: buffer[..<progress.bytesWritten]))
            if progress.tagsConsumed == 0, progress.bytesWritten == 0 { break }
        }
        counters = encoder.counters
        return used
    }
}
