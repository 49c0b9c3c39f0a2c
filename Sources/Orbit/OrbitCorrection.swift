import Quantities

/// What the first sight of a satellite corrects of its predicted orbit.
///
/// The error of an element set is mainly one of time along the track: 1 km is 0.13 s.
public struct OrbitCorrection: Equatable, Sendable, BitwiseCopyable {
    /// How far the satellite runs ahead of the prediction, s along its track.
    public var timeBias: Double
    /// How far it lies to the side, rad at the Earth's centre, along the orbit's angular momentum.
    public var crossTrack: Double

    /// Nothing to correct.
    public static let none = OrbitCorrection(timeBias: 0, crossTrack: 0)

    /// A correction with both fields given.
    @inlinable public init(timeBias: Double, crossTrack: Double) {
        self.timeBias = timeBias
        self.crossTrack = crossTrack
    }

    /// `ahead` is the Earth-fixed state `timeBias` later than what is asked for; gives the state
    /// asked for, corrected.
    func applied(to ahead: OrbitState) -> OrbitState {
        guard timeBias != 0 || crossTrack != 0 else { return ahead }
        // Among the stars it is already there; the Earth has not turned as far yet.
        var position = ahead.position.seenAfter(-timeBias)
        var velocity = ahead.velocity.seenAfter(-timeBias)
        if crossTrack != 0 {
            let inertial = velocity + position.carriedByEarth
            let side = position.cross(inertial).unit
            let radius = position.length
            let climb = position.dot(inertial) / radius
            let (sine, cosine) = (Elementary.sin(crossTrack), Elementary.cos(crossTrack))
            position = cosine * position + (sine * radius) * side
            let turned = cosine * inertial + (sine * climb) * side
            velocity = turned - position.carriedByEarth
        }
        return OrbitState(position: position, velocity: velocity)
    }
}
