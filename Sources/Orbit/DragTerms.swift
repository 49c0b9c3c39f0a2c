import Quantities

/// What drag does in SGP4: the power series of Spacetrack Report 3 in a power-law atmosphere.
struct DragTerms: Equatable, Sendable, BitwiseCopyable {
    /// Whether only the lowest terms are used: perigee below 220 km, or deep space.
    var isSimple: Bool
    var c1: Double
    var c4: Double
    var c5: Double
    /// Powers of time in the semi-major axis.
    var d2 = 0.0
    var d3 = 0.0
    var d4 = 0.0
    /// Powers of time in the mean longitude.
    var t2: Double
    var t3 = 0.0
    var t4 = 0.0
    var t5 = 0.0
    /// Power 2 of time in the node, rad/min^2.
    var nodeQuadratic = 0.0
    var sineOfAnomaly: Double

    private var eta: Double
    private var perigeeSwing: Double
    private var anomalySwing: Double
    private var cubeAtEpoch: Double

    init(_ elements: MeanElements, _ orbit: MeanOrbit, _ gravity: GravityModel) {
        let shell = Shell(orbit, gravity)
        let e = orbit.eccentricity
        let axis = orbit.axis
        isSimple = axis * (1 - e) < 220 / gravity.radius + 1
        let inverse = 1 / (axis - shell.height)
        let eta = axis * e * inverse
        let eta2 = eta * eta
        let eeta = e * eta
        let psi2 = (1 - eta2).magnitude
        let inverse2 = inverse * inverse
        let coefficient = shell.density * inverse2 * inverse2
        let scaled = coefficient / (psi2 * psi2 * psi2 * psi2.squareRoot())
        let cosine2 = orbit.cosine * orbit.cosine
        let harmonic = 3 * cosine2 - 1
        let pull = gravity.j2 * inverse / psi2
        let c2 =
            scaled * orbit.meanMotion
            * (axis * (1 + 1.5 * eta2 + eeta * (4 + eta2))
                + 0.375 * pull * harmonic * (8 + 3 * eta2 * (8 + eta2)))
        c1 = elements.drag * c2
        let isRound = e <= 1e-4
        let j3j2 = gravity.j3 / gravity.j2
        let c3 =
            isRound ? 0 : -2 * coefficient * inverse * j3j2 * orbit.meanMotion * orbit.sine / e
        let byHarmonic = -3 * harmonic * (1 - 2 * eeta + eta2 * (1.5 - 0.5 * eeta))
        let byPerigee =
            0.75 * (1 - cosine2) * (2 * eta2 - eeta * (1 + eta2))
            * Elementary.cos(2 * elements.perigee)
        c4 =
            2 * orbit.meanMotion * scaled * axis * orbit.betaSquared
            * (eta * (2 + 0.5 * eta2) + e * (0.5 + 2 * eta2)
                - pull / axis * (byHarmonic + byPerigee))
        c5 =
            2 * scaled * axis * orbit.betaSquared * (1 + 2.75 * (eta2 + eeta) + eeta * eta2)
        t2 = 1.5 * c1
        self.eta = eta
        perigeeSwing = elements.drag * c3 * Elementary.cos(elements.perigee)
        anomalySwing = isRound ? 0 : -2.0 / 3 * coefficient * elements.drag / eeta
        let atEpoch = 1 + eta * Elementary.cos(elements.meanAnomaly)
        cubeAtEpoch = atEpoch * atEpoch * atEpoch
        sineOfAnomaly = Elementary.sin(elements.meanAnomaly)
        if !isSimple { addHigherPowers(axis: axis, inverse: inverse, height: shell.height) }
    }

    private mutating func addHigherPowers(axis: Double, inverse: Double, height: Double) {
        let square = c1 * c1
        d2 = 4 * axis * inverse * square
        let step = d2 * inverse * c1 / 3
        d3 = (17 * axis + height) * step
        d4 = 0.5 * step * axis * inverse * (221 * axis + 31 * height) * c1
        t3 = d2 + 2 * square
        t4 = 0.25 * (3 * d3 + c1 * (12 * d2 + 10 * square))
        t5 = 0.2 * (3 * d4 + 12 * c1 * d3 + 6 * d2 * d2 + 15 * square * (2 * d2 + square))
    }

    /// What moves from the perigee to the mean anomaly, rad.
    func swing(_ anomaly: Double, _ minutes: Double) -> Double {
        let now = 1 + eta * Elementary.cos(anomaly)
        return perigeeSwing * minutes + anomalySwing * (now * now * now - cubeAtEpoch)
    }

    /// The atmosphere's height parameter s and density (q0 - s)^4, in Earth radii.
    private struct Shell {
        var height: Double
        var density: Double

        init(_ orbit: MeanOrbit, _ gravity: GravityModel) {
            let perigee = (orbit.axis * (1 - orbit.eccentricity) - 1) * gravity.radius
            let low = perigee < 98 ? 20 : perigee - 78
            let kilometres = perigee < 156 ? low : 78
            height = kilometres / gravity.radius + 1
            let span = (120 - kilometres) / gravity.radius
            density = span * span * span * span
        }
    }
}
