public import Quantities

/// How high trees, walls and rules cover the sky of a site, all around.
public struct HorizonMask: Equatable, Sendable, BitwiseCopyable {
    /// Directions in which the height is kept: every 5 degrees from north through east.
    public static let count = 72

    private var heights: InlineArray<72, Double>

    /// Nothing but the horizon itself.
    public static let open = HorizonMask()

    /// A mask that hides what is below `elevation` rad in every direction.
    public init(elevation: Double = 0) {
        heights = InlineArray(repeating: elevation)
    }

    /// Height in direction `index` times 5 degrees, rad; `index` from 0 to 71.
    public subscript(index: Int) -> Double { heights[index] }

    /// Sets the height in direction `index` times 5 degrees, rad; `index` from 0 to 71.
    public mutating func set(_ index: Int, to elevation: Double) { heights[index] = elevation }

    /// Height at `azimuth` rad: straight lines between the directions that are kept.
    public func elevation(at azimuth: Double) -> Double {
        let place = Elementary.positiveTurn(azimuth) / (2 * .pi) * 72
        // Written so that what is no number counts as north.
        let low = place >= 0 ? min(Int(place), 71) : 0
        let share = place.isFinite ? place - place.rounded(.down) : 0
        return heights[low] + share * (heights[(low + 1) % 72] - heights[low])
    }

    /// Whether `direction` is hidden.
    public func hides(_ direction: SkyDirection) -> Bool {
        direction.elevation < elevation(at: direction.azimuth)
    }

    /// The same heights all around.
    public static func == (a: HorizonMask, b: HorizonMask) -> Bool {
        var index = 0
        while index < count {
            if a.heights[index] != b.heights[index] { return false }
            index += 1
        }
        return true
    }
}
