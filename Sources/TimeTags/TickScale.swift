/// How long a tagger's tick is, as an exact fraction of a picosecond count.
public struct TickScale: Equatable, Sendable, BitwiseCopyable {
    /// Picoseconds in ``denominator`` ticks. 1 to 2^40.
    public let numerator: Int64
    /// Ticks in ``numerator`` picoseconds. 1 to 2^20.
    public let denominator: Int64

    /// One tick is one picosecond.
    public static let picosecond = TickScale(uncheckedNumerator: 1, denominator: 1)

    /// `numerator` / `denominator` ps per tick; `nil` outside 1...2^40 and 1...2^20.
    public init?(numerator: Int64, denominator: Int64) {
        guard numerator >= 1, numerator <= 1 &<< 40, denominator >= 1, denominator <= 1 &<< 20
        else {
            return nil
        }
        self.init(uncheckedNumerator: numerator, denominator: denominator)
    }

    init(uncheckedNumerator numerator: Int64, denominator: Int64) {
        self.numerator = numerator
        self.denominator = denominator
    }

    /// The simplest fraction that is `seconds` to one part in 10^13, as files store it.
    ///
    /// - Parameter seconds: Length of a tick; 1e-15 to 1e-3, otherwise `nil`.
    public init?(seconds: Double) {
        guard seconds >= 1e-15, seconds <= 1e-3 else { return nil }
        let target = seconds * 1e12
        // Continued fraction; the denominators grow at least like Fibonacci's numbers, so 32
        // turns pass 2^20.
        var (before, now) = ((n: 0.0, d: 1.0), (n: 1.0, d: 0.0))
        var rest = target
        for _ in 0..<32 {
            let whole = Double(Int64(rest))
            (before, now) = (now, (n: whole * now.n + before.n, d: whole * now.d + before.d))
            guard now.d <= 1_048_576, now.n <= 1e12 else { return nil }
            if now.n > 0, (now.n / now.d - target).magnitude <= target * 1e-13 {
                self.init(uncheckedNumerator: Int64(now.n), denominator: Int64(now.d))
                return
            }
            let fraction = rest - whole
            guard fraction > 0 else { return nil }
            rest = min(1 / fraction, 1e12)
        }
        return nil
    }

    /// Most ticks, either sign, whose time fits an `Int64` of picoseconds.
    public var mostTicks: Int64 {
        let whole = Int64.max / numerator
        let (most, overflow) = whole.multipliedReportingOverflow(by: denominator)
        return overflow ? Int64.max - denominator : most - denominator
    }

    /// Time of `ticks`, ps, rounded half up: floor(ticks * numerator / denominator + 1/2).
    ///
    /// - Parameter ticks: Within +-``mostTicks``; beyond it the result wraps.
    @inlinable public func picosecondsRoundedHalfUp(_ ticks: Int64) -> Int64 {
        if denominator == 1 { return ticks &* numerator }
        var quotient = ticks / denominator
        var remainder = ticks &- quotient &* denominator
        if remainder < 0 {
            quotient &-= 1
            remainder &+= denominator
        }
        let part = (remainder &* numerator &+ denominator / 2) / denominator
        return quotient &* numerator &+ part
    }

    /// The tick nearest to `time`, ps, half up.
    @inlinable public func ticksRoundedHalfUp(_ time: Int64) -> Int64 {
        var quotient = time / numerator
        var remainder = time &- quotient &* numerator
        if remainder < 0 {
            quotient &-= 1
            remainder &+= numerator
        }
        return quotient &* denominator &+ (remainder &* denominator &+ numerator / 2) / numerator
    }
}
