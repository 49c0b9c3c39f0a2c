import Quantities

/// What the tagger shows against what the satellite's clock showed, for the last seconds.
///
/// Knots lie one millisecond of emission apart; between them the world itself is a straight
/// line, so the map is the truth and not a fit to it. Light time bends by less than 0.05 ps
/// between two knots.
public struct TruthMap: Sendable {
    /// How many knots are kept: 16.4 s, many times the longest lag of a clock stage.
    public static let capacity: Int64 = 16_384

    /// One moment on both clocks.
    struct Knot: Sendable, BitwiseCopyable {
        /// Tagger's time of arrival, ps.
        var tag: Int64
        /// Satellite's time of emission, ps.
        var satellite: Int64
    }

    private var knots: [Knot]
    private var count: Int64 = 0

    init() {
        knots = [Knot](repeating: Knot(tag: 0, satellite: 0), count: Int(Self.capacity))
    }

    mutating func append(_ knot: Knot) {
        knots[Int(count & (Self.capacity - 1))] = knot
        count += 1
    }

    private var oldest: Int64 { max(count - Self.capacity, 0) }

    private func knot(_ index: Int64) -> Knot { knots[Int(index & (Self.capacity - 1))] }

    /// Tag times that can be asked for, ps; empty (0 to 0) before the world has begun to move.
    public var tagRange: Range<Int64> {
        count < 2 ? 0..<0 : knot(oldest).tag..<knot(count - 1).tag
    }

    /// Satellite time of what arrives at `tag`, ps, rounded to the nearest; `nil` outside ``tagRange``.
    public func satelliteTime(atTag tag: Int64) -> Int64? {
        guard let index = segment(at: tag, { $0.tag }) else { return nil }
        let (a, b) = (knot(index), knot(index + 1))
        return a.satellite
            + Self.scale(tag - a.tag, by: b.satellite - a.satellite, over: b.tag - a.tag)
    }

    /// Tag time of what was emitted at `satellite`, ps, rounded to the nearest, without jitter and
    /// skew; `nil` outside the seconds kept.
    public func tagTime(atSatellite satellite: Int64) -> Int64? {
        guard let index = segment(at: satellite, { $0.satellite }) else { return nil }
        let (a, b) = (knot(index), knot(index + 1))
        return a.tag
            + Self.scale(
                satellite - a.satellite, by: b.tag - a.tag, over: b.satellite - a.satellite)
    }

    /// value * numerator / denominator, rounded to the nearest; all below 2^31.
    static func scale(_ value: Int64, by numerator: Int64, over denominator: Int64) -> Int64 {
        let product = value * (numerator - denominator) + denominator / 2
        return value + floorDivision(product, by: denominator).quotient
    }

    /// Index of the segment that holds `value`, searched from a first guess by rate.
    private func segment(at value: Int64, _ field: (Knot) -> Int64) -> Int64? {
        guard count >= 2 else { return nil }
        var low = oldest
        var high = count - 1
        guard value >= field(knot(low)), value < field(knot(high)) else { return nil }
        while high - low > 1 {
            let middle = (low + high) / 2
            if field(knot(middle)) <= value { low = middle } else { high = middle }
        }
        return low
    }
}
