public import Quantities

/// Finds the passes of one satellite over one site, one after the other.
///
/// Between passes it steps as far as the satellite cannot rise at its fastest angular rate, so
/// that none is missed however low it stays; turning points and crossings are then refined to
/// 0.1 ms. Elevations are geometric, in the light that arrives; no refraction.
public struct PassSearch: Sendable, BitwiseCopyable {
    /// What counts as a pass, and what it is warned of.
    public struct Limits: Equatable, Sendable, BitwiseCopyable {
        /// Lowest elevation of a pass, rad, above -0.1 and below pi/2.
        public var elevation: Double
        /// Fastest azimuth rate of the mount, rad/s.
        public var azimuthRate: Double
        /// What hides the sky.
        public var mask: HorizonMask

        /// Limits with every field given; by default 10 degrees, 5 degrees/s and an open horizon.
        public init(
            elevation: Double = 10 * .pi / 180, azimuthRate: Double = 5 * .pi / 180,
            mask: HorizonMask = .open
        ) {
            self.elevation = elevation
            self.azimuthRate = azimuthRate
            self.mask = mask
        }
    }

    private var trajectory: Trajectory
    private let site: Site
    private let limits: Limits
    private let end: UTCInstant
    private var start: UTCInstant
    /// Where the search stands; `nil` before its first sample.
    private var last: Sample?
    /// The pass that is up.
    private var rise: Sample?
    private var top: Sample?
    private var isCutAtStart = false

    /// A search from `start` to `end`.
    public init(
        _ trajectory: Trajectory, site: Site, from start: UTCInstant, to end: UTCInstant,
        limits: Limits = Limits()
    ) {
        self.trajectory = trajectory
        self.site = site
        self.limits = limits
        self.start = start
        self.end = end
    }

    /// The next pass, or `nil` when the search has come to its end.
    ///
    /// - Throws: ``OrbitFault`` when the trajectory ends before the search does, or the satellite
    ///   decays; what was found before stands.
    public mutating func next() throws(OrbitFault) -> PredictedPass? {
        if last == nil {
            let first = try sample(0)
            last = first
            if first.isAbove(limits) {
                rise = first
                top = first
                isCutAtStart = true
            }
        }
        while let here = last {
            if here.time >= length {
                return try finishAtEnd(here)
            }
            let next = try sample(min(here.time + step(from: here), length))
            let middle = try turningPoint(here, next)
            last = next
            if let middle {
                if let pass = try walk(from: here, to: middle) {
                    last = middle
                    return pass
                }
                if let pass = try walk(from: middle, to: next) { return pass }
            } else if let pass = try walk(from: here, to: next) {
                return pass
            }
        }
        return nil
    }

    /// Seconds that are searched.
    private var length: Double { max(end.since(start), 0) }

    private mutating func finishAtEnd(_ here: Sample) throws(OrbitFault) -> PredictedPass? {
        guard let begun = rise else { return nil }
        rise = nil
        return try pass(from: begun, to: here, isCutAtEnd: true)
    }

    /// Follows the pass over a stretch on which the elevation only rises or only falls.
    private mutating func walk(
        from a: Sample, to b: Sample
    ) throws(OrbitFault) -> PredictedPass? {
        if rise == nil, b.isAbove(limits) {
            let found = try crossing(a, b) { $0.height }
            rise = found
            top = found
            isCutAtStart = false
        }
        guard let begun = rise else { return nil }
        if b.isAbove(limits) {
            if b.elevation > (top?.elevation ?? -2) { top = b }
            return nil
        }
        let found = try crossing(a, b) { $0.height }
        if found.elevation > (top?.elevation ?? -2) { top = found }
        rise = nil
        return try pass(from: begun, to: found, isCutAtEnd: false)
    }
}

// MARK: Samples

extension PassSearch {
    /// The satellite at one time of the search.
    private struct Sample: BitwiseCopyable {
        /// Seconds since the start of the search.
        var time: Double
        /// Earth-fixed at arrival of the light: from the site to where the satellite was, m, and
        /// its velocity over the ground, m/s.
        var line: Vector
        var velocity: Vector
        var elevation: Double
        /// Elevation over the lowest one, rad.
        var height: Double
        /// Slope of the sine of the elevation, 1/s.
        var slope: Double
        /// Half the slope of the squared distance over ground, m^2/s.
        var outward: Double
        /// Longest step, s, in which it cannot come into view.
        var free: Double
        /// Step, s, that resolves a pass.
        var fine: Double

        func isAbove(_ limits: Limits) -> Bool { height >= 0 }
    }

    private mutating func sample(_ time: Double) throws(OrbitFault) -> Sample {
        let state = try trajectory.state(at: start.adding(time))
        let inertial = state.velocity + state.position.carriedByEarth
        // One evaluation: back along the motion by the light time, good to 1 mm.
        let span = (state.position - site.position).length / NaturalConstants.lightSpeed
        let line = state.position - span * inertial - site.position
        let range = line.length
        let sine = line.dot(site.up) / range
        let elevation = Elementary.asin(sine)
        let climb = state.velocity.dot(site.up)
        let slope = (climb - sine * line.dot(state.velocity) / range) / range
        let outward =
            line.dot(site.east) * state.velocity.dot(site.east)
            + line.dot(site.north) * state.velocity.dot(site.north)
        let bounds = Bounds(state.position, inertial)
        return Sample(
            time: time, line: line, velocity: state.velocity, elevation: elevation,
            height: elevation - limits.elevation, slope: slope, outward: outward,
            free: bounds.freeTime(state.position, site, limits.elevation),
            fine: bounds.fineStep)
    }

    /// What the shape of the osculating orbit says about the search.
    private struct Bounds {
        /// Farthest distance from the Earth's centre, m, and fastest turn about it, rad/s.
        var farthest: Double
        var fastest: Double

        init(_ position: Vector, _ inertial: Vector) {
            let radius = position.length
            let speed2 = inertial.dot(inertial)
            let gravity = NaturalConstants.earthGravity
            let axis = 1 / (2 / radius - speed2 / gravity)
            let moment = position.cross(inertial).length
            let shape = 1 - moment * moment / (gravity * axis)
            let eccentricity = max(shape, 0).squareRoot()
            let lowest = axis * (1 - eccentricity)
            // Perturbations move these by far less than the margins.
            farthest = 1.02 * axis * (1 + eccentricity)
            fastest = 1.1 * moment / (lowest * lowest) + NaturalConstants.earthRotation
            guard axis > 0, lowest > 1e6 else {
                farthest = 10 * radius
                fastest = 4 * speed2.squareRoot() / radius
                return
            }
        }

        /// A hundredth and a half of the shortest revolution; 40 s for a low orbit.
        var fineStep: Double { 0.015 * 2 * .pi / fastest }

        /// Time until the satellite can stand `elevation` high at the earliest.
        func freeTime(_ position: Vector, _ site: Site, _ elevation: Double) -> Double {
            let place = site.position
            let ground = place.length
            let cosine = position.dot(place) / (position.length * ground)
            let apart = Elementary.acos(cosine)
            let bounded = ground * Elementary.cos(elevation) / farthest
            // The vertical leans 0.2 degrees from the centre's direction.
            let visible = Elementary.acos(bounded) - elevation + 0.004
            return (apart - visible) / fastest
        }
    }

    /// At least a second: no satellite turns faster, and tables of nonsense must end too.
    private func step(from here: Sample) -> Double {
        let step = max(here.free, here.fine)
        // Written so that what is no number counts as a second.
        return step >= 1 ? step : 1
    }

    /// Where the elevation turns between two neighbours, if it does.
    private mutating func turningPoint(
        _ a: Sample, _ b: Sample
    ) throws(OrbitFault) -> Sample? {
        // After a long step nothing can have been in view.
        guard b.time - a.time <= max(a.fine, 1) * 1.5, (a.slope > 0) != (b.slope > 0) else {
            return nil
        }
        return try crossing(a, b) { $0.slope }
    }

    /// Where a quantity changes sign between two samples, to 0.1 ms: regula falsi after Illinois.
    private mutating func crossing(
        _ a: Sample, _ b: Sample, _ quantity: (Sample) -> Double
    ) throws(OrbitFault) -> Sample {
        var low = a
        var high = b
        var (atLow, atHigh) = (quantity(a), quantity(b))
        guard atLow * atHigh < 0 else { return atHigh == 0 ? b : a }
        var round = 0
        var side = 0
        while high.time - low.time > 1e-4, round < 60 {
            // The middle now and then, so that the bracket shrinks from both ends.
            let share = round % 8 == 7 ? 0.5 : atLow / (atLow - atHigh)
            let time = low.time + min(max(share, 0.001), 0.999) * (high.time - low.time)
            let here = try sample(time)
            let value = quantity(here)
            if (value > 0) == (atLow > 0) {
                if time - low.time < 5e-5, share < 0.5 { return here }
                low = here
                atLow = value
                if side == -1 { atHigh *= 0.5 }
                side = -1
            } else {
                if high.time - time < 5e-5, share >= 0.5 { return here }
                high = here
                atHigh = value
                if side == 1 { atLow *= 0.5 }
                side = 1
            }
            round += 1
        }
        return low
    }
}

// MARK: What a pass is told with

extension PassSearch {
    private mutating func pass(
        from begun: Sample, to ended: Sample, isCutAtEnd: Bool
    ) throws(OrbitFault) -> PredictedPass {
        let highest = top ?? begun
        let keyhole = try keyhole(begun, highest, ended)
        return PredictedPass(
            rise: try moment(begun), culmination: try moment(highest), set: try moment(ended),
            isCutAtStart: isCutAtStart, isCutAtEnd: isCutAtEnd, azimuthRate: keyhole.rate,
            keyholeTime: keyhole.time, maskedTime: try maskedTime(begun, ended))
    }

    private mutating func moment(_ sample: Sample) throws(OrbitFault) -> PassMoment {
        let time = start.adding(sample.time)
        let sun = Sun.position(at: time, trajectory.orientation)
        let toSun = site.angles(of: sun - site.position)
        let cosine =
            sample.line.dot(sun - site.position) / (sample.line.length * toSun.range)
        return PassMoment(
            time: time, sight: Sight(line: sample.line, velocity: sample.velocity, site: site),
            sun: SkyDirection(azimuth: toSun.azimuth, elevation: toSun.elevation),
            sunlight: Sun.share(at: sample.line + site.position, sun: sun),
            sunDistance: Elementary.acos(cosine))
    }

    /// Fastest azimuth rate, and how long it is above the mount's.
    ///
    /// It is fastest where the ground distance is least. About there the track is a straight line
    /// at distance d and speed v, so that the rate is v d / (d^2 + (v t)^2).
    private mutating func keyhole(
        _ begun: Sample, _ highest: Sample, _ ended: Sample
    ) throws(OrbitFault) -> (rate: Double, time: Double) {
        var nearest = highest
        let reach = min(highest.fine, 60)
        let before = max(highest.time - reach, begun.time)
        let after = min(highest.time + reach, ended.time)
        if before < after {
            let (a, b) = (try sample(before), try sample(after))
            if a.outward < 0, b.outward > 0 { nearest = try crossing(a, b) { $0.outward } }
        }
        let sight = Sight(line: nearest.line, velocity: nearest.velocity, site: site)
        let rate = sight.azimuthRate.magnitude
        guard rate > limits.azimuthRate else { return (rate, 0) }
        let (east, north) = (nearest.line.dot(site.east), nearest.line.dot(site.north))
        let distance2 = east * east + north * north
        let (eastRate, northRate) = (
            nearest.velocity.dot(site.east), nearest.velocity.dot(site.north)
        )
        let speed = (eastRate * eastRate + northRate * northRate).squareRoot()
        let reach2 = speed * distance2.squareRoot() / limits.azimuthRate - distance2
        return (rate, 2 * max(reach2, 0).squareRoot() / speed)
    }

    private mutating func maskedTime(
        _ begun: Sample, _ ended: Sample
    ) throws(OrbitFault) -> Double {
        guard limits.mask != .open else { return 0 }
        let span = ended.time - begun.time
        // At most 2000 steps: a pass of days is looked at more coarsely.
        let step = max(min(5, span / 20), span / 2000)
        var hidden = 0.0
        var time = begun.time + step / 2
        while time < ended.time, step > 0 {
            let look = site.angles(of: try sample(time).line)
            if look.elevation < limits.mask.elevation(at: look.azimuth) { hidden += step }
            time += step
        }
        return hidden
    }
}
