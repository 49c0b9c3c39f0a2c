import Quantities

/// How the satellite's orbit lies.
struct OrbitPlane {
    var sineNode: Double
    var cosineNode: Double
    var sinePerigee: Double
    var cosinePerigee: Double

    init(_ elements: MeanElements, _ orbit: MeanOrbit) {
        sineNode = Elementary.sin(elements.node)
        cosineNode = Elementary.cos(elements.node)
        sinePerigee = Elementary.sin(elements.perigee)
        cosinePerigee = Elementary.cos(elements.perigee)
    }
}

/// How the orbit of Sun or Moon lies against the satellite's node, and how strongly it pulls.
struct PerturberOrbit {
    var sinePerigee: Double
    var cosinePerigee: Double
    var sineInclination: Double
    var cosineInclination: Double
    /// Of the difference of the nodes; for the Sun, of the satellite's node itself.
    var sineNode: Double
    var cosineNode: Double
    /// rad/min.
    var strength: Double
}

/// Where Sun and Moon stand at the epoch, with the constants of Spacetrack Report 3.
struct PerturberAlmanac {
    static let sunRate = 1.194_59e-5
    static let sunEccentricity = 0.016_75
    static let moonRate = 1.583_521_8e-4
    static let moonEccentricity = 0.054_90

    private let moonNode: (sine: Double, cosine: Double)
    private let moonPerigee: Double
    private let rawNode: Double
    let sunAnomaly: Double
    let moonAnomaly: Double

    init(epoch: UTCInstant) {
        // Days since 1899-12-31 12 h.
        let days = epoch.roundedDaysSince1950 + 18_261.5
        rawNode = Elementary.withinOneTurn(4.523_602_0 - 9.242_202_9e-4 * days)
        moonNode = (Elementary.sin(rawNode), Elementary.cos(rawNode))
        moonPerigee = 5.835_151_4 + 0.001_944_368_0 * days
        moonAnomaly = Elementary.withinOneTurn(4.719_967_2 + 0.229_971_50 * days - moonPerigee)
        sunAnomaly = Elementary.withinOneTurn(6.256_583_7 + 0.017_201_977 * days)
    }

    func sun(_ plane: OrbitPlane) -> PerturberOrbit {
        PerturberOrbit(
            sinePerigee: -0.980_884_58, cosinePerigee: 0.194_590_5,
            sineInclination: 0.397_854_16, cosineInclination: 0.917_448_67,
            sineNode: plane.sineNode, cosineNode: plane.cosineNode, strength: 2.986_479_7e-6)
    }

    func moon(_ plane: OrbitPlane) -> PerturberOrbit {
        let cosineI = 0.913_751_64 - 0.035_680_96 * moonNode.cosine
        let sineI = (1 - cosineI * cosineI).squareRoot()
        let sineN = 0.089_683_511 * moonNode.sine / sineI
        let cosineN = (1 - sineN * sineN).squareRoot()
        let turn = Elementary.atan2(
            0.397_854_16 * moonNode.sine / sineI,
            cosineN * moonNode.cosine + 0.917_448_67 * sineN * moonNode.sine)
        let perigee = moonPerigee + turn - rawNode
        return PerturberOrbit(
            sinePerigee: Elementary.sin(perigee), cosinePerigee: Elementary.cos(perigee),
            sineInclination: sineI, cosineInclination: cosineI,
            sineNode: plane.sineNode * cosineN - plane.cosineNode * sineN,
            cosineNode: cosineN * plane.cosineNode + sineN * plane.sineNode,
            strength: 4.796_806_5e-7)
    }
}

/// The disturbing function of Sun or Moon in the names of Spacetrack Report 3: S and Z.
struct PerturberTerms {
    let s1, s2, s3, s4, s5, s6, s7: Double
    let z1, z2, z3: Double
    let z11, z12, z13: Double
    let z21, z22, z23: Double
    let z31, z32, z33: Double

    init(_ body: PerturberOrbit, _ plane: OrbitPlane, _ orbit: MeanOrbit) {
        let (cg, sg) = (body.cosinePerigee, body.sinePerigee)
        let (ci, si) = (body.cosineInclination, body.sineInclination)
        let (ch, sh) = (body.cosineNode, body.sineNode)
        let a1 = cg * ch + sg * ci * sh
        let a3 = -sg * ch + cg * ci * sh
        let a7 = -cg * sh + sg * ci * ch
        let a8 = sg * si
        let a9 = sg * sh + cg * ci * ch
        let a10 = cg * si
        let a2 = orbit.cosine * a7 + orbit.sine * a8
        let a4 = orbit.cosine * a9 + orbit.sine * a10
        let a5 = -orbit.sine * a7 + orbit.cosine * a8
        let a6 = -orbit.sine * a9 + orbit.cosine * a10
        let (cw, sw) = (plane.cosinePerigee, plane.sinePerigee)
        let x1 = a1 * cw + a2 * sw
        let x2 = a3 * cw + a4 * sw
        let x3 = -a1 * sw + a2 * cw
        let x4 = -a3 * sw + a4 * cw
        let (x5, x6, x7, x8) = (a5 * sw, a6 * sw, a5 * cw, a6 * cw)
        let e2 = orbit.eccentricity * orbit.eccentricity
        z31 = 12 * x1 * x1 - 3 * x3 * x3
        z32 = 24 * x1 * x2 - 6 * x3 * x4
        z33 = 12 * x2 * x2 - 3 * x4 * x4
        z11 = -6 * a1 * a5 - e2 * (24 * x1 * x7 + 6 * x3 * x5)
        let z12x = 24 * (x2 * x7 + x1 * x8) + 6 * (x3 * x6 + x4 * x5)
        z12 = -6 * (a1 * a6 + a3 * a5) - e2 * z12x
        z13 = -6 * a3 * a6 - e2 * (24 * x2 * x8 + 6 * x4 * x6)
        z21 = 6 * a2 * a5 + e2 * (24 * x1 * x5 - 6 * x3 * x7)
        let z22x = 24 * (x2 * x5 + x1 * x6) - 6 * (x4 * x7 + x3 * x8)
        z22 = 6 * (a4 * a5 + a2 * a6) + e2 * z22x
        z23 = 6 * a4 * a6 + e2 * (24 * x2 * x6 - 6 * x4 * x8)
        let b2 = orbit.betaSquared
        z1 = 2 * (3 * (a1 * a1 + a2 * a2) + z31 * e2) + b2 * z31
        z2 = 2 * (6 * (a1 * a3 + a2 * a4) + z32 * e2) + b2 * z32
        z3 = 2 * (3 * (a3 * a3 + a4 * a4) + z33 * e2) + b2 * z33
        s3 = body.strength / orbit.meanMotion
        s2 = -0.5 * s3 / orbit.beta
        s4 = s3 * orbit.beta
        s1 = -15 * orbit.eccentricity * s4
        s5 = x1 * x3 + x2 * x4
        s6 = x2 * x3 + x1 * x4
        s7 = x2 * x4 - x1 * x3
    }
}
