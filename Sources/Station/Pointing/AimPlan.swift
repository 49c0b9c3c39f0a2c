import Orbit
import Quantities
import Tracking

/// What the station knows of a pass beforehand: where the mount should be at every moment, in the
/// readings of its encoders.
///
/// Times are seconds on UTC since the start of the pass, of the light that arrives then.
struct AimPlan {
    /// Time between set points, s: short against a keyhole.
    static let step = 0.1
    /// Seconds before the pass from which on the mount is planned.
    static let lead = 20.0

    /// The mount's set points.
    let points: [MountSetPoint]
    /// What the planner says of them.
    let plan: TrackPlan
    private let orbit: PassOrbit
    private let refraction: Refraction
    private let wavelength: Double

    /// Plans `orbit` for a mount within `limits` that stands at `position`.
    init(
        _ orbit: PassOrbit, refraction: Refraction, wavelength: Double, planner: TrackPlanner,
        from position: SkyDirection
    ) throws(TrackPlanError) {
        self.orbit = orbit
        self.refraction = refraction
        self.wavelength = wavelength
        let count = Int(((orbit.duration + 2 * Self.lead) / Self.step).rounded(.up)) + 1
        var track: [SkyDirection] = []
        track.reserveCapacity(count)
        for index in 0..<count {
            let time = Double(index) * Self.step - Self.lead
            track.append(
                Self.direction(orbit, at: time, refraction: refraction, wavelength: wavelength))
        }
        var points = [MountSetPoint](repeating: .empty, count: count)
        var room = points.mutableSpan
        plan = try planner.plan(
            track.span, start: -Self.lead, step: Self.step, from: position, into: &room)
        self.points = points
    }

    /// Where the mount should be at `time`; `nil` outside the plan.
    func setPoint(at time: Double) -> MountSetPoint? {
        MountSetPoint.at(time, in: points.span, start: -Self.lead, step: Self.step)
    }

    /// Where the beacon is predicted to be seen at `time`.
    func direction(at time: Double) -> SkyDirection {
        Self.direction(orbit, at: time, refraction: refraction, wavelength: wavelength)
    }

    /// How much higher the quantum light of `quantum` m is seen than the beacon, rad.
    func chromaticOffset(at time: Double, quantum: Double) -> Double {
        refraction.chromaticOffset(
            atTrue: orbit.look(at: time).elevation, wavelength: quantum, reference: wavelength)
    }

    /// The direction of the light that arrives at `time`, as the air bends it.
    static func direction(
        _ orbit: PassOrbit, at time: Double, refraction: Refraction, wavelength: Double
    ) -> SkyDirection {
        // In a hundredth of a second the satellite moves 100 urad: one round leaves nothing.
        let span = orbit.look(at: time).lightTime * 1e-12
        let look = orbit.look(at: time - span)
        return seen(look, refraction: refraction, wavelength: wavelength)
    }

    /// A direction in vacuum as the air bends it.
    static func seen(
        _ look: LookAngles, refraction: Refraction, wavelength: Double
    ) -> SkyDirection {
        SkyDirection(
            azimuth: look.azimuth,
            elevation: look.elevation
                + refraction.angle(atTrue: look.elevation, wavelength: wavelength))
    }
}
