public import Quantities

/// One moment of a pass, with the state of the Sun.
public struct PassMoment: Equatable, Sendable, BitwiseCopyable {
    /// When the light arrives.
    public var time: UTCInstant
    /// In the light that arrives then, without refraction.
    public var sight: Sight
    /// Where the Sun stands for the site.
    public var sun: SkyDirection
    /// Share of the Sun's light that reaches the satellite, 0 in the Earth's shadow.
    public var sunlight: Double
    /// Angle between satellite and Sun as the site sees them, rad.
    public var sunDistance: Double
}

/// A pass over a site that was searched for.
public struct PredictedPass: Equatable, Sendable, BitwiseCopyable {
    /// Where it passes the lowest elevation upward; the start of the search if it was up then.
    public var rise: PassMoment
    /// Its highest point.
    public var culmination: PassMoment
    /// Where it passes the lowest elevation downward; the end of the search if it is still up.
    public var set: PassMoment
    /// Whether it was up when the search began.
    public var isCutAtStart: Bool
    /// Whether it is still up when the search ends.
    public var isCutAtEnd: Bool
    /// Fastest azimuth rate that following it takes, rad/s.
    public var azimuthRate: Double
    /// How long, s, that is more than the mount can do: the keyhole about the zenith.
    public var keyholeTime: Double
    /// How long the horizon mask hides it, s, found in steps of at most 5 s.
    public var maskedTime: Double

    /// Seconds from rise to set.
    public var duration: Double { self.set.time.since(rise.time) }
}
