public import Quantities

/// Turns the track of a satellite into set points that a mount can follow.
///
/// Cable: of all whole turns that keep the pass between the stops, the one nearest to where the
/// mount stands. Keyhole: where the azimuth would have to turn faster than the mount can, it turns
/// at its highest rate on the straight line that leads by as much as it then lags, which makes the
/// greatest azimuth error least. Sun: set points inside the cone are moved across it to the side on
/// which the track passes. Skyline: the mount waits on the mask.
///
/// Give the track as the encoders must read it (`MountModel.reading(for:)` of each direction); mask
/// and Sun cone then have the model's few milliradians of slack to allow for.
public struct TrackPlanner: Sendable {
    /// What the mount can do.
    public var limits: MountLimits
    /// Lowest usable elevation.
    public var mask: HorizonMask
    /// Where the Sun stands in the middle of the pass; below the horizon too.
    public var sun: SkyDirection
    /// Angle that the telescope keeps from the Sun, rad, 0 to 1; it moves 2 degrees in 8 minutes.
    public var sunCone: Double
    /// Share of the mount's rates and accelerations that a plan may use; the rest is for the loop.
    public var share = 0.95
    /// Error from which a set point counts as off the target, rad.
    public var tolerance = 50e-6

    /// A planner with what has no default.
    public init(limits: MountLimits, mask: HorizonMask, sun: SkyDirection, sunCone: Double) {
        self.limits = limits
        self.mask = mask
        self.sun = sun
        self.sunCone = sunCone
    }

    /// Plans one pass.
    ///
    /// - Parameters:
    ///   - track: Where the target stands, evenly spaced in time.
    ///   - start: Time of its first point, s after an epoch of the caller's.
    ///   - step: Time between points, s; 0.1 s or less resolves a keyhole.
    ///   - position: Where the mount stands, its azimuth with the turns of its cable.
    ///   - points: The set points, one per point of the track from index 0 on.
    public func plan(
        _ track: Span<SkyDirection>, start: Double, step: Double, from position: SkyDirection,
        into points: inout MutableSpan<MountSetPoint>
    ) throws(TrackPlanError) -> TrackPlan {
        try check(track, start: start, step: step, position: position, room: points.count)
        var plan = TrackPlan()
        plan.start = start
        plan.step = step
        plan.count = track.count
        placeAboveMask(track, &points)
        passAroundSun(count: track.count, &points)
        unwrap(count: track.count, near: position, &points, &plan)
        AxisLimiter(axis: .azimuth, limits: limits, share: share, step: step)
            .limit(count: track.count, &points)
        AxisLimiter(axis: .elevation, limits: limits, share: share, step: step)
            .limit(count: track.count, &points)
        rate(track, &points, &plan)
        listGaps(points: points, &plan)
        return plan
    }

    private func check(
        _ track: Span<SkyDirection>, start: Double, step: Double, position: SkyDirection, room: Int
    ) throws(TrackPlanError) {
        guard track.count >= 2, track.count <= room else {
            throw .count(track: track.count, buffer: room)
        }
        guard step > 0, step <= 10, start.isFinite else { throw .step(step) }
        guard (position.azimuth + position.elevation).isFinite,
            (sun.azimuth + sun.elevation).isFinite
        else { throw .badDirection }
        guard sunCone >= 0, sunCone <= 1 else { throw .sunCone(sunCone) }
        do throws(MountLimits.Fault) { try limits.check() } catch { throw .limits(error) }
        for index in track.indices {
            // Beyond 100 turns an azimuth is no azimuth.
            guard abs(track[index].azimuth) < 200 * .pi, abs(track[index].elevation) <= .pi / 2
            else { throw .badPoint(index) }
        }
    }

    /// Points on the track, or on the mask and the limits where it lies beyond them.
    private func placeAboveMask(
        _ track: Span<SkyDirection>, _ points: inout MutableSpan<MountSetPoint>
    ) {
        for index in track.indices {
            var point = MountSetPoint.empty
            point.direction = track[index]
            let skyline = mask.elevation(at: track[index].azimuth)
            let lowest = max(skyline, limits.elevationLowest)
            if point.direction.elevation < lowest {
                point.reach = skyline >= limits.elevationLowest ? .belowMask : .elevationLimit
                point.direction.elevation = min(lowest, limits.elevationHighest)
            } else if point.direction.elevation > limits.elevationHighest {
                point.reach = .elevationLimit
                point.direction.elevation = limits.elevationHighest
            }
            points[index] = point
        }
    }

    /// Moves points out of the Sun cone, stretch by stretch.
    private func passAroundSun(count: Int, _ points: inout MutableSpan<MountSetPoint>) {
        guard sunCone > 0 else { return }
        var index = 0
        while index < count {
            guard isNearSun(points[index].direction) else {
                index += 1
                continue
            }
            let first = index
            while index < count, isNearSun(points[index].direction) { index += 1 }
            moveOut(first..<index, &points)
        }
    }

    /// Edge of the cone that plans keep, a little wider: the rate limits cut corners.
    private var sunEdge: Double { sunCone * 1.02 + 1e-3 }

    private func isNearSun(_ direction: SkyDirection) -> Bool {
        SkyAngle.between(direction, sun) < sunEdge
    }

    /// Moves a stretch inside the cone perpendicular to its chord, to the side where it passes.
    private func moveOut(_ stretch: Range<Int>, _ points: inout MutableSpan<MountSetPoint>) {
        let entry = SkyAngle.offset(of: points[stretch.lowerBound].direction, from: sun)
        let exit = SkyAngle.offset(of: points[stretch.upperBound - 1].direction, from: sun)
        var chord = exit - entry
        // A track that only touches the cone: leave along the radius.
        if chord.length < 1e-9 { chord = FieldAngle(x: -entry.y, y: entry.x) }
        let length = max(chord.length, 1e-12)
        var normal = FieldAngle(x: -chord.y / length, y: chord.x / length)
        var side = 0.0
        for index in stretch {
            let place = SkyAngle.offset(of: points[index].direction, from: sun)
            side += place.x * normal.x + place.y * normal.y
        }
        if side < 0 { normal = -1 * normal }
        let radius = Elementary.sin(sunEdge)
        for index in stretch {
            let place = SkyAngle.offset(of: points[index].direction, from: sun)
            let along = place.x * normal.x + place.y * normal.y
            let inside = radius * radius - place.x * place.x - place.y * place.y
            let way = -along + max(along * along + inside, 0).squareRoot()
            points[index].direction = SkyAngle.direction(at: place + way * normal, from: sun)
            points[index].reach = .sunCone
        }
    }

    /// Makes the azimuth continuous, chooses the turn, and stops at the cable's ends.
    private func unwrap(
        count: Int, near position: SkyDirection, _ points: inout MutableSpan<MountSetPoint>,
        _ plan: inout TrackPlan
    ) {
        var previous = SkyAngle.unwrapped(points[0].direction.azimuth, near: 0)
        var least = previous
        var greatest = previous
        for index in 0..<count {
            previous = SkyAngle.unwrapped(points[index].direction.azimuth, near: previous)
            points[index].direction.azimuth = previous
            least = min(least, previous)
            greatest = max(greatest, previous)
        }
        let turns = chooseTurns(least...greatest, count: count, position: position, points)
        plan.turns = turns
        for index in 0..<count {
            let azimuth = points[index].direction.azimuth + Double(turns) * 2 * .pi
            points[index].direction.azimuth = min(
                max(azimuth, limits.azimuthLowest), limits.azimuthHighest)
            guard points[index].direction.azimuth != azimuth else { continue }
            points[index].reach = .cableStop
            plan.fitsCable = false
        }
    }

    /// The turn nearest to `position` that holds the whole pass; else the one that holds most of
    /// it from its start on.
    private func chooseTurns(
        _ range: ClosedRange<Double>, count: Int, position: SkyDirection,
        _ points: borrowing MutableSpan<MountSetPoint>
    ) -> Int {
        var best = 0
        var bestCount = -1
        var bestWay = Double.infinity
        // The limits are within +-4 pi, and the pass starts within +-pi.
        for turns in -3...3 {
            let shift = Double(turns) * 2 * .pi
            var held = 0
            while held < count, isWithinCable(points[held].direction.azimuth + shift) { held += 1 }
            let way = abs(points[0].direction.azimuth + shift - position.azimuth)
            if held > bestCount || (held == bestCount && way < bestWay) {
                best = turns
                bestCount = held
                bestWay = way
            }
        }
        return best
    }

    private func isWithinCable(_ azimuth: Double) -> Bool {
        azimuth >= limits.azimuthLowest && azimuth <= limits.azimuthHighest
    }

    /// Rates by central differences, errors, and the plan's extremes.
    private func rate(
        _ track: Span<SkyDirection>, _ points: inout MutableSpan<MountSetPoint>,
        _ plan: inout TrackPlan
    ) {
        let step = plan.step
        for index in track.indices {
            let before = max(index - 1, 0)
            let after = min(index + 1, track.count - 1)
            let span = Double(after - before) * step
            let here = points[index].direction
            let left = points[before].direction
            let right = points[after].direction
            points[index].rates = AxisRates(
                azimuth: (right.azimuth - left.azimuth) / span,
                elevation: (right.elevation - left.elevation) / span)
            points[index].error = SkyAngle.between(track[index], here)
            plan.sunClearance = min(plan.sunClearance, SkyAngle.between(here, sun))
            plan.fastest.azimuth = max(plan.fastest.azimuth, abs(points[index].rates.azimuth))
            plan.fastest.elevation = max(
                plan.fastest.elevation, abs(points[index].rates.elevation))
            guard index > 0, index + 1 < track.count else { continue }
            let bend = right.azimuth - 2 * here.azimuth + left.azimuth
            let rise = right.elevation - 2 * here.elevation + left.elevation
            plan.steepest.azimuth = max(plan.steepest.azimuth, abs(bend) / (step * step))
            plan.steepest.elevation = max(plan.steepest.elevation, abs(rise) / (step * step))
        }
        plan.isSunSafe = plan.sunClearance >= sunCone
        nameErrors(&points, &plan)
    }

    /// Says of each point that is off the target why: the way around the Sun or back from the
    /// cable's stop if it hangs together with that, else the keyhole.
    private func nameErrors(
        _ points: inout MutableSpan<MountSetPoint>, _ plan: inout TrackPlan
    ) {
        for index in 1..<plan.count { inherit(index, from: index - 1, &points) }
        for index in (0..<plan.count - 1).reversed() { inherit(index, from: index + 1, &points) }
        for index in 0..<plan.count
        where points[index].reach == .onTarget && points[index].error > tolerance {
            points[index].reach = .keyhole
            plan.keyholeDuration += plan.step
            plan.keyholeWorst = max(plan.keyholeWorst, points[index].error)
        }
    }

    private func inherit(
        _ index: Int, from neighbour: Int, _ points: inout MutableSpan<MountSetPoint>
    ) {
        let reach = points[neighbour].reach
        guard points[index].reach == .onTarget, points[index].error > tolerance,
            reach == .sunCone || reach == .cableStop
        else { return }
        points[index].reach = reach
    }

    private func listGaps(
        points: borrowing MutableSpan<MountSetPoint>, _ plan: inout TrackPlan
    ) {
        var index = 0
        while index < plan.count {
            let reach = points[index].reach
            let first = index
            var worst = 0.0
            while index < plan.count, points[index].reach == reach {
                worst = max(worst, points[index].error)
                index += 1
            }
            guard reach != .onTarget else { continue }
            plan.add(
                TrackGap(
                    reach: reach, from: plan.start + Double(first) * plan.step,
                    to: plan.start + Double(index - 1) * plan.step, worst: worst))
        }
    }
}
