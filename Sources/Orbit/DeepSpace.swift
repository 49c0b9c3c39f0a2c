import Quantities

/// What Sun and Moon do to orbits of 225 minutes and more: the deep-space part of the model.
struct DeepSpace: Equatable, Sendable, BitwiseCopyable {
    private var sun: PerturberPeriodics
    private var moon: PerturberPeriodics
    /// Secular rates by both, 1/min and rad/min.
    private var rates: PerturberRates
    /// Greenwich sidereal time at the epoch, rad.
    private var siderealTime: Double
    private var resonance: Resonance?

    init(
        _ elements: MeanElements, _ orbit: MeanOrbit, _ secular: SecularRates,
        _ gravity: GravityModel, _ mode: SGP4.Mode
    ) {
        let almanac = PerturberAlmanac(epoch: elements.epoch)
        let plane = OrbitPlane(elements, orbit)
        let bySun = PerturberTerms(almanac.sun(plane), plane, orbit)
        let byMoon = PerturberTerms(almanac.moon(plane), plane, orbit)
        sun = PerturberPeriodics(
            bySun, orbit, rate: PerturberAlmanac.sunRate,
            eccentricity: PerturberAlmanac.sunEccentricity, anomaly: almanac.sunAnomaly)
        moon = PerturberPeriodics(
            byMoon, orbit, rate: PerturberAlmanac.moonRate,
            eccentricity: PerturberAlmanac.moonEccentricity, anomaly: almanac.moonAnomaly)
        let isFlat =
            elements.inclination < 5.235_987_7e-2
            || elements.inclination > .pi - 5.235_987_7e-2
        rates =
            PerturberRates(bySun, orbit, rate: PerturberAlmanac.sunRate, isFlat: isFlat)
            + PerturberRates(byMoon, orbit, rate: PerturberAlmanac.moonRate, isFlat: isFlat)
        siderealTime = SiderealTime.atEpoch(elements.epoch, mode)
        resonance = Resonance(elements, orbit, secular, rates, gravity, siderealTime)
    }

    /// Adds the secular terms, and the resonance's motion and longitude.
    func drift(
        _ mean: inout DriftingElements, _ minutes: Double, _ progress: inout Resonance.Progress,
        _ elements: MeanElements, _ perigeeRate: Double
    ) {
        mean.eccentricity += rates.eccentricity * minutes
        mean.inclination += rates.inclination * minutes
        mean.perigee += rates.perigee * minutes
        mean.node += rates.node * minutes
        mean.anomaly += rates.anomaly * minutes
        guard let resonance else { return }
        let turned = Elementary.withinOneTurn(siderealTime + minutes * Resonance.earthRate)
        let found = resonance.advanced(
            to: minutes, &progress, perigee: elements.perigee, perigeeRate: perigeeRate)
        mean.motion = found.motion
        switch resonance.kind {
        case .oneDay:
            mean.anomaly = found.longitude - mean.node - mean.perigee + turned
        case .halfDay:
            mean.anomaly = found.longitude - 2 * mean.node + 2 * turned
        }
    }

    /// `mean` with the long-period terms of Sun and Moon.
    func perturbed(
        _ mean: DriftingElements, _ minutes: Double, _ mode: SGP4.Mode
    ) -> DriftingElements {
        let pull = sun.pull(at: minutes) + moon.pull(at: minutes)
        var result = mean
        result.inclination += pull.inclination
        result.eccentricity += pull.eccentricity
        let sine = Elementary.sin(result.inclination)
        let cosine = Elementary.cos(result.inclination)
        if result.inclination >= 0.2 {
            let node = pull.node / sine
            result.perigee += pull.perigee - cosine * node
            result.node += node
            result.anomaly += pull.longitude
        } else {
            result.turnNearEquator(by: pull, sine: sine, cosine: cosine, mode)
        }
        if result.inclination < 0 {
            result.inclination = -result.inclination
            result.node += .pi
            result.perigee -= .pi
        }
        return result
    }
}

extension DriftingElements {
    /// Lyddane's form for small inclinations, where node and perigee are ill defined.
    fileprivate mutating func turnNearEquator(
        by pull: PerturberPull, sine: Double, cosine: Double, _ mode: SGP4.Mode
    ) {
        let sineNode = Elementary.sin(node)
        let cosineNode = Elementary.cos(node)
        let alpha =
            sine * sineNode + pull.node * cosineNode + pull.inclination * cosine * sineNode
        let beta =
            sine * cosineNode - pull.node * sineNode + pull.inclination * cosine * cosineNode
        var old = Elementary.withinOneTurn(node)
        if old < 0, mode == .afspc { old += 2 * .pi }
        let longitude =
            anomaly + perigee + cosine * old + pull.longitude + pull.perigee
            - pull.inclination * old * sine
        node = Elementary.atan2(alpha, beta)
        if node < 0, mode == .afspc { node += 2 * .pi }
        if (old - node).magnitude > .pi {
            node += node < old ? 2 * .pi : -2 * .pi
        }
        anomaly += pull.longitude
        perigee = longitude - anomaly - cosine * node
    }
}

/// Changes of the elements by Sun or Moon at one moment.
struct PerturberPull {
    var eccentricity: Double
    var inclination: Double
    /// Of the mean anomaly, rad.
    var longitude: Double
    /// Of the perigee, with what the node takes, rad.
    var perigee: Double
    /// Of the node, times the sine of the inclination, rad.
    var node: Double

    static func + (a: PerturberPull, b: PerturberPull) -> PerturberPull {
        PerturberPull(
            eccentricity: a.eccentricity + b.eccentricity,
            inclination: a.inclination + b.inclination, longitude: a.longitude + b.longitude,
            perigee: a.perigee + b.perigee, node: a.node + b.node)
    }
}

/// Periodic terms of Sun or Moon: amplitudes of its motion around its own ellipse.
struct PerturberPeriodics: Equatable, Sendable, BitwiseCopyable {
    /// Amplitudes with f2, f3 and the sine of the true anomaly; zero where a term has none.
    private var eccentricity: (Double, Double)
    private var inclination: (Double, Double)
    private var longitude: (Double, Double, Double)
    private var perigee: (Double, Double, Double)
    private var node: (Double, Double)
    private var anomaly: Double
    private var rate: Double
    private var ownEccentricity: Double

    init(
        _ terms: PerturberTerms, _ orbit: MeanOrbit, rate: Double, eccentricity own: Double,
        anomaly: Double
    ) {
        let t = terms
        let e2 = orbit.eccentricity * orbit.eccentricity
        eccentricity = (2 * t.s1 * t.s6, 2 * t.s1 * t.s7)
        inclination = (2 * t.s2 * t.z12, 2 * t.s2 * (t.z13 - t.z11))
        longitude = (-2 * t.s3 * t.z2, -2 * t.s3 * (t.z3 - t.z1), 2 * t.s3 * (21 + 9 * e2) * own)
        perigee = (2 * t.s4 * t.z32, 2 * t.s4 * (t.z33 - t.z31), -18 * t.s4 * own)
        node = (-2 * t.s2 * t.z22, -2 * t.s2 * (t.z23 - t.z21))
        self.anomaly = anomaly
        self.rate = rate
        ownEccentricity = own
    }

    /// The changes `minutes` after the epoch.
    func pull(at minutes: Double) -> PerturberPull {
        let mean = anomaly + rate * minutes
        let angle = mean + 2 * ownEccentricity * Elementary.sin(mean)
        let sine = Elementary.sin(angle)
        let f2 = 0.5 * sine * sine - 0.25
        let f3 = -0.5 * sine * Elementary.cos(angle)
        return PerturberPull(
            eccentricity: eccentricity.0 * f2 + eccentricity.1 * f3,
            inclination: inclination.0 * f2 + inclination.1 * f3,
            longitude: longitude.0 * f2 + longitude.1 * f3 + longitude.2 * sine,
            perigee: perigee.0 * f2 + perigee.1 * f3 + perigee.2 * sine,
            node: node.0 * f2 + node.1 * f3)
    }

    static func == (a: PerturberPeriodics, b: PerturberPeriodics) -> Bool {
        a.eccentricity == b.eccentricity && a.inclination == b.inclination
            && a.longitude == b.longitude && a.perigee == b.perigee && a.node == b.node
            && a.anomaly == b.anomaly && a.rate == b.rate
            && a.ownEccentricity == b.ownEccentricity
    }
}

/// Secular rates by Sun or Moon, 1/min and rad/min.
struct PerturberRates: Equatable, Sendable, BitwiseCopyable {
    var eccentricity: Double
    var inclination: Double
    var anomaly: Double
    var perigee: Double
    var node: Double

    /// - Parameter isFlat: Whether the orbit lies so near the equator that its node stays.
    init(_ terms: PerturberTerms, _ orbit: MeanOrbit, rate: Double, isFlat: Bool) {
        let t = terms
        let e2 = orbit.eccentricity * orbit.eccentricity
        eccentricity = t.s1 * rate * t.s5
        inclination = t.s2 * rate * (t.z11 + t.z13)
        anomaly = -rate * t.s3 * (t.z1 + t.z3 - 14 - 6 * e2)
        let turning = t.s4 * rate * (t.z31 + t.z33 - 6)
        let tilting = isFlat ? 0 : -rate * t.s2 * (t.z21 + t.z23)
        node = orbit.sine != 0 ? tilting / orbit.sine : 0
        perigee = turning - orbit.cosine * node
    }

    private init(
        eccentricity: Double, inclination: Double, anomaly: Double, perigee: Double, node: Double
    ) {
        self.eccentricity = eccentricity
        self.inclination = inclination
        self.anomaly = anomaly
        self.perigee = perigee
        self.node = node
    }

    static func + (a: PerturberRates, b: PerturberRates) -> PerturberRates {
        PerturberRates(
            eccentricity: a.eccentricity + b.eccentricity,
            inclination: a.inclination + b.inclination, anomaly: a.anomaly + b.anomaly,
            perigee: a.perigee + b.perigee, node: a.node + b.node)
    }
}
