public import Quantities
import Synchronization

/// How often which latency was seen, in fixed bins: one thread records, any thread reads.
///
/// Bins are 1 ns wide below 64 ns and 1/64 of an octave above: a quantile is right to 0.8 %.
/// Recording neither locks nor allocates; its memory is its own size.
public struct LatencyHistogram: ~Copyable, Sendable {
    /// Bins in an octave, a power of two.
    static let binsPerOctave = 64
    /// Octaves above the first 64 ns: the last ends at 2^40 ns, 18 minutes. More counts as that.
    static let octaves = 34
    static let binCount = binsPerOctave * (octaves + 1)

    private let bins = InlineArray<2240, Atomic<UInt64>> { _ in Atomic(0) }
    private let total = Atomic<UInt64>(0)
    private let largest = Atomic<Int64>(0)

    /// An empty histogram.
    public init() { precondition(bins.count == Self.binCount) }

    /// How many were recorded.
    public var count: UInt64 { total.load(ordering: .relaxed) }

    /// The largest recorded, exact; zero if none was.
    public var maximum: Picoseconds { Picoseconds(largest.load(ordering: .relaxed)) }

    /// Records one latency; less than nothing counts as nothing. For one thread.
    public func record(_ latency: Picoseconds) {
        let bin = Self.bin(of: latency.count / 1_000)
        // One writer: no read-modify-write is needed.
        bins[bin].store(bins[bin].load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        total.store(total.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        if latency.count > largest.load(ordering: .relaxed) {
            largest.store(latency.count, ordering: .relaxed)
        }
    }

    /// The latency that `fraction` of those recorded do not exceed; `nil` if none was recorded.
    ///
    /// - Parameter fraction: 0 to 1. The middle of the bin is given, the exact maximum for the last.
    public func quantile(_ fraction: Double) -> Picoseconds? {
        precondition((0...1).contains(fraction))
        let count = self.count
        guard count > 0 else { return nil }
        let rank = min(UInt64((fraction * Double(count)).rounded(.up)), count)
        guard rank < count else { return maximum }
        var seen: UInt64 = 0
        for bin in 0..<Self.binCount {
            seen &+= bins[bin].load(ordering: .relaxed)
            guard seen < max(rank, 1) else {
                let range = Self.range(of: bin)
                let middle = Picoseconds((range.lowerBound + range.upperBound) * 500)
                return min(middle, maximum)
            }
        }
        return maximum
    }

    /// What the whole says, for people and reports.
    public var summary: LatencySummary? {
        guard let p50 = quantile(0.5), let p99 = quantile(0.99), let p999 = quantile(0.999) else {
            return nil
        }
        return LatencySummary(count: count, p50: p50, p99: p99, p999: p999, maximum: maximum)
    }

    /// The bin of a latency in whole nanoseconds.
    static func bin(of nanoseconds: Int64) -> Int {
        guard nanoseconds >= Int64(binsPerOctave) else { return Int(max(nanoseconds, 0)) }
        let octave = 63 - nanoseconds.leadingZeroBitCount - 6
        guard octave < octaves else { return binCount - 1 }
        return (octave + 1) * binsPerOctave + Int((nanoseconds >> octave) & 63)
    }

    /// From where to where a bin goes, ns; the upper end is the next bin's.
    static func range(of bin: Int) -> Range<Int64> {
        guard bin >= binsPerOctave else { return Int64(bin)..<Int64(bin + 1) }
        let octave = bin / binsPerOctave - 1
        let start = Int64(binsPerOctave + bin % binsPerOctave) << octave
        return start..<(start + 1 << octave)
    }
}

/// What a histogram of latencies says in five numbers.
public struct LatencySummary: Equatable, Sendable {
    /// How many were recorded.
    public var count: UInt64
    /// The median.
    public var p50: Picoseconds
    /// What 99 of 100 do not exceed.
    public var p99: Picoseconds
    /// What 999 of 1000 do not exceed.
    public var p999: Picoseconds
    /// The largest, exact.
    public var maximum: Picoseconds

    /// `p50 12.1 us, p99 30.5 us, p99.9 41.0 us, max 80.2 us`.
    public var text: String {
        "p50 \(Self.microseconds(p50)), p99 \(Self.microseconds(p99)), "
            + "p99.9 \(Self.microseconds(p999)), max \(Self.microseconds(maximum))"
    }

    private static func microseconds(_ time: Picoseconds) -> String {
        let tenths = (max(time.count, 0) + 50_000) / 100_000
        return "\(tenths / 10).\(tenths % 10) us"
    }
}
