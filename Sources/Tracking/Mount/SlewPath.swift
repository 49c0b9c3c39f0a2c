public import Quantities

/// The way of a mount from one position to another that keeps out of the Sun cone.
///
/// Straight in both axes where that is safe; else first in elevation, then in azimuth, then in
/// elevation, at the height that makes it shortest. The turn of the cable is that of the end.
public struct SlewPath: Equatable, Sendable {
    /// Most positions of a path after its start.
    public static let capacity = 3

    private var stops = InlineArray<3, SkyDirection>(
        repeating: SkyDirection(azimuth: 0, elevation: 0))
    /// How many positions follow the start, 1 to ``capacity``; the last is the end.
    public private(set) var count = 0
    /// Time that the slower axis of each leg needs at its highest rate, together, s.
    public private(set) var seconds = 0.0

    /// One position; `index` from 0 up to ``count``. Wait at each until the mount is there.
    public subscript(index: Int) -> SkyDirection {
        precondition(index >= 0 && index < count)
        return stops[index]
    }

    /// Equal positions.
    public static func == (a: SlewPath, b: SlewPath) -> Bool {
        guard a.count == b.count else { return false }
        for index in 0..<a.count where a.stops[index] != b.stops[index] { return false }
        return true
    }

    /// Finds the shortest safe way; `nil` if there is none or an angle is not finite.
    ///
    /// A mount that stands within the cone may leave it, as long as it comes no nearer to the Sun.
    ///
    /// - Parameters:
    ///   - start: Where the mount stands, azimuth with its turns.
    ///   - end: Where it is to go, the same.
    ///   - sun: Where the Sun stands; below the horizon too.
    ///   - cone: Angle to keep from it, rad.
    ///   - limits: What the mount can do.
    public init?(
        from start: SkyDirection, to end: SkyDirection, sun: SkyDirection, cone: Double,
        limits: MountLimits
    ) {
        let angles = start.azimuth + start.elevation + end.azimuth + end.elevation
        guard (angles + sun.azimuth + sun.elevation + cone).isFinite,
            abs(start.azimuth) < 8 * .pi, abs(end.azimuth) < 8 * .pi,
            SkyAngle.between(end, sun) >= cone
        else { return nil }
        // Half a step of the guardian's grid wider, but no wider than where the way begins and ends.
        let ends = min(SkyAngle.between(start, sun), SkyAngle.between(end, sun))
        let guardian = Guardian(sun: sun, allowed: min(cone + 0.0125, ends - 1e-6))
        if guardian.isSafe(from: start, to: end) {
            add(end, from: start, limits)
            return
        }
        var best: SlewPath?
        // Heights each 2 degrees: the cone is many times wider.
        for step in 0...45 {
            let height = Double(step) * .pi / 90
            guard height >= limits.elevationLowest, height <= limits.elevationHighest else {
                continue
            }
            let first = SkyDirection(azimuth: start.azimuth, elevation: height)
            let second = SkyDirection(azimuth: end.azimuth, elevation: height)
            guard guardian.isSafe(from: start, to: first),
                guardian.isSafe(from: first, to: second), guardian.isSafe(from: second, to: end)
            else { continue }
            var path = SlewPath()
            path.add(first, from: start, limits)
            path.add(second, from: first, limits)
            path.add(end, from: second, limits)
            if path.seconds < best?.seconds ?? .infinity { best = path }
        }
        guard let best else { return nil }
        self = best
    }

    private init() {}

    private mutating func add(
        _ stop: SkyDirection, from last: SkyDirection, _ limits: MountLimits
    ) {
        stops[count] = stop
        count += 1
        seconds += max(
            abs(stop.azimuth - last.azimuth) / limits.azimuthRate,
            abs(stop.elevation - last.elevation) / limits.elevationRate)
    }
}

/// Looks along a leg for the Sun.
private struct Guardian {
    var sun: SkyDirection
    /// Least angle to it, rad.
    var allowed: Double

    /// Whether a leg keeps as far, wherever on the rectangle of its two axes the mount
    /// runs: the faster axis may be done first.
    func isSafe(from start: SkyDirection, to end: SkyDirection) -> Bool {
        let azimuthWay = end.azimuth - start.azimuth
        let elevationWay = end.elevation - start.elevation
        let columns = steps(azimuthWay)
        let rows = steps(elevationWay)
        for column in 0...columns {
            let azimuth = start.azimuth + azimuthWay * Double(column) / Double(columns)
            for row in 0...rows {
                let elevation = start.elevation + elevationWay * Double(row) / Double(rows)
                let place = SkyDirection(azimuth: azimuth, elevation: elevation)
                guard SkyAngle.between(place, sun) >= allowed else { return false }
            }
        }
        return true
    }

    /// Steps of at most a degree; the angles are within 16 pi.
    private func steps(_ way: Double) -> Int {
        max(Int((abs(way) * 180 / .pi).rounded(.up)), 1)
    }
}
