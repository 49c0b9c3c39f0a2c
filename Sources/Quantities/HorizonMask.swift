/// Lowest usable elevation over the azimuth: trees, roofs, the edge of the dome.
///
/// Straight lines between points, closed around the circle.
public struct HorizonMask: Equatable, Sendable, BitwiseCopyable {
    /// One corner of the skyline.
    public struct Point: Equatable, Sendable, BitwiseCopyable {
        /// From north through east, rad, 0 up to but not 2 pi.
        public var azimuth: Double
        /// Lowest usable elevation there, rad, -0.1 to pi/2.
        public var elevation: Double

        /// A corner with both angles given.
        public init(azimuth: Double, elevation: Double) {
            self.azimuth = azimuth
            self.elevation = elevation
        }
    }

    /// Why a table is no mask.
    public enum Fault: Error, Equatable, Sendable {
        /// So many points; 1 to ``HorizonMask/capacity`` are allowed.
        case count(Int)
        /// This point, counted from 0, has an angle outside its range.
        case outOfRange(Int)
        /// This point, counted from 0, does not lie east of the one before: sort them by azimuth.
        case notAscending(Int)
    }

    /// Nothing but the horizon itself.
    public static let open = HorizonMask(flat: 0)

    /// Most points of a mask: one each 5 degrees.
    public static let capacity = 72

    private var points: InlineArray<72, Point>
    /// How many points, 1 to ``capacity``.
    public let count: Int

    /// The same elevation all around, rad, -0.1 to pi/2.
    public init(flat elevation: Double) {
        points = InlineArray(repeating: Point(azimuth: 0, elevation: elevation))
        count = 1
    }

    /// The skyline through `corners`, in ascending azimuth.
    public init(_ corners: Span<Point>) throws(Fault) {
        guard (1...Self.capacity).contains(corners.count) else { throw .count(corners.count) }
        points = InlineArray(repeating: Point(azimuth: 0, elevation: 0))
        count = corners.count
        for index in corners.indices {
            let point = corners[index]
            guard point.azimuth >= 0, point.azimuth < 2 * .pi, point.elevation >= -0.1,
                point.elevation <= .pi / 2
            else { throw .outOfRange(index) }
            if index > 0, point.azimuth <= corners[index - 1].azimuth {
                throw .notAscending(index)
            }
            points[index] = point
        }
    }

    /// Lowest usable elevation in a direction, rad.
    ///
    /// - Parameter azimuth: Any turn; what is not finite gives pi/2, where nothing is usable.
    public func elevation(at azimuth: Double) -> Double {
        let turns = (azimuth / (2 * .pi)).rounded(.down)
        guard turns.isFinite else { return .pi / 2 }
        let place = azimuth - turns * 2 * .pi
        var after = 0
        while after < count, points[after].azimuth <= place { after += 1 }
        let before = points[after == 0 ? count - 1 : after - 1]
        let next = points[after == count ? 0 : after]
        var width = next.azimuth - before.azimuth
        if width <= 0 { width += 2 * .pi }
        var way = place - before.azimuth
        if way < 0 { way += 2 * .pi }
        return before.elevation + (next.elevation - before.elevation) * min(way / width, 1)
    }

    /// Whether `direction` lies behind the skyline.
    public func hides(_ direction: SkyDirection) -> Bool {
        direction.elevation < elevation(at: direction.azimuth)
    }

    /// The same corners.
    public static func == (a: HorizonMask, b: HorizonMask) -> Bool {
        guard a.count == b.count else { return false }
        for index in 0..<a.count where a.points[index] != b.points[index] { return false }
        return true
    }
}
