public import Quantities

/// What a search must cover, and how fast; angles on the sky.
public struct ScanParameters: Equatable, Sendable, BitwiseCopyable {
    /// Diameter of the circle that one look covers, rad; more than 0.
    public var fieldOfView: Double
    /// Share of the field by which neighbouring turns overlap, 0 to 0.9; 0.2 is common.
    public var overlap: Double
    /// Pointing jitter per axis during the search, rad rms, 0 or more: turns come closer by six.
    public var jitter: Double
    /// Speed along the path, rad/s; more than 0, at most half a field per frame.
    public var speed: Double
    /// Time between looks, s; more than 0.
    public var frameTime: Double
    /// Half the length of the line along the track that is scanned first, rad, 0 or more: the
    /// time bias that may be, times the rate of the track.
    public var halfLength: Double
    /// How far from the line the search goes before it is exhausted, rad.
    public var radius: Double

    /// Parameters with every field given.
    public init(
        fieldOfView: Double, overlap: Double = 0.2, jitter: Double = 0, speed: Double,
        frameTime: Double, halfLength: Double = 0, radius: Double
    ) {
        self.fieldOfView = fieldOfView
        self.overlap = overlap
        self.jitter = jitter
        self.speed = speed
        self.frameTime = frameTime
        self.halfLength = halfLength
        self.radius = radius
    }

    /// Distance between neighbouring turns, rad.
    public var pitch: Double { fieldOfView * (1 - overlap) - 6 * jitter }

    /// Time for the whole search, s: its area over pitch and speed, and the line.
    public var duration: Double {
        let end = radius + 0.5 * pitch
        return (3 * halfLength + (.pi * end * end + 4 * halfLength * end) / pitch) / speed
    }

    /// Why a search would leave holes or never end.
    public enum Fault: Error, Equatable, Sendable {
        /// A field is negative, 0 where it must not be, or not finite.
        case notPositive
        /// Overlap and jitter leave no pitch: a wider field, less overlap or less jitter is needed.
        case noPitch(Double)
        /// Rad between looks, with the most that leaves no hole: go slower or look more often.
        case tooFast(perFrame: Double, allowed: Double)
    }

    /// Says why the search would leave holes, if it would.
    public func check() throws(Fault) {
        guard fieldOfView > 0, overlap >= 0, jitter >= 0, speed > 0, frameTime > 0,
            halfLength >= 0, radius > 0,
            (fieldOfView + overlap + jitter + speed + frameTime + halfLength + radius).isFinite
        else { throw .notPositive }
        guard pitch > 0.01 * fieldOfView else { throw .noPitch(pitch) }
        // A point midway between two turns and two looks must lie within half a field.
        let slack = fieldOfView * fieldOfView - pitch * pitch
        let allowed = min(0.5 * fieldOfView, max(slack, 0).squareRoot())
        guard speed * frameTime <= allowed else {
            throw .tooFast(perFrame: speed * frameTime, allowed: allowed)
        }
    }
}

/// A search path: the line along the track, then turns around it at constant speed.
///
/// Around a line of length 0 the turns are an Archimedean spiral, r = pitch x angle / 2 pi. Around
/// a longer one they are that spiral cut in half and drawn apart, so that the search reaches
/// further along the track, where predictions err most, and the turns stay one pitch apart
/// everywhere; a spiral that is merely stretched would leave holes at its tips.
public struct ScanPattern: Equatable, Sendable, BitwiseCopyable {
    private enum Leg: UInt8, Sendable, BitwiseCopyable {
        case lineForward, lineBack, turnBehind, goForward, turnAhead, goBack
    }

    /// What is covered.
    public let parameters: ScanParameters
    /// Where the search stands along the track, forwards, rad.
    public private(set) var along = 0.0
    /// Where it stands across, to the left of the track, rad.
    public private(set) var cross = 0.0
    /// How far from the line the search has come, rad.
    public private(set) var radius = 0.0
    private var leg = Leg.lineForward
    /// Angle within a turn, rad.
    private var angle = 0.0

    /// A search that has not begun.
    public init(_ parameters: ScanParameters) throws(ScanParameters.Fault) {
        try parameters.check()
        self.parameters = parameters
    }

    /// Whether all within the radius has been looked at.
    ///
    /// The last turn must pass half a pitch outside: its beginning lies a whole pitch further in.
    public var isExhausted: Bool { radius > parameters.radius + 0.5 * parameters.pitch }

    /// Begins again at the middle.
    public mutating func restart() {
        along = 0
        cross = 0
        radius = 0
        leg = .lineForward
        angle = 0
    }

    /// Goes on for `seconds`, 0 or more, and at most by ten fields.
    public mutating func advance(by seconds: Double) {
        var left = parameters.speed * seconds
        guard left > 0 else { return }
        left = min(left, 10 * parameters.fieldOfView)
        // Steps of an eighth of the pitch, and six legs per turn.
        var steps = 0
        while left > 0, steps < 20_000, !isExhausted {
            left -= step(atMost: min(left, parameters.pitch / 8))
            steps += 1
        }
    }

    /// The position as an angle about the line of sight, of a track that moves at `rate`.
    public func offset(trackRate rate: FieldAngle) -> FieldAngle {
        let speed = rate.length
        // A target that stands still has no direction: any will do.
        let ahead = speed > 1e-9 ? 1 / speed * rate : FieldAngle(x: 1, y: 0)
        return along * ahead + cross * FieldAngle(x: -ahead.y, y: ahead.x)
    }

    /// One step within a leg; gives the way gone.
    private mutating func step(atMost way: Double) -> Double {
        let half = parameters.halfLength
        switch leg {
        case .lineForward: return go(to: half, atMost: way, next: .lineBack)
        case .lineBack: return go(to: -half, atMost: way, next: .turnBehind)
        case .turnBehind: return turn(about: -half, sign: -1, atMost: way, next: .goForward)
        case .goForward: return go(to: half, atMost: way, next: .turnAhead)
        case .turnAhead: return turn(about: half, sign: 1, atMost: way, next: .goBack)
        case .goBack: return go(to: -half, atMost: way, next: .turnBehind)
        }
    }

    private mutating func go(to end: Double, atMost way: Double, next: Leg) -> Double {
        let left = abs(end - along)
        guard left > way else {
            along = end
            leg = next
            angle = 0
            return left
        }
        along += end > along ? way : -way
        return way
    }

    /// Half a turn about an end of the line: behind from left to right, ahead from right to left.
    private mutating func turn(
        about end: Double, sign: Double, atMost way: Double, next: Leg
    ) -> Double {
        let growth = parameters.pitch / (2 * .pi)
        let middle = radius + 0.5 * growth * way / (radius * radius + growth * growth).squareRoot()
        let pace = (middle * middle + growth * growth).squareRoot()
        let turned = min(way / pace, .pi - angle)
        angle += turned
        radius += growth * turned
        along = end + sign * radius * Elementary.sin(angle)
        cross = -sign * radius * Elementary.cos(angle)
        if angle >= .pi {
            leg = next
            along = end
        }
        // Where the half turn ends within the step, less way was gone than asked for.
        return max(turned * pace, 1e-3 * way)
    }
}
