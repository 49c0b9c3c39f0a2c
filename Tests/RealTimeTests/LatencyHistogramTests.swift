import Quantities
import RealTime
import Testing

@Suite struct LatencyHistogramTests {
    @Test func quantilesAreThoseOfTheSortedListToWithinABin() throws {
        let histogram = LatencyHistogram()
        // From 1 ns to 16 ms, as often in each octave; the multiplier spreads them.
        var latencies = (0..<20_000).map { index -> Int64 in
            let mixed = UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
            return Int64(mixed >> 54 + 1) << (10 + Int64(mixed >> 32 & 15))
        }
        for latency in latencies { histogram.record(Picoseconds(latency)) }
        latencies.sort()
        for fraction in [0.01, 0.5, 0.9, 0.99, 0.999] {
            let rank = Int((fraction * 20_000).rounded(.up)) - 1
            let quantile = histogram.quantile(fraction)
            let found = try #require(quantile).count
            let error = abs(Double(found - latencies[rank]))
            // Half a bin above 64 ns; a whole nanosecond below.
            #expect(error <= max(Double(latencies[rank]) * 0.008, 1_000))
        }
        let (maximum, last, count) = (
            histogram.maximum, histogram.quantile(1), histogram.count
        )
        #expect(maximum.count == latencies.last)
        #expect(last?.count == latencies.last)
        #expect(count == 20_000)
    }

    @Test func anEmptyHistogramHasNoQuantiles() {
        let histogram = LatencyHistogram()
        let (median, summary) = (histogram.quantile(0.5), histogram.summary)
        #expect(median == nil)
        #expect(summary == nil)
    }

    @Test func latenciesBelowZeroAndBeyondTheLastBinAreKept() {
        let histogram = LatencyHistogram()
        histogram.record(Picoseconds(-5))
        histogram.record(Picoseconds(.max))
        let (count, median, maximum) = (
            histogram.count, histogram.quantile(0.5), histogram.maximum
        )
        #expect(count == 2)
        // The middle of the first bin.
        #expect(median == Picoseconds(500))
        #expect(maximum == Picoseconds(.max))
    }
}
