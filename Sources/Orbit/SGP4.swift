import Quantities

/// The analytic model of orbits in which element sets are made: SGP4, and SDP4 from 225 minutes.
///
/// After Hoots and Roehrich, Spacetrack Report 3 (1980), with the corrections of Vallado,
/// Crawford, Hujsak, Kelso, Revisiting Spacetrack Report 3, AIAA 2006-6753. The states are in
/// TEME: true equator and mean equinox of date.
///
/// A value without hidden state. Orbits in resonance are integrated from the epoch in steps of
/// half a day; whoever asks for many states hands in a ``Resonance/Progress`` that remembers.
public struct SGP4: Equatable, Sendable, BitwiseCopyable {
    /// How two small choices are made.
    public enum Mode: UInt8, Sendable, BitwiseCopyable {
        /// As AIAA 2006-6753 proposes; what operational element sets want.
        case improved
        /// As the Air Force's own program did, for old elements.
        case afspc
    }

    /// What the model was made from.
    public private(set) var elements: MeanElements
    /// The Earth's gravity.
    public private(set) var gravity: GravityModel
    /// How the small choices are made.
    public private(set) var mode: Mode

    var orbit: MeanOrbit
    var drag: DragTerms
    /// Rates of mean anomaly, perigee and node, rad/min.
    var meanAnomalyRate: Double
    var perigeeRate: Double
    var nodeRate: Double
    var deepSpace: DeepSpace?

    /// Prepares the model for `elements`.
    ///
    /// - Throws: ``SGP4Fault`` if they describe no orbit, or one that has decayed at its epoch.
    public init(
        _ elements: MeanElements, gravity: GravityModel = .wgs72, mode: Mode = .improved
    ) throws(SGP4Fault) {
        guard elements.meanMotion > 0, elements.meanMotion < 1 else {
            throw SGP4Fault(kind: .meanMotion, minutes: 0, value: elements.meanMotion)
        }
        guard elements.eccentricity >= 0, elements.eccentricity < 1 else {
            throw SGP4Fault(kind: .meanEccentricity, minutes: 0, value: elements.eccentricity)
        }
        self.elements = elements
        self.gravity = gravity
        self.mode = mode
        orbit = MeanOrbit(elements, gravity)
        drag = DragTerms(elements, orbit, gravity)
        let rates = SecularRates(orbit, gravity)
        meanAnomalyRate = rates.meanAnomaly
        perigeeRate = rates.perigee
        nodeRate = rates.node
        drag.nodeQuadratic = 3.5 * orbit.betaSquared * rates.nodeByFirstHarmonic * drag.c1
        deepSpace = nil
        if 2 * .pi / orbit.meanMotion >= 225 {
            drag.isSimple = true
            deepSpace = DeepSpace(elements, orbit, rates, gravity, mode)
        }
        _ = try state(minutes: 0)
    }

    /// State in TEME `minutes` after the epoch, of either sign.
    public func state(minutes: Double) throws(SGP4Fault) -> OrbitState {
        var progress = Resonance.Progress()
        return try state(minutes: minutes, progress: &progress)
    }

    /// State in TEME at `instant`; for many calls.
    ///
    /// - Parameter progress: How far a resonance has been integrated; the answer does not depend
    ///   on it, only the time it takes.
    public func state(
        at instant: UTCInstant, progress: inout Resonance.Progress
    ) throws(SGP4Fault) -> OrbitState {
        try state(minutes: instant.since(elements.epoch) / 60, progress: &progress)
    }

    /// State in TEME `minutes` after the epoch; for many calls.
    public func state(
        minutes: Double, progress: inout Resonance.Progress
    ) throws(SGP4Fault) -> OrbitState {
        var mean = secular(minutes, &progress)
        guard mean.motion > 0 else {
            throw SGP4Fault(kind: .meanMotion, minutes: minutes, value: mean.motion)
        }
        let shrink = mean.axisFactor
        let root = Elementary.cubeRoot(gravity.ke / mean.motion)
        let axis = root * root * shrink * shrink
        let motion = gravity.ke / (axis * axis.squareRoot())
        guard mean.eccentricity < 1, mean.eccentricity >= -0.001 else {
            throw SGP4Fault(
                kind: .meanEccentricity, minutes: minutes, value: mean.eccentricity)
        }
        mean.eccentricity = max(mean.eccentricity, 1e-6)
        mean.reduceAngles()
        var terms = LongPeriod(orbit)
        if let deepSpace {
            mean = deepSpace.perturbed(mean, minutes, mode)
            guard mean.eccentricity >= 0, mean.eccentricity <= 1 else {
                throw SGP4Fault(
                    kind: .perturbedEccentricity, minutes: minutes, value: mean.eccentricity)
            }
            terms = LongPeriod(inclination: mean.inclination, gravity)
        }
        let near = ShortPeriod(mean, axis: axis, motion: motion, terms, gravity)
        guard near.semiLatus >= 0 else {
            throw SGP4Fault(kind: .semiLatusRectum, minutes: minutes, value: near.semiLatus)
        }
        guard near.radius >= 1 else {
            throw SGP4Fault(kind: .decayed, minutes: minutes, value: near.radius)
        }
        // Drag's power series runs through zero and out again, and the terms of the oblateness
        // throw tiny orbits far out: neither is noticed by the published code. The margin is for
        // short-period terms.
        guard shrink > 0, axis * (1 + mean.eccentricity) > 0.95 else {
            throw SGP4Fault(kind: .decayed, minutes: minutes, value: min(axis * shrink, 0))
        }
        return near.state(gravity)
    }

    /// Mean elements at `minutes`: gravity's rates, drag, and in deep space Sun, Moon, resonance.
    private func secular(
        _ minutes: Double, _ progress: inout Resonance.Progress
    ) -> DriftingElements {
        let anomaly = elements.meanAnomaly + meanAnomalyRate * minutes
        let squared = minutes * minutes
        var mean = DriftingElements(
            motion: orbit.meanMotion, eccentricity: elements.eccentricity,
            inclination: elements.inclination,
            node: elements.node + nodeRate * minutes + drag.nodeQuadratic * squared,
            perigee: elements.perigee + perigeeRate * minutes, anomaly: anomaly,
            axisFactor: 1 - drag.c1 * minutes)
        var eccentricityLoss = elements.drag * drag.c4 * minutes
        var longitude = drag.t2 * squared
        if !drag.isSimple {
            let swing = drag.swing(anomaly, minutes)
            mean.anomaly += swing
            mean.perigee -= swing
            let cubed = squared * minutes
            let fourth = squared * squared
            mean.axisFactor -= drag.d2 * squared + drag.d3 * cubed + drag.d4 * fourth
            let sine = Elementary.sin(mean.anomaly) - drag.sineOfAnomaly
            eccentricityLoss += elements.drag * drag.c5 * sine
            longitude += drag.t3 * cubed + fourth * (drag.t4 + minutes * drag.t5)
        }
        if let deepSpace {
            deepSpace.drift(&mean, minutes, &progress, elements, perigeeRate)
        }
        mean.eccentricity -= eccentricityLoss
        mean.anomaly += orbit.meanMotion * longitude
        return mean
    }
}

/// Mean elements on their way through the model; angles in rad, motion in rad/min.
struct DriftingElements {
    var motion: Double
    var eccentricity: Double
    var inclination: Double
    var node: Double
    var perigee: Double
    var anomaly: Double
    /// Root of the factor by which drag has shrunk the semi-major axis.
    var axisFactor: Double

    /// Takes whole turns off the angles, so that their sum stays a mean longitude.
    mutating func reduceAngles() {
        let longitude = Elementary.withinOneTurn(anomaly + perigee + node)
        node = Elementary.withinOneTurn(node)
        perigee = Elementary.withinOneTurn(perigee)
        anomaly = Elementary.withinOneTurn(longitude - perigee - node)
    }
}

/// What follows from the mean elements alone; lengths in Earth radii.
struct MeanOrbit: Equatable, Sendable, BitwiseCopyable {
    /// Mean motion after Brouwer, rad/min.
    var meanMotion: Double
    var axis: Double
    var eccentricity: Double
    /// 1 - e^2, and its root.
    var betaSquared: Double
    var beta: Double
    var sine: Double
    var cosine: Double
    /// Semi-latus rectum squared, inverted.
    var inverseLatusSquared: Double
    /// Long-period terms of the oblateness's odd harmonic.
    var longPeriod: LongPeriod

    /// Takes out what Kozai's mean motion holds of the oblateness.
    init(_ elements: MeanElements, _ gravity: GravityModel) {
        eccentricity = elements.eccentricity
        sine = Elementary.sin(elements.inclination)
        cosine = Elementary.cos(elements.inclination)
        betaSquared = 1 - eccentricity * eccentricity
        beta = betaSquared.squareRoot()
        let root = Elementary.cubeRoot(gravity.ke / elements.meanMotion)
        let first = root * root
        let d1 = 0.75 * gravity.j2 * (3 * cosine * cosine - 1) / (beta * betaSquared)
        let rough = d1 / (first * first)
        let better =
            first * (1 - rough * rough - rough * (1.0 / 3 + 134 * rough * rough / 81))
        meanMotion = elements.meanMotion / (1 + d1 / (better * better))
        let own = Elementary.cubeRoot(gravity.ke / meanMotion)
        axis = own * own
        let latus = axis * betaSquared
        inverseLatusSquared = 1 / (latus * latus)
        longPeriod = LongPeriod(inclination: elements.inclination, gravity)
    }
}

/// How fast gravity turns the ellipse, rad/min.
struct SecularRates {
    var meanAnomaly: Double
    var perigee: Double
    var node: Double
    /// The part of the node's rate that the first harmonic makes.
    var nodeByFirstHarmonic: Double

    init(_ orbit: MeanOrbit, _ gravity: GravityModel) {
        let c2 = orbit.cosine * orbit.cosine
        let c4 = c2 * c2
        let inverse = orbit.inverseLatusSquared
        let first = 1.5 * gravity.j2 * inverse * orbit.meanMotion
        let second = 0.5 * first * gravity.j2 * inverse
        let fourth = -0.46875 * gravity.j4 * inverse * inverse * orbit.meanMotion
        meanAnomaly =
            orbit.meanMotion + 0.5 * first * orbit.beta * (3 * c2 - 1)
            + 0.0625 * second * orbit.beta * (13 - 78 * c2 + 137 * c4)
        perigee =
            -0.5 * first * (1 - 5 * c2) + 0.0625 * second * (7 - 114 * c2 + 395 * c4)
            + fourth * (3 - 36 * c2 + 49 * c4)
        nodeByFirstHarmonic = -first * orbit.cosine
        node =
            nodeByFirstHarmonic
            + (0.5 * second * (4 - 19 * c2) + 2 * fourth * (3 - 7 * c2)) * orbit.cosine
    }
}
