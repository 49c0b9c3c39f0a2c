import Quantities

/// Long-period terms of the odd harmonic, and the functions of inclination in the short ones.
struct LongPeriod: Equatable, Sendable, BitwiseCopyable {
    var sine: Double
    var cosine: Double
    var longitude: Double
    var perigee: Double

    init(inclination: Double, _ gravity: GravityModel) {
        sine = Elementary.sin(inclination)
        cosine = Elementary.cos(inclination)
        let j3j2 = gravity.j3 / gravity.j2
        // At 180 degrees of inclination the divisor vanishes: AIAA 2006-6753, appendix.
        let divisor = (1 + cosine).magnitude > 1.5e-12 ? 1 + cosine : 1.5e-12
        longitude = -0.25 * j3j2 * sine * (3 + 5 * cosine) / divisor
        perigee = -0.5 * j3j2 * sine
    }

    init(_ orbit: MeanOrbit) { self = orbit.longPeriod }
}

/// The osculating orbit: Kepler's equation solved and the short-period terms added.
///
/// Lengths in Earth radii, velocities in Earth radii per minute over ke.
struct ShortPeriod {
    var semiLatus: Double
    var radius: Double
    private var radialVelocity = 0.0
    private var crossVelocity = 0.0
    private var argument = 0.0
    private var node = 0.0
    private var inclination = 0.0

    init(
        _ mean: DriftingElements, axis: Double, motion: Double, _ terms: LongPeriod,
        _ gravity: GravityModel
    ) {
        let e = mean.eccentricity
        let x = e * Elementary.cos(mean.perigee)
        let inverse = 1 / (axis * (1 - e * e))
        let y = e * Elementary.sin(mean.perigee) + inverse * terms.perigee
        let longitude =
            mean.anomaly + mean.perigee + mean.node + inverse * terms.longitude * x
        let (sine, cosine) = Self.kepler(Elementary.withinOneTurn(longitude - mean.node), x, y)
        let alongAxis = x * cosine + y * sine
        let across = x * sine - y * cosine
        let e2 = x * x + y * y
        semiLatus = axis * (1 - e2)
        radius = axis * (1 - alongAxis)
        guard semiLatus >= 0 else { return }
        let beta = (1 - e2).squareRoot()
        let share = across / (1 + beta)
        let sineU = axis / radius * (sine - y - x * share)
        let cosineU = axis / radius * (cosine - x + y * share)
        let inner = radius
        let first = 0.5 * gravity.j2 / semiLatus
        let second = first / semiLatus
        let c2 = terms.cosine * terms.cosine
        let s2 = 1 - c2
        let sine2U = 2 * cosineU * sineU
        let cosine2U = 1 - 2 * sineU * sineU
        radius =
            inner * (1 - 1.5 * second * beta * (3 * c2 - 1)) + 0.5 * first * s2 * cosine2U
        argument =
            Elementary.atan2(sineU, cosineU) - 0.25 * second * (7 * c2 - 1) * sine2U
        node = mean.node + 1.5 * second * terms.cosine * sine2U
        inclination = mean.inclination + 1.5 * second * terms.cosine * terms.sine * cosine2U
        radialVelocity =
            axis.squareRoot() * across / inner - motion * first * s2 * sine2U / gravity.ke
        crossVelocity =
            semiLatus.squareRoot() / inner
            + motion * first * (s2 * cosine2U + 1.5 * (3 * c2 - 1)) / gravity.ke
    }

    /// Sine and cosine of the eccentric longitude; at most ten steps of Newton's method.
    private static func kepler(
        _ mean: Double, _ x: Double, _ y: Double
    ) -> (sine: Double, cosine: Double) {
        var longitude = mean
        var sine = 0.0
        var cosine = 0.0
        var round = 0
        while round < 10 {
            sine = Elementary.sin(longitude)
            cosine = Elementary.cos(longitude)
            let slope = 1 - cosine * x - sine * y
            let step = (mean - y * cosine + x * sine - longitude) / slope
            longitude += min(max(step, -0.95), 0.95)
            if step.magnitude < 1e-12 { break }
            round += 1
        }
        return (sine, cosine)
    }

    /// Position and velocity in TEME, m and m/s.
    func state(_ gravity: GravityModel) -> OrbitState {
        let (sineU, cosineU) = (Elementary.sin(argument), Elementary.cos(argument))
        let (sineN, cosineN) = (Elementary.sin(node), Elementary.cos(node))
        let (sineI, cosineI) = (Elementary.sin(inclination), Elementary.cos(inclination))
        let across = Vector(x: -sineN * cosineI, y: cosineN * cosineI, z: sineI)
        let nodal = Vector(x: cosineN, y: sineN, z: 0)
        let outward = sineU * across + cosineU * nodal
        let forward = cosineU * across - sineU * nodal
        let metres = gravity.radius * 1000
        let speed = metres * gravity.ke / 60
        return OrbitState(
            position: (radius * metres) * outward,
            velocity: speed * (radialVelocity * outward + crossVelocity * forward))
    }
}
