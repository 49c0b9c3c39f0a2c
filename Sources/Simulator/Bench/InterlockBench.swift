public import TimeTags

/// An over-exposure ordered again and again: what the interlock's check sees, seeded.
public struct InterlockBench: Sendable {
    /// The detector that is over-exposed; ``BenchDetector/recoveryTime`` is to be found.
    public var detector: BenchDetector
    /// Rate of the usual light, counts per second.
    public var usualRate = 100_000.0
    /// Rate in bright light, counts per second.
    public var brightRate = 10_000_000.0
    /// From the light's start to blanking: mean and spread, ps.
    public var reaction = (mean: 1_500_000_000.0, spread: 100_000_000.0)
    /// Time for which it is bright, and dim, in each cycle, ps.
    public var half: Int64 = 20_000_000_000
    /// Whether the interlock is connected.
    public var isConnected = true

    private var random: SeededGenerator

    /// A bench on the random numbers of `seed`.
    public init(_ detector: BenchDetector, seed: UInt64) {
        self.detector = detector
        random = SeededGenerator(seed: seed, stream: 1_001)
    }

    /// The tags and markers of `cycles` cycles, begun with dim light.
    ///
    /// - Parameters:
    ///   - on: Marker code where the bright light comes.
    ///   - cleared: Marker code where it goes and the interlock is cleared.
    public mutating func run(cycles: Int, on: UInt16, cleared: UInt16) -> [TimeTag] {
        var tags: [TimeTag] = []
        var start: Int64 = 0
        for _ in 0..<cycles {
            add(&tags, from: start, for: Double(half), rate: usualRate)
            start += half
            tags.append(TimeTag(time: start, channel: 0, kind: .marker, detail: on))
            let answer = reaction.mean + reaction.spread * random.normal()
            add(&tags, from: start, for: isConnected ? answer : Double(half), rate: brightRate)
            start += half
            tags.append(TimeTag(time: start, channel: 0, kind: .marker, detail: cleared))
            let deaf = Int64(detector.recoveryTime)
            add(&tags, from: start + deaf, for: Double(half - deaf), rate: usualRate)
            start += half
        }
        tags.append(TimeTag(time: start, channel: 0, kind: .marker, detail: on))
        return tags
    }

    private mutating func add(
        _ tags: inout [TimeTag], from start: Int64, for span: Double, rate: Double
    ) {
        let mean = 1e12 / rate
        var time = mean * random.exponential()
        while time < span {
            tags.append(TimeTag(time: start + Int64(time), channel: detector.channel))
            time += detector.deadTime + mean * random.exponential()
        }
    }
}
