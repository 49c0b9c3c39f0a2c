import TimeTags

/// The layout of `raw.lts`, the raw bytes of a tagger as they came, in compressed chunks.
///
/// All numbers are little-endian.
/// ```
/// file    = "LODERAW1" chunk* [footer]
/// chunk   = header payload
/// header  = magic u32 "LCHK" | number u32 | stream offset u64 | raw bytes u32 | stored bytes u32
///           | first tag ps i64 | last tag ps i64 | flags u32 (1: the tag times are given)
///           | CRC-32C of the payload u32 | reserved u32 | CRC-32C of the header so far u32
/// payload = one zstd frame
/// footer  = magic u32 "LEND" | chunks u32 | stream bytes u64
///           | chunks x (file offset u64, stream offset u64, first ps i64, last ps i64, flags u32)
///           | CRC-32C of the footer so far u32 | footer bytes u32 | "LODEEND1"
/// ```
/// A file without footer is whole up to its last whole chunk; the footer only saves the scan.
enum RawFormat {
    static let fileMagic: [UInt8] = Array("LODERAW1".utf8)
    static let endMagic: [UInt8] = Array("LODEEND1".utf8)
    static let chunkMagic = number(of: "LCHK")
    static let footerMagic = number(of: "LEND")
    static let headerSize = 56
    static let footerHeadSize = 16
    static let entrySize = 36
    static let trailerSize = 16

    /// Raw bytes of a chunk: from what a test needs to what any reader must hold twice.
    static let chunkSizes: ClosedRange<Int64> = 16...(16 << 20)
    /// The most chunks in the footer's index: 2.3 MB. A longer recording has no footer.
    static let mostIndexed = 1 << 16

    private static func number(of word: String) -> UInt32 {
        word.utf8.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}

/// What one chunk of a recording holds.
public struct RawChunk: Equatable, Sendable {
    /// Position in the recording, from 0.
    public var number: UInt32 = 0
    /// Where its first byte belongs in the stream.
    public var streamOffset: Int64 = 0
    /// How many bytes of the stream it holds.
    public var rawCount = 0
    /// Tag times of its first and last record, ps; `nil` if the writer did not know.
    public var times: ClosedRange<Int64>?

    /// The greatest ``streamOffset`` that is believed, so that the end of a chunk always fits.
    static let greatestOffset: Int64 = 1 << 62

    /// How many bytes it takes in the file, without its header.
    var storedCount = 0
    var payloadChecksum: UInt32 = 0

    /// Writes the header of this chunk to `bytes`, which holds at least one header.
    func encode(to bytes: UnsafeMutableRawBufferPointer) {
        var writer = LittleEndianWriter(bytes)
        writer.put(RawFormat.chunkMagic)
        writer.put(number)
        writer.put(streamOffset)
        writer.put(UInt32(rawCount))
        writer.put(UInt32(storedCount))
        writer.put(times?.lowerBound ?? 0)
        writer.put(times?.upperBound ?? 0)
        writer.put(UInt32(times == nil ? 0 : 1))
        writer.put(payloadChecksum)
        writer.put(UInt32(0))
        writer.put(CRC32C.of(writer.written))
    }

    init() {}

    /// Reads a header; `nil` if its magic, checksum or any field is wrong.
    init?(header bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= RawFormat.headerSize else { return nil }
        var reader = LittleEndianReader(bytes)
        guard reader.take(UInt32.self) == RawFormat.chunkMagic else { return nil }
        number = reader.take()
        streamOffset = reader.take()
        rawCount = Int(reader.take(UInt32.self))
        storedCount = Int(reader.take(UInt32.self))
        let (first, last) = (reader.take(Int64.self), reader.take(Int64.self))
        let flags = reader.take(UInt32.self)
        payloadChecksum = reader.take()
        _ = reader.take(UInt32.self)
        let covered = UnsafeRawBufferPointer(rebasing: bytes[..<(RawFormat.headerSize - 4)])
        guard reader.take() == CRC32C.of(covered),
            (0...Self.greatestOffset).contains(streamOffset),
            RawFormat.chunkSizes.upperBound >= rawCount, rawCount > 0,
            storedCount <= RawFormat.chunkSizes.upperBound * 2
        else { return nil }
        times = flags & 1 == 1 && first <= last ? first...last : nil
    }
}

/// Puts integers one after another.
struct LittleEndianWriter {
    private let bytes: UnsafeMutableRawBufferPointer
    private var count = 0

    init(_ bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }

    var written: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[..<count]) }

    mutating func put(_ value: some FixedWidthInteger & BitwiseCopyable) {
        let size = value.bitWidth / 8
        bytes.storeBytes(of: value.littleEndian, toByteOffset: count, as: type(of: value))
        count += size
    }
}

/// Takes integers one after another; the caller has checked the length.
struct LittleEndianReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func take<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type = Value.self
    ) -> Value {
        defer { position += Value.bitWidth / 8 }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: type))
    }
}
