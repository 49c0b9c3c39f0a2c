import CZstd
import Glibc
import TimeTags

/// Writes the raw bytes of a tagger to `raw.lts` in a directory of their own, as they come.
///
/// Every chunk is checksummed and whole in itself. A crash of the program loses what was given
/// since the last whole chunk; a power cut up to ``chunksPerSync`` chunks more. All buffers are
/// allocated when the recording begins. After an error the file is cut back to its last whole
/// chunk, and every further call throws ``RecorderError/stopped(path:)``.
public struct RawRecorder: ~Copyable {
    /// The file's name in the directory of a pass.
    public static let fileName = "raw.lts"
    /// Chunks between two synchronisations with the disk: 16 MiB, or about a second of tags.
    public static let chunksPerSync = 16

    /// Bytes given so far.
    public private(set) var streamCount: Int64 = 0
    /// Bytes in the file so far.
    public private(set) var fileCount: Int64 = 0

    private let file: OpenFile
    private let directory: String
    private let context: OpaquePointer
    private let level: Int32
    /// The chunk that is being filled.
    private let raw: UnsafeMutableRawBufferPointer
    /// Header and compressed payload of the chunk that is being written.
    private let stored: UnsafeMutableRawBufferPointer
    private let index: UnsafeMutableRawBufferPointer
    private var chunk = RawChunk()
    private var chunkCount = 0
    private var hasStopped = false
    private var isFinished = false

    /// Begins a recording in `directory`, which is made if it does not exist.
    ///
    /// The signal SIGXFSZ is ignored from here on, so that a limit on file sizes is an error like
    /// a full disk and not the end of the program.
    ///
    /// - Parameters:
    ///   - chunkSize: Raw bytes per chunk, 16 B to 16 MiB.
    ///   - level: The zstd level, 1 to 19.
    public init(
        directory: String, chunkSize: Int64 = 1 << 20, level: Int64 = 1
    ) throws(RecorderError) {
        let opened = try Self.open(directory, chunkSize: chunkSize, level: level)
        file = opened.file
        context = opened.context
        self.directory = directory
        self.level = Int32(level)
        let size = Int(chunkSize)
        raw = .allocate(byteCount: size, alignment: 16)
        stored = .allocate(
            byteCount: RawFormat.headerSize + ZSTD_compressBound(size), alignment: 16)
        index = .allocate(
            byteCount: RawFormat.footerHeadSize + RawFormat.mostIndexed * RawFormat.entrySize
                + RawFormat.trailerSize, alignment: 16)
        fileCount = Int64(RawFormat.fileMagic.count)
    }

    private static func open(
        _ directory: String, chunkSize: Int64, level: Int64
    ) throws(RecorderError) -> (file: OpenFile, context: OpaquePointer) {
        guard RawFormat.chunkSizes.contains(chunkSize) else {
            throw .parameter(name: "chunk", value: chunkSize, allowed: RawFormat.chunkSizes)
        }
        guard (1...19).contains(level) else {
            throw .parameter(name: "level", value: level, allowed: 1...19)
        }
        signal(SIGXFSZ, SIG_IGN)
        if mkdir(directory, 0o700) != 0, errno != EEXIST {
            throw OpenFile.failure("create", directory)
        }
        let file = try OpenFile(creating: directory + "/" + fileName)
        let magic = RawFormat.fileMagic
        try magic.span.withUnsafeBytes { bytes throws(RecorderError) in try file.write(bytes) }
        guard let context = ZSTD_createCCtx() else {
            throw .system(
                operation: "allocate for", path: directory, code: ENOMEM,
                message: "no memory for the compressor")
        }
        return (file, context)
    }

    deinit {
        // Whoever forgot to finish keeps the chunk that was being filled.
        if !isFinished, !hasStopped, chunk.rawCount > 0 {
            var last = chunk
            _ = try? file.write(Self.pack(&last, raw, stored, context, level))
        }
        ZSTD_freeCCtx(context)
        raw.deallocate()
        stored.deallocate()
        index.deallocate()
    }

    /// Adds `bytes` to the stream.
    ///
    /// - Parameter times: Tag times of the first and last record in `bytes`, ps, if known; they
    ///   let a damaged chunk be reported by its time.
    public mutating func append(
        _ bytes: UnsafeRawBufferPointer, times: ClosedRange<Int64>? = nil
    ) throws(RecorderError) {
        guard !hasStopped, !isFinished else { throw .stopped(path: file.path) }
        var rest = bytes
        while rest.count > 0 {
            let room = min(rest.count, raw.count - chunk.rawCount)
            UnsafeMutableRawBufferPointer(rebasing: raw[chunk.rawCount...])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<room]))
            chunk.rawCount += room
            streamCount += Int64(room)
            rest = UnsafeRawBufferPointer(rebasing: rest[room...])
            note(times)
            if chunk.rawCount == raw.count { try writeChunk() }
        }
    }

    /// Adds `bytes` to the stream.
    public mutating func append(
        _ bytes: [UInt8], times: ClosedRange<Int64>? = nil
    ) throws(RecorderError) {
        try bytes.span.withUnsafeBytes { bytes throws(RecorderError) in
            try append(bytes, times: times)
        }
    }

    /// Writes what is held back as a short chunk, and waits for the disk.
    public mutating func flush() throws(RecorderError) {
        guard !hasStopped, !isFinished else { throw .stopped(path: file.path) }
        try writeChunk()
        try guarded { file throws(RecorderError) in try file.synchronise() }
    }

    /// Writes the last chunk and the index, and waits for the disk. Nothing can be added after.
    public mutating func finish() throws(RecorderError) {
        try flush()
        if chunkCount <= RawFormat.mostIndexed {
            let footer = encodeFooter()
            try guarded { file throws(RecorderError) in
                try file.write(footer)
                try file.synchronise()
            }
            fileCount += Int64(footer.count)
        }
        isFinished = true
        OpenFile.synchronise(directory: directory)
    }

    /// Widens the times of the chunk that is being filled.
    private mutating func note(_ times: ClosedRange<Int64>?) {
        guard let times else { return }
        if let known = chunk.times {
            chunk.times =
                min(
                    known.lowerBound, times.lowerBound)...max(
                    known.upperBound, times.upperBound)
        } else {
            chunk.times = times
        }
    }

    private mutating func writeChunk() throws(RecorderError) {
        guard chunk.rawCount > 0 else { return }
        let bytes = Self.pack(&chunk, raw, stored, context, level)
        try guarded { file throws(RecorderError) in try file.write(bytes) }
        noteInIndex()
        fileCount += Int64(bytes.count)
        chunkCount += 1
        chunk = RawChunk()
        chunk.number = UInt32(truncatingIfNeeded: chunkCount)
        chunk.streamOffset = streamCount
        if chunkCount % Self.chunksPerSync == 0 {
            try guarded { file throws(RecorderError) in try file.synchronise() }
        }
    }

    /// Compresses `raw` into `stored` behind its header.
    private static func pack(
        _ chunk: inout RawChunk, _ raw: UnsafeMutableRawBufferPointer,
        _ stored: UnsafeMutableRawBufferPointer, _ context: OpaquePointer, _ level: Int32
    ) -> UnsafeRawBufferPointer {
        let payload = UnsafeMutableRawBufferPointer(rebasing: stored[RawFormat.headerSize...])
        let count = ZSTD_compressCCtx(
            context, payload.baseAddress, payload.count, raw.baseAddress, chunk.rawCount, level)
        // The bound that zstd itself gave for this size leaves it no way to fail.
        precondition(ZSTD_isError(count) == 0)
        chunk.storedCount = count
        chunk.payloadChecksum = CRC32C.of(
            UnsafeRawBufferPointer(rebasing: payload[..<count]))
        chunk.encode(to: stored)
        return UnsafeRawBufferPointer(rebasing: stored[..<(RawFormat.headerSize + count)])
    }

    private func noteInIndex() {
        guard chunkCount < RawFormat.mostIndexed else { return }
        let start = RawFormat.footerHeadSize + chunkCount * RawFormat.entrySize
        var writer = LittleEndianWriter(UnsafeMutableRawBufferPointer(rebasing: index[start...]))
        writer.put(fileCount)
        writer.put(chunk.streamOffset)
        writer.put(chunk.times?.lowerBound ?? 0)
        writer.put(chunk.times?.upperBound ?? 0)
        writer.put(UInt32(chunk.times == nil ? 0 : 1))
    }

    private func encodeFooter() -> UnsafeRawBufferPointer {
        var head = LittleEndianWriter(index)
        head.put(RawFormat.footerMagic)
        head.put(UInt32(chunkCount))
        head.put(streamCount)
        let count = RawFormat.footerHeadSize + chunkCount * RawFormat.entrySize
        let checksum = CRC32C.of(
            UnsafeRawBufferPointer(rebasing: index[..<count]))
        let trailer = UnsafeMutableRawBufferPointer(rebasing: index[count...])
        var tail = LittleEndianWriter(trailer)
        tail.put(checksum)
        tail.put(UInt32(count + RawFormat.trailerSize))
        UnsafeMutableRawBufferPointer(rebasing: trailer[8...]).copyBytes(from: RawFormat.endMagic)
        return UnsafeRawBufferPointer(rebasing: index[..<(count + RawFormat.trailerSize)])
    }

    /// Does `work`; if it fails, cuts the file back to its last whole chunk and stops.
    private mutating func guarded(
        _ work: (OpenFile) throws(RecorderError) -> Void
    ) throws(RecorderError) {
        do throws(RecorderError) {
            try work(file)
        } catch {
            hasStopped = true
            _ = file.cut(to: fileCount)
            throw error
        }
    }
}
