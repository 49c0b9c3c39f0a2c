public import Quantities

/// One pass over one site, as a polynomial through samples of any trajectory.
///
/// Made once per pass and then asked a thousand times a second: no model runs behind it, it owns
/// no memory, and neighbouring answers are smooth to 1e-7 m, so that light times are to 0.0003 ps.
///
/// 48 samples spread over the pass and its margins; the polynomial has degree 9. For a low
/// orbit's pass of 20 minutes it is true to its trajectory to 1e-8 m.
public struct SampledPass: Equatable, Sendable, BitwiseCopyable {
    static let count = 48
    static let points = 10
    /// Time before and after the pass that is sampled, s, and as a share of the pass: at least
    /// five samples, so that the polynomial is centred all through the pass.
    static let margin = (seconds: 60.0, share: 0.15)

    /// The site that the pass is seen from.
    public private(set) var site: Site
    /// UTC at time 0 of the pass.
    public private(set) var start: UTCInstant
    /// Seconds from the start to the end of the pass.
    public private(set) var duration: Double
    /// Seconds from the start to the highest elevation, to a millisecond.
    public private(set) var culminationTime: Double
    /// What is known to be wrong about the samples; a time bias beyond the margins of a minute
    /// holds the ends.
    public var correction = OrbitCorrection.none

    private var firstSample: Double
    private var step: Double
    /// Earth-fixed positions (ITRF), m.
    private var samples: InlineArray<48, Vector>
    /// One over the products of differences, for points one apart.
    private var divisors: InlineArray<10, Double>

    /// Samples `trajectory` for a pass of `duration` seconds from `start` over `site`.
    ///
    /// - Parameter duration: s; counts as at least 1 and at most a day.
    /// - Throws: ``OrbitFault`` if the trajectory does not cover the pass and its margins.
    public init(
        _ trajectory: Trajectory, site: Site, start: UTCInstant, duration: Double
    ) throws(OrbitFault) {
        var trajectory = trajectory
        self.site = site
        self.start = start
        self.duration = duration >= 1 ? min(duration, 86_400) : 1
        let margin = max(Self.margin.seconds, Self.margin.share * self.duration)
        firstSample = -margin
        step = (self.duration + 2 * margin) / 47
        samples = InlineArray(repeating: .zero)
        divisors = Self.divisors()
        var index = 0
        var time = firstSample
        while index < Self.count {
            samples[index] = try trajectory.state(at: start.adding(time)).position
            index += 1
            time += step
        }
        culminationTime = 0
        culminationTime = highest()
    }

    private static func divisors() -> InlineArray<10, Double> {
        var result = InlineArray<10, Double>(repeating: 1)
        var i = 0
        while i < points {
            var product = 1.0
            var j = 0
            var span = -Double(i)
            while j < points {
                if j != i { product *= -span }
                span += 1
                j += 1
            }
            result[i] = 1 / product
            i += 1
        }
        return result
    }

    /// Time of the highest elevation, s, by sections of the golden ratio about the best sample.
    private func highest() -> Double {
        var best = 0.0
        var top = -2.0
        var index = 0.0
        while index <= 96 {
            let time = duration * index / 96
            let elevation = look(at: time).elevation
            if elevation > top {
                top = elevation
                best = time
            }
            index += 1
        }
        var low = max(best - duration / 96, 0)
        var high = min(best + duration / 96, duration)
        while high - low > 1e-4 {
            let left = high - 0.618_034 * (high - low)
            let right = low + 0.618_034 * (high - low)
            if look(at: left).elevation > look(at: right).elevation {
                high = right
            } else {
                low = left
            }
        }
        return 0.5 * (low + high)
    }

    /// Earth-fixed state (ITRF; velocity relative to the ground) `time` seconds after the start.
    public func state(at time: Double) -> OrbitState {
        correction.applied(to: uncorrected(at: time + correction.timeBias))
    }

    private func uncorrected(at time: Double) -> OrbitState {
        let asked = (time - firstSample) / step
        // Written so that what is no number counts as the first sample.
        let place = asked >= 0 ? min(asked, 47) : 0
        let first = min(max(Int(place) - 4, 0), Self.count - Self.points)
        var origin = 0.0
        var walk = 0
        while walk < first {
            origin += 1
            walk += 1
        }
        return polynomial(from: first, at: place - origin)
    }

    /// Value and slope of the polynomial through ten samples from `first`, `s` steps after it.
    ///
    /// Products from both ends, so that nothing is divided and a sample is no special place.
    private func polynomial(from first: Int, at s: Double) -> OrbitState {
        var position = Vector.zero
        var velocity = Vector.zero
        var after = InlineArray<10, Double>(repeating: 1)
        var afterSlope = InlineArray<10, Double>(repeating: 0)
        var j = Self.points - 1
        var node = 9.0
        while j > 0 {
            after[j - 1] = after[j] * (s - node)
            afterSlope[j - 1] = afterSlope[j] * (s - node) + after[j]
            j -= 1
            node -= 1
        }
        var before = 1.0
        var beforeSlope = 0.0
        node = 0
        j = 0
        while j < Self.points {
            let value = samples[first + j]
            let weight = before * after[j] * divisors[j]
            let slope = (before * afterSlope[j] + beforeSlope * after[j]) * divisors[j]
            position = position + weight * value
            velocity = velocity + slope * value
            beforeSlope = beforeSlope * (s - node) + before
            before *= s - node
            node += 1
            j += 1
        }
        return OrbitState(position: position, velocity: (1 / step) * velocity)
    }

    /// Direction and distance of what is emitted `time` seconds after the start of the pass.
    public func look(at time: Double) -> LookAngles {
        site.angles(of: site.line(toEmissionAt: state(at: time).position))
    }

    /// Where the satellite stands in the light that arrives `time` seconds after the start.
    public func sight(receivedAt time: Double) -> Sight {
        var span = 0.0
        // The error shrinks by range rate over the speed of light each round: below 1e-12 s.
        var round = 0
        while round < 3 {
            let line = state(at: time - span).position.seenAfter(span) - site.position
            span = line.length / NaturalConstants.lightSpeed
            round += 1
        }
        return Sight(emitted: state(at: time - span), lightTime: span, site: site)
    }

    /// From where the satellite is seen at `time` to where an uplink beacon must be aimed then.
    ///
    /// Both directions are those of the station's own frame, with its aberration, so that the
    /// angle is 2 v/c of the velocity across the line of sight relative to the station: at most 51
    /// microradians for a low orbit.
    public func pointAhead(at time: Double) -> FieldAngle {
        var back = 0.0
        var ahead = 0.0
        var seen = Vector.zero
        var met = Vector.zero
        var round = 0
        while round < 4 {
            seen = state(at: time - back).position.seenAfter(back) - site.position
            met = state(at: time + ahead).position.seenAfter(-ahead) - site.position
            back = seen.length / NaturalConstants.lightSpeed
            ahead = met.length / NaturalConstants.lightSpeed
            round += 1
        }
        return site.pointAhead(seen: seen, met: met)
    }

    /// The correction that moves the prediction by `offset` as seen at `time`.
    ///
    /// For the first sight of the satellite: the offset is where it is seen less where it is
    /// predicted with the present ``correction``. Its effect is linear to a hundredth for offsets
    /// of a few mrad; a second sight improves it. A satellite flying straight towards the site
    /// tells nothing of its time: then only what the sky shows is corrected.
    public func correction(forOffset offset: FieldAngle, at time: Double) -> OrbitCorrection {
        let look = sight(receivedAt: time).look
        let axes = site.tangents(azimuth: look.azimuth, elevation: look.elevation)
        func moved(_ bias: Double, _ side: Double) -> FieldAngle {
            var other = self
            other.correction.timeBias += bias
            other.correction.crossTrack += side
            let line = site.line(
                toEmissionAt: other.state(at: time - look.lightTime * 1e-12).position)
            return FieldAngle(
                x: line.unit.dot(axes.across), y: line.unit.dot(axes.upward))
        }
        let here = moved(0, 0)
        let byTime = 10 * (moved(0.1, 0) - here)
        let bySide = 1e4 * (moved(0, 1e-4) - here)
        let determinant = byTime.x * bySide.y - byTime.y * bySide.x
        let floor = 1e-3 * byTime.length * bySide.length
        guard determinant.magnitude > floor, floor > 0 else { return correction }
        return OrbitCorrection(
            timeBias: correction.timeBias
                + (offset.x * bySide.y - offset.y * bySide.x) / determinant,
            crossTrack: correction.crossTrack
                + (byTime.x * offset.y - byTime.y * offset.x) / determinant)
    }

    /// The same samples and the same correction.
    public static func == (a: SampledPass, b: SampledPass) -> Bool {
        var index = 0
        while index < count {
            if a.samples[index] != b.samples[index] { return false }
            index += 1
        }
        return a.site == b.site && a.start == b.start && a.duration == b.duration
            && a.correction == b.correction && a.firstSample == b.firstSample && a.step == b.step
    }
}
