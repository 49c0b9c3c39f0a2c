import GateDrivers
import Quantities
import TimeTags

/// What the guard of the count rates costs, and how soon it blanks.
///
/// Four detectors and a beacon at the rate asked for, in batches; then light over the limit, in
/// the tagger's own time from its begin to the last tag of the batch after which the gate is
/// blank.
struct GuardBenchmark {
    private let rate: Double
    private let excess: Double
    private let repeats: Int
    private let batch: Int

    init(_ options: Options) {
        rate = options.number("rate", 8e6)
        excess = options.number("excess", 6e6)
        repeats = options.count("repeats", 9)
        batch = options.count("batch", 1_024)
    }

    func run() throws {
        guard let rule = RateGuard.Rule() else {
            throw BenchmarkError(description: "the default rule makes no sense")
        }
        let tags = Self.tags(rate: rate, count: 1_000_000)
        var rates = RateGuard(channels: [1, 2, 3, 4], rule: rule)
        var times: [Double] = []
        for _ in 0..<repeats { times.append(seconds { feed(tags, to: &rates) }) }
        guard rates.latched.isEmpty else {
            throw BenchmarkError(description: "latched \(rates.latched) at \(rate) tags/s")
        }
        let blank = try blankLatency(rule)
        print(
            "guard tags=\(tags.count)",
            "ns_per_tag=\(fixed(median(times) / Double(tags.count) * 1e9, 2))",
            "blank_ms=\(fixed(Double(blank.count) * 1e-9, 3))", "excess=\(excess)",
            "batch=\(batch)", "repeats=\(repeats)")
    }

    private func feed(_ tags: [TimeTag], to rates: inout RateGuard) {
        rates.restart()
        tags.withUnsafeBufferPointer { tags in
            var start = 0
            while start < tags.count {
                let end = min(start + batch, tags.count)
                _ = rates.take(UnsafeBufferPointer(rebasing: tags[start..<end]))
                start = end
            }
        }
    }

    /// Stream time from the begin of light on one detector to the end of the batch that blanks it.
    private func blankLatency(_ rule: RateGuard.Rule) throws -> Picoseconds {
        var rates = RateGuard(channels: [1, 2, 3, 4], rule: rule)
        let period = Int64(1e12 / excess)
        let light = (0..<100_000).map { TimeTag(time: Int64($0) * period, channel: 2) }
        var start = 0
        while start < light.count {
            let end = min(start + batch, light.count)
            let blanked = light[start..<end].withUnsafeBufferPointer { rates.take($0) }
            if !blanked.isEmpty { return Picoseconds(light[end - 1].time) }
            start = end
        }
        throw BenchmarkError(description: "light of \(excess) clicks/s is within the limit")
    }

    /// Clicks of four detectors by turns, and one of the beacon for every 100.
    private static func tags(rate: Double, count: Int) -> [TimeTag] {
        let period = Int64(1e12 / rate)
        return (0..<count).map { index in
            let channel = index % 100 == 0 ? 0 : UInt8(truncatingIfNeeded: index % 4 + 1)
            return TimeTag(time: Int64(index) * period, channel: channel)
        }
    }
}
