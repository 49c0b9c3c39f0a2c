import TimeTags

/// Tags through the reference format and back, whole and damaged, in pieces of any size.
func referenceFormatExercise() -> UInt64 {
    var digest = Digest()
    var tags = sampleTags(seed: 3)
    var memory = InlineArray<1024, UInt64>(repeating: 0)
    var tagSpan = tags.mutableSpan
    var byteSpan = memory.mutableSpan
    tagSpan.withUnsafeMutableBufferPointer { tags in
        byteSpan.withUnsafeMutableBytes { bytes in
            let size = encodeReference(UnsafeBufferPointer(tags), into: bytes)
            precondition(size > ReferenceFormat.largestFrame)
            digest.add(size)
            let whole = UnsafeRawBufferPointer(rebasing: bytes[..<size])
            for byte in whole { digest.add(byte) }
            decode(whole, pieces: 97, with: ReferenceDecoder(), into: &digest)
            // A flipped bit in the second frame, and the end cut off.
            bytes[ReferenceFormat.largestFrame + 700] ^= 0x10
            let cut = UnsafeRawBufferPointer(rebasing: bytes[..<(size - 5)])
            decode(cut, pieces: 1_000, with: ReferenceDecoder(), into: &digest)
        }
    }
    return digest.value
}

/// Every HydraHarp 2 record that a stream of numbers gives, photons and overflows alike.
func ptuRecordExercise() -> UInt64 {
    var digest = Digest()
    var numbers = NumberStream(seed: 4)
    var memory = InlineArray<512, UInt64>(repeating: 0)
    for index in 0..<512 { memory[index] = numbers.next() }
    var span = memory.mutableSpan
    span.withUnsafeMutableBytes { bytes in
        let decoder = PTUDecoder(recordType: .hydraHarp2, scale: .picosecond)
        decode(UnsafeRawBufferPointer(bytes), pieces: 61, with: decoder, into: &digest)
    }
    return digest.value
}

/// Detections with now and then a loss or a marker, up to 50 us apart.
private func sampleTags(seed: UInt64) -> InlineArray<512, TimeTag> {
    var tags = InlineArray<512, TimeTag>(repeating: TimeTag(time: 0, channel: 0))
    var numbers = NumberStream(seed: seed)
    var time: Int64 = 5_000_000_000_000
    for index in 0..<512 {
        time += numbers.next(below: 50_000_000)
        let draw = numbers.next()
        tags[index] = TimeTag(time: time, channel: UInt8(truncatingIfNeeded: draw & 15))
        if draw &>> 59 == 0 {
            tags[index].kind = .marker
            tags[index].detail = UInt16(truncatingIfNeeded: draw &>> 8)
            tags[index].count = UInt32(truncatingIfNeeded: draw &>> 24)
        }
    }
    return tags
}

/// The bytes written.
private func encodeReference(
    _ tags: UnsafeBufferPointer<TimeTag>, into bytes: UnsafeMutableRawBufferPointer
) -> Int {
    var encoder = ReferenceEncoder()
    do throws(EncodeError) {
        let first = try encoder.encode(tags, into: bytes)
        let rest = UnsafeBufferPointer(rebasing: tags[first.tagsConsumed...])
        let room = UnsafeMutableRawBufferPointer(rebasing: bytes[first.bytesWritten...])
        return first.bytesWritten + (try encoder.finish(rest, into: room)).bytesWritten
    } catch {
        preconditionFailure("the encoder refused good tags")
    }
}

/// Feeds `bytes` to a decoder, `pieces` more at a time, and adds all that comes out.
private func decode<Decoder: TagDecoder>(
    _ bytes: UnsafeRawBufferPointer, pieces: Int, with fresh: Decoder, into digest: inout Digest
) {
    var decoder = fresh
    var tags = InlineArray<2048, TimeTag>(repeating: TimeTag(time: 0, channel: 0))
    var span = tags.mutableSpan
    span.withUnsafeMutableBufferPointer { output in
        var done = 0
        var given = 0
        while given < bytes.count {
            given = min(bytes.count, given + pieces)
            let input = UnsafeRawBufferPointer(rebasing: bytes[done..<given])
            let progress = decoder.decode(input, into: output)
            done += progress.bytesConsumed
            add(output, count: progress.tagsWritten, to: &digest)
        }
        // Each turn takes a byte or more.
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let progress = decoder.finish(rest, into: output)
            add(output, count: progress.tagsWritten, to: &digest)
            guard progress.bytesConsumed > 0 else { break }
            done += progress.bytesConsumed
        }
    }
    let counters = decoder.counters
    digest.add(counters.bytes)
    digest.add(counters.records)
    digest.add(counters.detections)
    digest.add(counters.losses)
    digest.add(counters.skippedBytes)
}

private func add(
    _ tags: UnsafeMutableBufferPointer<TimeTag>, count: Int, to digest: inout Digest
) {
    for index in 0..<count {
        digest.add(tags[index].time)
        digest.add(tags[index].channel)
        digest.add(tags[index].kind.rawValue)
        digest.add(UInt32(tags[index].detail))
        digest.add(tags[index].count)
    }
}
