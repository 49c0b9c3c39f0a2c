import TimeTags

/// Fuzzes ReferenceDecoder, with bytes as they are and with the same bytes as words of good frames.
///
/// Portable code and the processor's instructions unpack the same tags.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReference(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    fuzz(bytes, count) { ReferenceDecoder() }
    let framed = frames(of: UnsafeRawBufferPointer(start: bytes, count: count))
    framed.withUnsafeBytes {
        var fast = ReferenceDecoder()
        let found = fuzzTags($0, with: &fast, piece: max($0.count, 1))
        var portable = ReferenceDecoder(isPortable: true)
        let expected = fuzzTags($0, with: &portable, piece: max($0.count, 1))
        precondition(found == expected, "the instructions give other tags")
        precondition(fast.counters == portable.counters, "the instructions give other counters")
    }
    return 0
}

/// Frames with good checksums: the first byte sets how many words each has, 8 bytes are its base
/// time, and whether the kinds stay or become detections comes from the second byte.
private func frames(of input: UnsafeRawBufferPointer) -> [UInt8] {
    guard input.count >= 10 else { return [] }
    let words = Int(input[0]) % (ReferenceFormat.mostWords + 1)
    var result: [UInt8] = []
    var start = 2
    var sequence: UInt32 = 0
    while start + 8 <= input.count {
        let base = input[start..<(start + 8)]
        start += 8
        let count = min(words, (input.count - start) / 8)
        var frame: [UInt8] = []
        append(ReferenceFormat.magic, to: &frame)
        frame += [ReferenceFormat.version, 0, UInt8(count), 0]
        append(sequence, to: &frame)
        frame += [0, 0, 0, 0]
        frame += base
        frame += [UInt8](repeating: 0, count: 8)
        for word in 0..<count {
            frame += input[(start + 8 * word)..<(start + 8 * word + 8)]
            if input[1] & 1 == 1 { frame[frame.count - 1] = 0 }
        }
        append(UInt32(0), to: &frame)
        append(frame.withUnsafeBytes { CRC32C.of($0) }, to: &frame)
        result += frame
        start += 8 * count
        sequence &+= 1
    }
    return result
}

private func append(_ word: UInt32, to bytes: inout [UInt8]) {
    for shift in [0, 8, 16, 24] as [UInt32] {
        bytes.append(UInt8(truncatingIfNeeded: word >> shift))
    }
}
