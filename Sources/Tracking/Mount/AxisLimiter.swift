import Quantities

/// One of the two axes of a mount.
enum TrackAxis { case azimuth, elevation }

/// Keeps one axis of a plan within its rate, and its acceleration where it must leave the track.
///
/// With g(t) = a(t) - w t, a the wanted angle and w the highest rate, a stretch that is too fast
/// is where g rises. The straight line at rate w that leaves the track before the stretch and
/// returns to it after has a constant g; midway between the least and the greatest g of the stretch
/// its lead and its lag are equal. Both corners are rounded by parabolas.
struct AxisLimiter {
    private let axis: TrackAxis
    private let rate: Double
    private let acceleration: Double
    private let step: Double

    init(axis: TrackAxis, limits: MountLimits, share: Double, step: Double) {
        self.axis = axis
        self.step = step
        switch axis {
        case .azimuth:
            rate = share * limits.azimuthRate
            acceleration = share * limits.azimuthAcceleration
        case .elevation:
            rate = share * limits.elevationRate
            acceleration = share * limits.elevationAcceleration
        }
    }

    /// Replaces each stretch that is too fast, from the first on.
    func limit(count: Int, _ points: inout MutableSpan<MountSetPoint>) {
        var index = 0
        while index + 1 < count {
            let way = value(points, index + 1) - value(points, index)
            guard abs(way) > rate * step * (1 + 1e-9) else {
                index += 1
                continue
            }
            index = replaceStretch(from: index, sign: way > 0 ? 1 : -1, count: count, &points)
        }
    }

    /// Replaces the stretch that begins at `first`; gives the index to go on from.
    private func replaceStretch(
        from first: Int, sign: Double, count: Int, _ points: inout MutableSpan<MountSetPoint>
    ) -> Int {
        var last = first
        while last + 1 < count, rest(points, last + 1, sign) > rest(points, last, sign) {
            last += 1
        }
        let level = 0.5 * (rest(points, first, sign) + rest(points, last, sign))
        var before = first
        while before > 0, rest(points, before, sign) < level { before -= 1 }
        var after = last
        while after + 1 < count, rest(points, after, sign) > level { after += 1 }
        let leaving = crossing(points, before, before + 1, level, sign)
        let returning = crossing(points, after - 1, after, level, sign)
        let line = Line(
            level: sign * level, rate: sign * rate,
            leaving: Corner(
                time: leaving, bend: before > 0 ? sign * rate - slope(points, before, count) : 0),
            returning: Corner(
                time: returning,
                bend: after + 1 < count ? sign * rate - slope(points, after, count) : 0),
            acceleration: acceleration)
        let reach = line.reach
        let low = max(Int((reach.lowerBound / step).rounded(.up)), 0)
        let high = min(Int((reach.upperBound / step).rounded(.down)), count - 1)
        // Where the line runs out of the track, it covers it to the end.
        let from = rest(points, 0, sign) < level && before == 0 ? 0 : low
        let to = rest(points, count - 1, sign) > level && after == count - 1 ? count - 1 : high
        guard from <= to else { return last + 1 }
        for index in from...to {
            let time = Double(index) * step
            setValue(&points, index, line.value(at: time, track: value(points, index)))
        }
        return max(to, last) + 1
    }

    /// Time at which the rest passes `level` between two points, s after the start.
    private func crossing(
        _ points: borrowing MutableSpan<MountSetPoint>, _ first: Int, _ second: Int,
        _ level: Double, _ sign: Double
    ) -> Double {
        let a = rest(points, first, sign)
        let b = rest(points, second, sign)
        let part = a == b ? 0 : min(max((level - a) / (b - a), 0), 1)
        return (Double(first) + part) * step
    }

    /// Wanted angle, in the direction of `sign`, without what the highest rate covers.
    private func rest(
        _ points: borrowing MutableSpan<MountSetPoint>, _ index: Int, _ sign: Double
    ) -> Double {
        sign * value(points, index) - rate * Double(index) * step
    }

    private func slope(
        _ points: borrowing MutableSpan<MountSetPoint>, _ index: Int, _ count: Int
    ) -> Double {
        let before = max(index - 1, 0)
        let after = min(index + 1, count - 1)
        return (value(points, after) - value(points, before)) / (Double(after - before) * step)
    }

    private func value(
        _ points: borrowing MutableSpan<MountSetPoint>, _ index: Int
    ) -> Double {
        switch axis {
        case .azimuth: points[index].direction.azimuth
        case .elevation: points[index].direction.elevation
        }
    }

    private func setValue(
        _ points: inout MutableSpan<MountSetPoint>, _ index: Int, _ value: Double
    ) {
        switch axis {
        case .azimuth: points[index].direction.azimuth = value
        case .elevation: points[index].direction.elevation = value
        }
    }
}

/// Where the straight line meets the track, and how much the rate changes from one to the other.
private struct Corner {
    /// s after the start of the plan.
    var time: Double
    /// Rate of the line minus rate of the track, rad/s.
    var bend: Double
}

/// A straight line that replaces a stretch of the track, with rounded corners.
private struct Line {
    var level: Double
    var rate: Double
    var leaving: Corner
    var returning: Corner
    var acceleration: Double

    /// Times between which the track is replaced, s.
    var reach: ClosedRange<Double> {
        let low = leaving.time - 0.5 * width(leaving)
        return low...max(returning.time + 0.5 * width(returning), low)
    }

    /// How long the parabola of a corner lasts, s.
    private func width(_ corner: Corner) -> Double { abs(corner.bend) / acceleration }

    /// Angle of the line at a time where the track has `track`.
    func value(at time: Double, track: Double) -> Double {
        var value = track
        if time > leaving.time && time < returning.time { value = level + rate * time }
        value += leaving.bend * rounding(time - leaving.time, width(leaving))
        // The corner of the return, seen backwards in time, bends the other way.
        value -= returning.bend * rounding(returning.time - time, width(returning))
        return value
    }

    /// A parabola over `width` in place of a corner of slope 1, minus the corner.
    private func rounding(_ time: Double, _ width: Double) -> Double {
        guard width > 0, abs(time) < 0.5 * width else { return 0 }
        let way = time + 0.5 * width
        return way * way / (2 * width) - max(time, 0)
    }
}
