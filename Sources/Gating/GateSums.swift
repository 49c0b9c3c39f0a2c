/// What the gate has counted up to a moment, in a few sums; the difference of two moments is what
/// came between. All of it is exact, so that a replay gives the same sums.
public struct GateSums: Equatable, Sendable, BitwiseCopyable {
    /// Accepted clicks, by detector.
    public var accepted = SIMD4<Int64>(repeating: 0)
    /// Tags in a gate but too soon after another, by detector.
    public var dead = SIMD4<Int64>(repeating: 0)
    /// Tags between the gates, by detector.
    public var outside = SIMD4<Int64>(repeating: 0)
    /// Sum of the accepted clicks' places in the slot, in 128ths of a slot from its centre, by
    /// detector. Places are those of the histogram's 64 bins.
    public var places = SIMD4<Int64>(repeating: 0)
    /// Sum of the squares of those places.
    public var squaredPlaces = SIMD4<Int64>(repeating: 0)
    /// Intervals of one detector that are shorter than ``GatePlan/shortestInterval``.
    public var shortIntervals = SIMD4<Int64>(repeating: 0)

    /// Nothing counted.
    public init() {}

    /// Tags in valid and aimed time, by detector: in a gate or not.
    public var all: SIMD4<Int64> { accepted &+ dead &+ outside }

    /// What came between `earlier` and `later`.
    public static func - (later: GateSums, earlier: GateSums) -> GateSums {
        var sums = GateSums()
        sums.accepted = later.accepted &- earlier.accepted
        sums.dead = later.dead &- earlier.dead
        sums.outside = later.outside &- earlier.outside
        sums.places = later.places &- earlier.places
        sums.squaredPlaces = later.squaredPlaces &- earlier.squaredPlaces
        sums.shortIntervals = later.shortIntervals &- earlier.shortIntervals
        return sums
    }
}

extension GateTally {
    /// The sums of the histogram so far. Reads its 768 counters: to be asked for per window of some
    /// milliseconds, not per tag.
    public var sums: GateSums {
        var sums = GateSums()
        for detector in 0..<4 {
            var (accepted, dead, outside) = (Int64(0), Int64(0), Int64(0))
            var (places, squares) = (Int64(0), Int64(0))
            let row = counts + detector * SlotGeometry.binCount
            let outcomeStride = 4 * SlotGeometry.binCount
            // The middle of the first of 64 bins; they are two apart.
            var place: Int64 = -63
            for bin in 0..<SlotGeometry.binCount {
                outside &+= Int64(bitPattern: row[bin])
                dead &+= Int64(bitPattern: row[outcomeStride &+ bin])
                let count = Int64(bitPattern: row[2 &* outcomeStride &+ bin])
                accepted &+= count
                places &+= count &* place
                squares &+= count &* place &* place
                place &+= 2
            }
            sums.accepted[detector] = accepted
            sums.dead[detector] = dead
            sums.outside[detector] = outside
            sums.places[detector] = places
            sums.squaredPlaces[detector] = squares
            sums.shortIntervals[detector] = shortIntervals[detector]
        }
        return sums
    }
}
