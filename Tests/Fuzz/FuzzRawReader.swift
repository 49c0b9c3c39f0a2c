// modules: TimeTags
// sources: Recorder/OpenFile.swift Recorder/RawFormat.swift Recorder/RawReader.swift
// sources: Recorder/RawRecorder.swift Recorder/RecorderError.swift
// headers: Sources/CZstd
// libraries: zstd
import CZstd
import TimeTags

private let file = MemoryFile()

/// Fuzzes the reader of raw recordings with files whose checksums are right and content is not.
///
/// Every chunk is given out whole or reported as damage, and the reading ends.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRawReader(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var recipe = Recipe(FuzzInput(start, count))
    recipe.cook()
    recipe.bytes.withUnsafeBytes { file.hold($0) }
    do throws(RecorderError) {
        try check(recipe)
    } catch .notARecording {
        precondition(recipe.isDamaged, "a whole recording was refused")
    } catch {
        preconditionFailure("\(error)")
    }
    return 0
}

private func check(_ recipe: Recipe) throws(RecorderError) {
    var reader = try RawReader(file.path)
    if let (chunks, _) = try reader.indexed() { precondition(chunks >= 0) }
    var stream: [UInt8] = []
    var steps = 0
    var isWhole = true
    while let piece = try reader.next() {
        steps += 1
        precondition(steps <= recipe.bytes.count + 2, "the reading does not end")
        switch piece {
        case .bytes(let chunk):
            precondition(reader.bytes.count == chunk.rawCount && chunk.rawCount > 0)
            stream += reader.bytes
        case .damage(let damage):
            isWhole = false
            precondition(!damage.description.isEmpty)
            precondition(damage.fileRange.upperBound <= recipe.bytes.count)
        }
    }
    guard !recipe.isDamaged else { return }
    precondition(isWhole && stream == recipe.stream, "a whole recording was not read whole")
}

/// Makes the file of one input.
private struct Recipe {
    private var input: FuzzInput
    private(set) var bytes: [UInt8] = RawFormat.fileMagic
    /// What the good chunks hold.
    private(set) var stream: [UInt8] = []
    /// Whether anything but good chunks and a good index went in.
    private(set) var isDamaged = false
    private var number: UInt32 = 0

    init(_ input: FuzzInput) { self.input = input }

    mutating func cook() {
        var hasIndex = false
        while !input.isEmpty {
            let kind = input.byte()
            if hasIndex { isDamaged = true }
            switch kind & 7 {
            case 0, 1, 2: addChunk(Array(input.take(Int(input.byte()) + 1)), change: 0)
            case 3: addChunk(Array(input.take(Int(input.byte()) + 1)), change: kind >> 3)
            case 4:
                addIndex(isGood: kind >> 3 == 0)
                hasIndex = true
            case 5: damage { $0 += Array($1.take(Int($1.byte()))) }
            case 6:
                damage { bytes, input in
                    let place = Int(input.integer() as UInt16) % max(bytes.count, 1)
                    if bytes.indices.contains(place) { bytes[place] ^= input.byte() }
                }
            default: damage { $0.removeLast(min($0.count, Int($1.byte()))) }
            }
        }
    }

    private mutating func damage(_ work: (inout [UInt8], inout FuzzInput) -> Void) {
        isDamaged = true
        work(&bytes, &input)
    }

    /// A chunk of `content`; `change` says which fields of its header are wrong, all checksums right.
    private mutating func addChunk(_ content: [UInt8], change: UInt8) {
        guard !content.isEmpty else { return }
        var packed = [UInt8](repeating: 0, count: ZSTD_compressBound(content.count))
        packed.removeLast(
            packed.count - ZSTD_compress(&packed, packed.count, content, content.count, 1))
        var chunk = RawChunk()
        (chunk.number, chunk.streamOffset) = (number, Int64(stream.count))
        chunk.rawCount = content.count
        if change & 1 != 0 { chunk.streamOffset = Int64(bitPattern: input.integer()) }
        if change & 2 != 0 { chunk.rawCount = Int(input.integer() as UInt32) % (40 << 20) }
        if change & 4 != 0 { packed = Array(input.take(Int(input.byte()))) }
        chunk.storedCount = packed.count
        if change & 8 != 0 { chunk.storedCount = Int(input.integer() as UInt32) }
        if change & 16 != 0 {
            let first = Int64(bitPattern: input.integer())
            chunk.times = first...max(first, Int64(bitPattern: input.integer()))
        }
        chunk.payloadChecksum = packed.withUnsafeBytes { CRC32C.of($0) }
        var header = [UInt8](repeating: 0, count: RawFormat.headerSize)
        header.withUnsafeMutableBytes { chunk.encode(to: $0) }
        bytes += header + packed
        stream += content
        number &+= 1
        if change & 15 != 0 { isDamaged = true }
    }

    /// An index without entries; not a good one has other numbers under a right checksum.
    private mutating func addIndex(isGood: Bool) {
        if !isGood { isDamaged = true }
        let entries = isGood ? [] : Array(input.take(Int(input.byte())))
        var index = [UInt8](repeating: 0, count: RawFormat.footerHeadSize) + entries
        let covered = index.count
        index += [UInt8](repeating: 0, count: RawFormat.trailerSize)
        let chunks = isGood ? number : input.integer()
        let size = isGood ? UInt32(index.count) : input.integer()
        let streamCount = isGood ? UInt64(stream.count) : input.integer()
        index.withUnsafeMutableBytes { all in
            var head = LittleEndianWriter(all)
            head.put(RawFormat.footerMagic)
            head.put(chunks)
            head.put(streamCount)
            let checksum = CRC32C.of(UnsafeRawBufferPointer(rebasing: all[..<covered]))
            let trailer = UnsafeMutableRawBufferPointer(rebasing: all[covered...])
            var tail = LittleEndianWriter(trailer)
            tail.put(checksum)
            tail.put(size)
            let end = UnsafeMutableRawBufferPointer(rebasing: trailer[8...])
            end.copyBytes(from: RawFormat.endMagic)
        }
        bytes += index
    }
}
