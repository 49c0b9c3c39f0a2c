import CZstd
import Glibc
import TimeTags

/// Bytes of a recording that cannot be read any more.
public struct RawDamage: Equatable, Sendable, CustomStringConvertible {
    /// What happened to them.
    public enum Reason: String, Equatable, Sendable {
        /// A chunk's checksum does not match its content.
        case checksum
        /// There is no chunk where one should begin.
        case unreadable
        /// The file ends within a chunk.
        case unfinished
        /// The index at the end is damaged; no tags are missing.
        case index
    }

    /// What happened.
    public var reason: Reason
    /// Where in the file.
    public var fileRange: Range<Int64>
    /// Which bytes of the stream are missing; `nil` if that cannot be known.
    public var streamRange: Range<Int64>?
    /// Between which tag times, ps; `nil` if the recording does not say.
    public var times: ClosedRange<Int64>?

    /// What, where, and what is missing.
    public var description: String {
        var text = "\(reason) at bytes \(fileRange.lowerBound) to \(fileRange.upperBound)"
        if let streamRange {
            // Both ends are 0 or more, so that their distance fits.
            let missing = streamRange.upperBound - streamRange.lowerBound
            text += ", \(missing) bytes of the stream are missing"
        }
        if let times { text += ", tags of \(times.lowerBound) ps to \(times.upperBound) ps" }
        return text
    }
}

/// Reads `raw.lts` back, chunk by chunk, past any damage.
public struct RawReader: ~Copyable {
    /// One step of the stream.
    public enum Piece: Equatable, Sendable {
        /// A chunk; its bytes are ``RawReader/bytes`` until the next step.
        case bytes(RawChunk)
        /// Something is missing here.
        case damage(RawDamage)
    }

    private let file: OpenFile
    private let size: Int64
    private var position: Int64 = 0
    private var hasBegun = false
    /// The end of the last good chunk in the stream, and its last tag.
    private var streamPosition: Int64 = 0
    private var lastTime: Int64?
    private let context: OpaquePointer
    private var stored: UnsafeMutableRawBufferPointer
    private var raw: UnsafeMutableRawBufferPointer
    private var rawCount = 0
    private var pending: RawDamage?

    /// Bytes of the current chunk; valid until the next step.
    public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: raw[..<rawCount])
    }

    /// Opens the recording at `path`: the file, or the directory of a pass.
    public init(_ path: String) throws(RecorderError) {
        let opened = try Self.open(path)
        file = opened.file
        size = opened.size
        context = opened.context
        stored = .allocate(byteCount: 1 << 16, alignment: 16)
        raw = .allocate(byteCount: 1 << 16, alignment: 16)
    }

    private static func open(
        _ path: String
    ) throws(RecorderError) -> (file: OpenFile, size: Int64, context: OpaquePointer) {
        var status = stat()
        let isDirectory = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        let file = try OpenFile(reading: isDirectory ? path + "/" + RawRecorder.fileName : path)
        let size = try file.size()
        guard let context = ZSTD_createDCtx() else {
            throw .system(
                operation: "allocate for", path: path, code: ENOMEM,
                message: "no memory for the decompressor")
        }
        return (file, size, context)
    }

    deinit {
        ZSTD_freeDCtx(context)
        stored.deallocate()
        raw.deallocate()
    }

    private mutating func checkFileMagic() throws(RecorderError) {
        let magic = RawFormat.fileMagic
        let count = try file.read(
            into: UnsafeMutableRawBufferPointer(rebasing: stored[..<8]), at: 0)
        let isPrefix = stored[..<count].elementsEqual(magic[..<count])
        position = Int64(magic.count)
        if isPrefix, count == magic.count { return }
        if isPrefix {
            position = size
            pending = RawDamage(reason: .unfinished, fileRange: 0..<size)
            return
        }
        guard try nextHeader(from: 0) != nil else { throw .notARecording(path: file.path) }
        pending = RawDamage(reason: .unreadable, fileRange: 0..<Int64(count), streamRange: 0..<0)
    }

    /// The next chunk or the next damage; `nil` at the end.
    ///
    /// - Throws: ``RecorderError/notARecording(path:)`` at the first step, if it is none.
    public mutating func next() throws(RecorderError) -> Piece? {
        rawCount = 0
        if !hasBegun {
            hasBegun = true
            try checkFileMagic()
        }
        if let damage = pending {
            pending = nil
            return .damage(damage)
        }
        guard position < size else { return nil }
        if let chunk = try header(at: position) { return try read(chunk) }
        if try isFooter(at: position) {
            position = size
            return nil
        }
        return try skipDamage()
    }

    // MARK: Chunks

    private mutating func header(at offset: Int64) throws(RecorderError) -> RawChunk? {
        let head = UnsafeMutableRawBufferPointer(rebasing: stored[..<RawFormat.headerSize])
        guard try file.read(into: head, at: offset) == head.count else { return nil }
        return RawChunk(header: UnsafeRawBufferPointer(head))
    }

    private mutating func read(_ chunk: RawChunk) throws(RecorderError) -> Piece {
        let start = position
        let end = start + Int64(RawFormat.headerSize + chunk.storedCount)
        guard end <= size else {
            position = size
            return .damage(lost(chunk, .unfinished, start..<size))
        }
        Self.grow(&stored, to: chunk.storedCount)
        Self.grow(&raw, to: chunk.rawCount)
        position = end
        let payload = UnsafeMutableRawBufferPointer(rebasing: stored[..<chunk.storedCount])
        let count = try file.read(into: payload, at: start + Int64(RawFormat.headerSize))
        guard count == payload.count,
            CRC32C.of(UnsafeRawBufferPointer(payload))
                == chunk.payloadChecksum,
            ZSTD_decompressDCtx(
                context, raw.baseAddress, chunk.rawCount, payload.baseAddress, payload.count)
                == chunk.rawCount
        else { return .damage(lost(chunk, .checksum, start..<end)) }
        rawCount = chunk.rawCount
        streamPosition = chunk.streamOffset &+ Int64(chunk.rawCount)
        lastTime = chunk.times?.upperBound ?? lastTime
        return .bytes(chunk)
    }

    /// The damage of a chunk whose header is good.
    private mutating func lost(
        _ chunk: RawChunk, _ reason: RawDamage.Reason, _ fileRange: Range<Int64>
    ) -> RawDamage {
        streamPosition = chunk.streamOffset &+ Int64(chunk.rawCount)
        let range = chunk.streamOffset..<max(streamPosition, chunk.streamOffset)
        return RawDamage(
            reason: reason, fileRange: fileRange, streamRange: range, times: chunk.times)
    }

    // MARK: Damage

    /// Passes over bytes that are no chunk, up to the next one.
    private mutating func skipDamage() throws(RecorderError) -> Piece? {
        let start = position
        let found = try nextHeader(from: start + 1)
        position = found?.offset ?? size
        if let found {
            var times: ClosedRange<Int64>?
            if let first = lastTime, let last = found.chunk.times?.lowerBound, first <= last {
                times = first...last
            }
            let next = max(found.chunk.streamOffset, streamPosition)
            return .damage(
                RawDamage(
                    reason: .unreadable, fileRange: start..<found.offset,
                    streamRange: streamPosition..<next, times: times))
        }
        let isIndex = try looksLikeFooter(start)
        return .damage(
            RawDamage(
                reason: isIndex ? .index : .unfinished, fileRange: start..<size,
                streamRange: isIndex ? streamPosition..<streamPosition : nil))
    }

    /// The first good chunk header at or after `offset`.
    private mutating func nextHeader(
        from offset: Int64
    ) throws(RecorderError) -> (offset: Int64, chunk: RawChunk)? {
        var offset = offset
        let step = 1 << 16
        Self.grow(&raw, to: step)
        while offset < size {
            let window = UnsafeMutableRawBufferPointer(rebasing: raw[..<step])
            let count = try file.read(into: window, at: offset)
            guard count >= RawFormat.headerSize else { return nil }
            for index in 0...(count - RawFormat.headerSize) where window[index] == UInt8(ascii: "L")
            {
                let rest = UnsafeRawBufferPointer(rebasing: window[index..<count])
                if let chunk = RawChunk(header: rest) { return (offset + Int64(index), chunk) }
            }
            offset += Int64(count - RawFormat.headerSize + 1)
        }
        return nil
    }

    // MARK: Footer

    /// Whether a good index stands at `offset` and reaches to the end of the file.
    private mutating func isFooter(at offset: Int64) throws(RecorderError) -> Bool {
        guard let count = try footerSize(), offset == size - Int64(count) else { return false }
        Self.grow(&stored, to: count)
        let footer = UnsafeMutableRawBufferPointer(rebasing: stored[..<count])
        guard try file.read(into: footer, at: offset) == count else { return false }
        var head = LittleEndianReader(UnsafeRawBufferPointer(footer))
        let covered = count - RawFormat.trailerSize
        var tail = LittleEndianReader(UnsafeRawBufferPointer(rebasing: footer[covered...]))
        return head.take(UInt32.self) == RawFormat.footerMagic
            && tail.take(UInt32.self)
                == CRC32C.of(
                    UnsafeRawBufferPointer(rebasing: footer[..<covered]))
    }

    /// Whether at least the magic number of an index stands at `offset`, or its end at the end.
    private mutating func looksLikeFooter(_ offset: Int64) throws(RecorderError) -> Bool {
        if let count = try footerSize(), offset == size - Int64(count) { return true }
        let word = UnsafeMutableRawBufferPointer(rebasing: stored[..<4])
        guard try file.read(into: word, at: offset) == 4 else { return false }
        var reader = LittleEndianReader(UnsafeRawBufferPointer(word))
        return reader.take(UInt32.self) == RawFormat.footerMagic
    }

    /// The length of the index as its last bytes say.
    private mutating func footerSize() throws(RecorderError) -> Int? {
        let trailer = UnsafeMutableRawBufferPointer(rebasing: stored[..<RawFormat.trailerSize])
        guard size >= trailer.count,
            try file.read(into: trailer, at: size - Int64(trailer.count)) == trailer.count,
            trailer[8...].elementsEqual(RawFormat.endMagic)
        else { return nil }
        var reader = LittleEndianReader(UnsafeRawBufferPointer(trailer))
        _ = reader.take(UInt32.self)
        let count = Int(reader.take(UInt32.self))
        let entries = count - RawFormat.footerHeadSize - RawFormat.trailerSize
        guard entries >= 0, Int64(count) <= size, entries % RawFormat.entrySize == 0,
            entries / RawFormat.entrySize <= RawFormat.mostIndexed
        else { return nil }
        return count
    }

    /// What the index at the end says: chunks and bytes of the stream, without reading them;
    /// `nil` if the recording was not finished or the index is damaged.
    public mutating func indexed() throws(RecorderError) -> (chunks: Int, streamCount: Int64)? {
        guard let count = try footerSize(), try isFooter(at: size - Int64(count)) else {
            return nil
        }
        var reader = LittleEndianReader(UnsafeRawBufferPointer(stored))
        _ = reader.take(UInt32.self)
        let chunks = Int(reader.take(UInt32.self))
        return (chunks, reader.take())
    }

    /// Makes `buffer` hold `count` bytes; what it held is gone. Bounded by the chunk's limits.
    private static func grow(_ buffer: inout UnsafeMutableRawBufferPointer, to count: Int) {
        guard buffer.count < count else { return }
        buffer.deallocate()
        buffer = .allocate(byteCount: count, alignment: 16)
    }
}
