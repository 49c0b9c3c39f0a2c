public import Quantities

/// A stretch of a pass that the mount cannot follow.
public struct TrackGap: Equatable, Sendable, BitwiseCopyable {
    /// Why.
    public var reach: TrackReach
    /// First time, s after the epoch of the plan.
    public var from: Double
    /// Last time, s after the epoch of the plan.
    public var to: Double
    /// Greatest angle between target and telescope in it, rad.
    public var worst: Double
}

/// What came of planning a pass; the set points themselves are in the caller's buffer.
public struct TrackPlan: Sendable {
    /// Most gaps that are listed; a pass has a rise, a set, a keyhole and a Sun at most, and a
    /// jagged skyline some more.
    public static let gapCapacity = 16

    /// Time of the first point, s after the caller's epoch.
    public internal(set) var start = 0.0
    /// Time between points, s.
    public internal(set) var step = 0.0
    /// How many points.
    public internal(set) var count = 0
    /// Whole turns added to the azimuth of the track, which starts within +-pi.
    public internal(set) var turns = 0
    /// Whether the whole track lies between the cable's stops.
    public internal(set) var fitsCable = true
    /// Fastest set points, rad/s.
    public internal(set) var fastest = AxisRates.zero
    /// Greatest change of rate, rad/s^2.
    public internal(set) var steepest = AxisRates.zero
    /// Least angle between a set point and the Sun, rad.
    public internal(set) var sunClearance = Double.pi
    /// Whether all set points stay out of the Sun cone; if not, do not drive this plan.
    public internal(set) var isSunSafe = true
    /// Seconds during which the telescope is off the target because the azimuth is too slow.
    public internal(set) var keyholeDuration = 0.0
    /// How far off it is at worst then, rad.
    public internal(set) var keyholeWorst = 0.0

    private var gaps = InlineArray<16, TrackGap>(
        repeating: TrackGap(reach: .onTarget, from: 0, to: 0, worst: 0))
    /// How many gaps are listed, 0 to ``gapCapacity``.
    public private(set) var gapCount = 0
    /// Gaps that found no room in the list.
    public private(set) var gapsOmitted = 0

    /// One stretch that cannot be followed; `index` from 0 up to ``gapCount``.
    public func gap(_ index: Int) -> TrackGap {
        precondition(index >= 0 && index < gapCount)
        return gaps[index]
    }

    mutating func add(_ gap: TrackGap) {
        guard gapCount < Self.gapCapacity else {
            gapsOmitted += 1
            return
        }
        gaps[gapCount] = gap
        gapCount += 1
    }

    /// The latest time at which a mount at `position` must start its slew to be in place at the
    /// start, s after the epoch.
    ///
    /// Trapezoidal profiles on both axes; the slower one counts.
    public func latestDeparture(
        from position: SkyDirection, to first: SkyDirection, limits: MountLimits
    ) -> Double {
        let azimuth = Self.slewTime(
            first.azimuth - position.azimuth, rate: limits.azimuthRate,
            acceleration: limits.azimuthAcceleration)
        let elevation = Self.slewTime(
            first.elevation - position.elevation, rate: limits.elevationRate,
            acceleration: limits.elevationAcceleration)
        return start - max(azimuth, elevation)
    }

    private static func slewTime(_ way: Double, rate: Double, acceleration: Double) -> Double {
        let distance = abs(way)
        let ramps = rate * rate / acceleration
        if distance < ramps { return 2 * (distance / acceleration).squareRoot() }
        return distance / rate + rate / acceleration
    }
}

/// Why a pass cannot be planned.
public enum TrackPlanError: Error, Equatable, Sendable {
    /// So many points in the track; at least 2 and at most the buffer's are needed.
    case count(track: Int, buffer: Int)
    /// The step of the track, s: more than 0 and at most 10.
    case step(Double)
    /// This point of the track, counted from 0, is not finite or has an elevation beyond +-pi/2.
    case badPoint(Int)
    /// The direction of the Sun or of the mount is not finite.
    case badDirection
    /// The Sun cone, rad: 0 to 1.
    case sunCone(Double)
    /// The mount's limits make no sense.
    case limits(MountLimits.Fault)
}
