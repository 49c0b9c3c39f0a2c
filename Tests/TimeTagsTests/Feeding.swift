import Testing
import TimeTags

/// Decodes `bytes` handed over in pieces of `piece` bytes, the unconsumed tail kept as asked.
func decoded<D: TagDecoder>(
    _ bytes: [UInt8], with decoder: inout D, piece: Int, outputSize: Int = D.smallestOutput
) -> [TimeTag] {
    var tags: [TimeTag] = []
    var output = [TimeTag](repeating: TimeTag(time: 0, channel: 0), count: outputSize)
    var kept: [UInt8] = []
    var next = 0
    while next < bytes.count {
        let end = min(next + piece, bytes.count)
        kept += bytes[next..<end]
        next = end
        while true {
            let progress = kept.withUnsafeBytes { input in
                output.withUnsafeMutableBufferPointer { decoder.decode(input, into: $0) }
            }
            tags += output[..<progress.tagsWritten]
            kept.removeFirst(progress.bytesConsumed)
            if progress.bytesConsumed == 0 { break }
        }
        #expect(kept.count <= D.largestUnit || decoder.counters.fatalFault != nil)
    }
    while true {
        let progress = kept.withUnsafeBytes { input in
            output.withUnsafeMutableBufferPointer { decoder.finish(input, into: $0) }
        }
        tags += output[..<progress.tagsWritten]
        kept.removeFirst(progress.bytesConsumed)
        if progress.bytesConsumed == 0 { break }
    }
    return tags
}

/// Decodes `bytes` whole, in odd pieces and byte by byte, expects one result, and returns it.
func decodedInEveryWay<D: TagDecoder>(_ bytes: [UInt8], with decoder: D) -> ([TimeTag], D) {
    var first = decoder
    let tags = decoded(bytes, with: &first, piece: max(bytes.count, 1), outputSize: 100_000)
    for piece in [1, 7, 4096] {
        var other = decoder
        let again = decoded(bytes, with: &other, piece: piece)
        #expect(again == tags, "pieces of \(piece) bytes")
        #expect(other.counters == first.counters, "pieces of \(piece) bytes")
    }
    return (tags, first)
}

/// Encodes `tags` with an output of `room` bytes per call.
func encoded<E: TagEncoder>(
    _ tags: [TimeTag], with encoder: inout E, room: Int = E.smallestOutput
) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = tags[...]
    var output = [UInt8](repeating: 0, count: room)
    for isLast in [false, true] {
        while true {
            let progress = try rest.withUnsafeBufferPointer { input in
                try output.withUnsafeMutableBytes { target in
                    isLast
                        ? try encoder.finish(input, into: target)
                        : try encoder.encode(input, into: target)
                }
            }
            bytes += output[..<progress.bytesWritten]
            rest = rest.dropFirst(progress.tagsConsumed)
            if progress.bytesWritten == 0, progress.tagsConsumed == 0 { break }
        }
    }
    return bytes
}

/// Tags on four channels a few nanoseconds apart, the same for the same seed.
func someTags(_ count: Int, seed: UInt64 = 1) -> [TimeTag] {
    var state = seed
    var time: Int64 = 5_000
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        time += Int64((state >> 40) % 40_000)
        return TimeTag(time: time, channel: UInt8((state >> 33) % 4))
    }
}
