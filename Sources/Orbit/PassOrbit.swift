/// The path of the satellite over one pass, whichever way it is described.
///
/// The simulated world moves on one without error; the station predicts with another that may
/// carry an error along the track.
public enum PassOrbit: Equatable, Sendable, BitwiseCopyable {
    /// A circular orbit over a turning or a resting Earth.
    case circular(CircularPass)
    /// A straight line through published ranges.
    case straight(StraightPass)
    /// Elements or an ephemeris over a site on the ellipsoid, sampled.
    case sampled(SampledPass)

    /// Length of the pass, s.
    public var duration: Double {
        switch self {
        case .circular(let pass): pass.duration
        case .straight(let pass): pass.duration
        case .sampled(let pass): pass.duration
        }
    }

    /// Seconds from the start of the pass to the closest approach.
    public var culminationTime: Double {
        switch self {
        case .circular(let pass): pass.culminationTime
        case .straight(let pass): pass.culminationTime
        case .sampled(let pass): pass.culminationTime
        }
    }

    /// Direction and distance of what is emitted `time` seconds after the start of the pass.
    public func look(at time: Double) -> LookAngles {
        switch self {
        case .circular(let pass): pass.look(at: time)
        case .straight(let pass): pass.look(at: time)
        case .sampled(let pass): pass.look(at: time)
        }
    }

    /// One-way light time of what is emitted `emission` ps (UTC) after the start of the pass, ps.
    ///
    /// Good to 0.00001 ps in arithmetic over passes of an hour; a sampled pass to 0.0003 ps.
    public func lightTime(emittedAt emission: Int64) -> Double {
        look(at: Double(emission) * 1e-12).lightTime
    }
}
