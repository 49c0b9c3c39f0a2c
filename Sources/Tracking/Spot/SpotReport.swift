/// What was found in one frame.
public struct SpotReport: Equatable, Sendable, BitwiseCopyable {
    /// Number and time of the frame.
    public var stamp: FrameStamp
    /// The brightest pixel's spot; `nil` in a fade.
    public var first: Spot?
    /// A second spot: a reflection or a star.
    public var second: Spot?
    /// Electrons per pixel of the frame without its spots.
    public var background: Double
    /// Standard deviation of a pixel without spot, electrons.
    public var noise: Double
    /// Bright pixels that were no spot: known hot ones, and single ones without neighbours.
    public var rejectedPixels: Int32
    /// Differs between two frames unless one is a copy of the other.
    public var digest: UInt32

    /// Whether the frame shows no spot.
    public var isBlank: Bool { first == nil }

    /// The spot nearest to the place (`x`, `y`) px; `nil` if there is none within `radius` px.
    public func spot(near x: Double, _ y: Double, within radius: Double) -> Spot? {
        guard let first else { return nil }
        func distance(_ spot: Spot) -> Double {
            ((spot.x - x) * (spot.x - x) + (spot.y - y) * (spot.y - y)).squareRoot()
        }
        var nearest = first
        if let second, distance(second) < distance(first) { nearest = second }
        return distance(nearest) <= radius ? nearest : nil
    }
}
