/// The rates at which one axis of an Alpaca mount may move, deg/s.
public struct AlpacaRates: Equatable, Sendable {
    /// Magnitudes allowed, in rising order; not empty.
    public let ranges: [ClosedRange<Double>]

    /// Reads the value of `axisrates`; `nil` if it has no range, or an impossible one.
    public init?(_ value: JSONValue?) {
        guard let entries = value?.array, 1...32 ~= entries.count else { return nil }
        var ranges: [ClosedRange<Double>] = []
        for entry in entries {
            guard let low = entry["Minimum"]?.number, let high = entry["Maximum"]?.number,
                low >= 0, low <= high, high <= 360
            else { return nil }
            ranges.append(low...high)
        }
        self.ranges = ranges.sorted { $0.lowerBound < $1.lowerBound }
    }

    /// Highest rate, deg/s.
    public var highest: Double { ranges.reduce(0) { max($0, $1.upperBound) } }

    /// The allowed rate nearest to `rate`, of the same sign; 0 is always allowed.
    public func nearest(to rate: Double) -> Double {
        let magnitude = abs(rate)
        var best = 0.0
        for range in ranges {
            let candidate = magnitude.clamped(to: range)
            if abs(candidate - magnitude) < abs(best - magnitude) { best = candidate }
        }
        return rate < 0 ? -best : best
    }
}
