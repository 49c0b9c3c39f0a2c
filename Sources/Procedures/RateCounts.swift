import TimeTags

/// Counts of four channels.
struct RateCounts {
    private let channels: SIMD4<UInt8>
    private(set) var counts = SIMD4<Double>(repeating: 0)

    init(_ channels: SIMD4<UInt8>) { self.channels = channels }

    mutating func take(_ tags: UnsafeBufferPointer<TimeTag>) {
        for tag in tags where tag.kind == .detection {
            for lane in 0..<4 where channels[lane] == tag.channel { counts[lane] += 1 }
        }
    }
}
