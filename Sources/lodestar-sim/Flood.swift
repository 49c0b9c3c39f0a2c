import Simulator
import TimeTags

/// Light where none should be: extra clicks of inputs, and inputs that are blanked.
struct Flood {
    /// One input that is lit.
    private struct Source {
        var channel: UInt8
        var rate: Double
        var next: Int64
        var end: Int64
    }

    private var sources: [Source] = []
    private var blanked: Set<UInt8> = []
    private var random: SeededGenerator
    private var merged: [TimeTag] = []

    /// Nothing lit, nothing blanked.
    init(seed: UInt64) {
        // No stream of the world has this number.
        random = SeededGenerator(seed: seed, stream: 0x666C_6F6F_64)
    }

    /// Lights an input from `time` on, ps of the tagger's clock, for `span`.
    mutating func light(_ channel: UInt8, rate: Double, from time: Int64, span: Int64) {
        // At most 32: as many as there are inputs.
        sources.removeAll { $0.channel == channel }
        sources.append(Source(channel: channel, rate: rate, next: time, end: time + span))
    }

    /// Takes an input's clicks away, or gives them back.
    mutating func blank(_ channel: UInt8, _ isBlank: Bool) {
        if isBlank { blanked.insert(channel) } else { blanked.remove(channel) }
    }

    /// Whether there is nothing to do.
    var isIdle: Bool { sources.isEmpty && blanked.isEmpty }

    /// The world's tags and the extra ones up to `now`, ordered by time, without those blanked.
    mutating func apply(to tags: [TimeTag], until now: Int64) -> [TimeTag] {
        merged.removeAll(keepingCapacity: true)
        merged += tags
        for index in sources.indices {
            let end = min(now, sources[index].end)
            while sources[index].next < end {
                merged.append(TimeTag(time: sources[index].next, channel: sources[index].channel))
                let wait = random.exponential() * 1e12 / sources[index].rate
                sources[index].next += max(1, Int64(min(wait, 1e15)))
            }
        }
        sources.removeAll { $0.next >= $0.end || now >= $0.end }
        if !blanked.isEmpty { merged.removeAll { blanked.contains($0.channel) } }
        merged.sort { ($0.time, $0.channel) < ($1.time, $1.channel) }
        return merged
    }
}
