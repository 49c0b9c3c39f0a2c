public import Quantities

/// One short piece of the clock model: satellite time as a straight line over tag time.
///
/// Light time bends by at most 0.4 ppm/s, 0.05 ps over the half millisecond about a segment's
/// middle, so a line per millisecond is exact to the picosecond.
public struct ClockSegment: Equatable, Sendable, BitwiseCopyable {
    /// Fraction bits of ``rate``.
    public static let rateFractionBits: Int64 = 44
    /// The longest segment, ps: 34 bits of tag time times 29 bits of rate stay below 2^63.
    public static let longestDuration: Int64 = 10_000_000_000

    /// Tag time at which the segment begins, ps.
    public var tagStart: Int64
    /// Length in tag time, ps. More than 0, up to ``longestDuration``.
    public var duration: Int64
    /// Satellite time of what arrives at ``tagStart``, ps.
    public var satelliteStart: Int64
    /// Satellite time gained on tag time, in 2^-44 per unit of tag time; within +-2^29 (30 ppm).
    public var rate: Int64
    /// One standard deviation of the satellite time, ps.
    public var sigma: Int32
    /// Whether the clock is sure enough that clicks in this segment may become key.
    public var isValid: Bool
    /// Whether the telescope was aimed well enough for that; the clock does not know, and says yes.
    public var isAimed = true

    /// A segment with every field given.
    @inlinable public init(
        tagStart: Int64, duration: Int64, satelliteStart: Int64, rate: Int64, sigma: Int32,
        isValid: Bool
    ) {
        self.tagStart = tagStart
        self.duration = duration
        self.satelliteStart = satelliteStart
        self.rate = rate
        self.sigma = sigma
        self.isValid = isValid
    }

    /// The ``rate`` at which `gained` ps of satellite time, rounded down, are gained over `duration` ps.
    ///
    /// - Parameter gained: Within +-2^19 ps, or the shift would overflow.
    @inlinable public static func rate(gained: Int64, over duration: Int64) -> Int64 {
        precondition(abs(gained) < 524_288)
        return floorDivision(gained &* 17_592_186_044_416, by: duration).quotient
    }

    /// Satellite time of what arrives at `tag`, ps; `tag` lies within the segment.
    @inlinable public func satelliteTime(at tag: Int64) -> Int64 {
        let elapsed = tag &- tagStart
        return satelliteStart &+ elapsed &+ ((elapsed &* rate) &>> Self.rateFractionBits)
    }
}
