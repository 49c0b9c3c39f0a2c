import Foundation
public import TimeTags

/// Reads a recording of any known format as batches of tags, in fixed memory.
public struct TagFileReader: ~Copyable {
    /// Bytes held at a time; large enough that reading costs little, small enough for a cache.
    private static let bufferSize = 1 << 20

    /// The file's path, as given.
    public let path: String
    /// The format, as given or found.
    public let format: TagFormat
    /// Size of the file; 0 if it has none, as a pipe.
    public let byteCount: Int64
    private var decoder: FormatDecoder
    private let descriptor: Int32
    private let buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    private var isAtEnd = false

    /// Opens `path` and finds its format from the content unless `format` is given.
    public init(path: String, format: TagFormat? = nil) throws(TagFileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .system(operation: "open", path: path, code: errno)
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.bufferSize, alignment: 64)
        do throws(TagFileError) {
            let size = try Self.size(of: descriptor, path: path)
            var filled = 0
            while filled < FormatSniffer.wantedBytes {
                let count = try Self.read(descriptor, buffer, from: filled, path: path)
                if count == 0 { break }
                filled += count
            }
            guard filled > 0 else { throw .empty(path: path) }
            let front = UnsafeRawBufferPointer(rebasing: buffer[..<filled])
            guard let found = format ?? FormatSniffer.format(of: front) else {
                if QuTAGDecoder.looksReversed(front) {
                    throw .fault(
                        path: path, format: .quTAG,
                        record: FaultRecord(fault: .wrongByteOrder, offset: 0, value: 0))
                }
                throw .unknownFormat(path: path, firstBytes: Array(front.prefix(8)))
            }
            self.path = path
            self.format = found
            byteCount = size
            decoder = FormatDecoder(found)
            self.descriptor = descriptor
            self.buffer = buffer
            end = filled
        } catch {
            close(descriptor)
            buffer.deallocate()
            throw error
        }
    }

    deinit {
        close(descriptor)
        buffer.deallocate()
    }

    /// What the decoder has seen so far.
    public var counters: DecodeCounters { decoder.counters }

    /// Length of the format's tick.
    public var tick: TickScale { decoder.tick }

    /// The first damage so far as an error to show, if any.
    public var damage: TagFileError? {
        guard let record = decoder.counters.firstFault, record.fault.isDamage else { return nil }
        return .fault(path: path, format: format, record: record)
    }

    /// Writes the next tags to the front of `batch`.
    ///
    /// - Parameter batch: At least ``FormatDecoder/smallestOutput`` places.
    /// - Returns: How many tags; 0 only at the end.
    /// - Throws: The fault after which nothing can be decoded, or the system's refusal to read.
    public mutating func nextBatch(
        into batch: UnsafeMutableBufferPointer<TimeTag>
    ) throws(TagFileError) -> Int {
        precondition(batch.count >= FormatDecoder.smallestOutput)
        while true {
            let input = UnsafeRawBufferPointer(rebasing: buffer[start..<end])
            let progress = decoder.decode(input, into: batch, isLast: isAtEnd)
            start += progress.bytesConsumed
            if progress.tagsWritten > 0 { return progress.tagsWritten }
            if let record = decoder.counters.fatalFault {
                throw .fault(path: path, format: format, record: record)
            }
            if progress.bytesConsumed > 0 { continue }
            if isAtEnd { return 0 }
            try refill()
        }
    }

    /// Moves the undecoded tail to the front and reads behind it.
    private mutating func refill() throws(TagFileError) {
        if start > 0 {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
            end -= start
            start = 0
        }
        let count = try Self.read(descriptor, buffer, from: end, path: path)
        end += count
        isAtEnd = count == 0
    }

    private static func size(of descriptor: Int32, path: String) throws(TagFileError) -> Int64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .system(operation: "examine", path: path, code: errno)
        }
        return status.st_mode & S_IFMT == S_IFREG ? Int64(status.st_size) : 0
    }

    private static func read(
        _ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, from offset: Int,
        path: String
    ) throws(TagFileError) -> Int {
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[offset...])
        while true {
            let count = Foundation.read(descriptor, room.baseAddress, room.count)
            if count >= 0 { return count }
            guard errno == EINTR else {
                throw .system(operation: "read", path: path, code: errno)
            }
        }
    }
}
