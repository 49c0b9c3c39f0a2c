import Quantities

/// The pull of the Earth's uneven equator on orbits of one day or half a day.
///
/// Its equation of motion for the mean longitude is integrated from the epoch in steps of 720
/// minutes, Euler-Maclaurin (Spacetrack Report 3, section 10; AIAA 2006-6753).
public struct Resonance: Equatable, Sendable, BitwiseCopyable {
    /// Which resonance.
    enum Kind: UInt8 { case oneDay, halfDay }

    /// How far the integration has come; starts at the epoch. Belongs to one set of elements.
    public struct Progress: Equatable, Sendable, BitwiseCopyable {
        fileprivate var minutes = 0.0
        fileprivate var longitude = 0.0
        fileprivate var motion = 0.0
        fileprivate var isStarted = false

        /// At the epoch.
        public init() {}
    }

    /// Turning rate of the Earth, rad/min.
    static let earthRate = 4.375_269_088_011_299_66e-3
    private static let step = 720.0
    /// Beyond this many minutes from the epoch, 60 years, the integration stops: no element set
    /// means anything there, and the time it takes stays bounded.
    private static let limit = 3.2e7

    var kind: Kind
    private var longitude: Double
    private var longitudeRate: Double
    private var motion: Double
    private var terms: InlineArray<10, Double>

    /// `nil` if the orbit is in no resonance.
    init?(
        _ elements: MeanElements, _ orbit: MeanOrbit, _ secular: SecularRates,
        _ rates: PerturberRates, _ gravity: GravityModel, _ siderealTime: Double
    ) {
        let motion = orbit.meanMotion
        let root = Elementary.cubeRoot(motion / gravity.ke)
        let inverseAxis = root * root
        if motion > 0.003_490_658_5, motion < 0.005_235_987_7 {
            kind = .oneDay
            terms = Self.oneDayTerms(orbit, inverseAxis)
            longitude = Elementary.withinOneTurn(
                elements.meanAnomaly + elements.node + elements.perigee - siderealTime)
            longitudeRate =
                secular.meanAnomaly + secular.perigee + secular.node - Self.earthRate
                + rates.anomaly + rates.perigee + rates.node - motion
        } else if motion >= 8.26e-3, motion <= 9.24e-3, orbit.eccentricity >= 0.5 {
            kind = .halfDay
            terms = Self.halfDayTerms(orbit, inverseAxis)
            longitude = Elementary.withinOneTurn(
                elements.meanAnomaly + 2 * elements.node - 2 * siderealTime)
            longitudeRate =
                secular.meanAnomaly + rates.anomaly
                + 2 * (secular.node + rates.node - Self.earthRate) - motion
        } else {
            return nil
        }
        self.motion = motion
    }

    /// Mean motion, rad/min, and mean longitude, rad, `minutes` after the epoch.
    func advanced(
        to minutes: Double, _ progress: inout Progress, perigee: Double, perigeeRate: Double
    ) -> (motion: Double, longitude: Double) {
        let target = min(max(minutes, -Self.limit), Self.limit)
        if !progress.isStarted || target * progress.minutes <= 0
            || target.magnitude < progress.minutes.magnitude
        {
            progress.minutes = 0
            progress.longitude = longitude
            progress.motion = motion
            progress.isStarted = true
        }
        let step = target >= 0 ? Self.step : -Self.step
        var pull = self.pull(progress, perigee: perigee + perigeeRate * progress.minutes)
        while (target - progress.minutes).magnitude >= Self.step {
            progress.advance(by: step, pull)
            pull = self.pull(progress, perigee: perigee + perigeeRate * progress.minutes)
        }
        let rest = target - progress.minutes
        var end = progress
        end.advance(by: rest, pull)
        return (end.motion, end.longitude)
    }

    /// Rates of longitude and of mean motion at one moment.
    fileprivate struct Pull {
        var longitude: Double
        var motion: Double
        var motionChange: Double
    }

    private func pull(_ progress: Progress, perigee: Double) -> Pull {
        let speed = progress.motion + longitudeRate
        var sum = 0.0
        var slope = 0.0
        func add(_ index: Int, _ angle: Double, _ multiple: Double) {
            sum += terms[index] * Elementary.sin(angle)
            slope += multiple * terms[index] * Elementary.cos(angle)
        }
        let l = progress.longitude
        switch kind {
        case .oneDay:
            add(0, l - 0.131_309_08, 1)
            add(1, 2 * (l - 2.884_319_8), 2)
            add(2, 3 * (l - 0.374_480_87), 3)
        case .halfDay:
            let w = perigee
            add(0, 2 * w + l - 5.768_639_6, 1)
            add(1, l - 5.768_639_6, 1)
            add(2, w + l - 0.952_408_98, 1)
            add(3, -w + l - 0.952_408_98, 1)
            add(4, 2 * w + 2 * l - 1.801_499_8, 2)
            add(5, 2 * l - 1.801_499_8, 2)
            add(6, w + l - 1.050_833_0, 1)
            add(7, -w + l - 1.050_833_0, 1)
            add(8, w + 2 * l - 4.410_889_8, 2)
            add(9, -w + 2 * l - 4.410_889_8, 2)
        }
        return Pull(longitude: speed, motion: sum, motionChange: slope * speed)
    }

    /// The same resonance of the same orbit.
    public static func == (a: Resonance, b: Resonance) -> Bool {
        var index = 0
        while index < 10 {
            if a.terms[index] != b.terms[index] { return false }
            index += 1
        }
        return a.kind == b.kind && a.longitude == b.longitude
            && a.longitudeRate == b.longitudeRate && a.motion == b.motion
    }
}

extension Resonance.Progress {
    /// A Taylor step of `span` minutes.
    fileprivate mutating func advance(by span: Double, _ pull: Resonance.Pull) {
        let half = 0.5 * span * span
        longitude += pull.longitude * span + pull.motion * half
        motion += pull.motion * span + pull.motionChange * half
        minutes += span
    }
}

// The amplitudes: functions of eccentricity G and of inclination F, with the harmonics' strengths.
extension Resonance {
    fileprivate static func oneDayTerms(
        _ orbit: MeanOrbit, _ inverseAxis: Double
    ) -> InlineArray<10, Double> {
        let e2 = orbit.eccentricity * orbit.eccentricity
        let (c, s) = (orbit.cosine, orbit.sine)
        let g200 = 1 + e2 * (-2.5 + 0.8125 * e2)
        let g310 = 1 + 2 * e2
        let g300 = 1 + e2 * (-6 + 6.60937 * e2)
        let f220 = 0.75 * (1 + c) * (1 + c)
        let f311 = 0.9375 * s * s * (1 + 3 * c) - 0.75 * (1 + c)
        let f330 = 1.875 * (1 + c) * (1 + c) * (1 + c)
        let scale = 3 * orbit.meanMotion * orbit.meanMotion * inverseAxis * inverseAxis
        var terms = InlineArray<10, Double>(repeating: 0)
        terms[0] = scale * f311 * g310 * 2.146_074_8e-6 * inverseAxis
        terms[1] = 2 * scale * f220 * g200 * 1.789_167_9e-6
        terms[2] = 3 * scale * f330 * g300 * 2.212_301_5e-7 * inverseAxis
        return terms
    }

    fileprivate static func halfDayTerms(
        _ orbit: MeanOrbit, _ inverseAxis: Double
    ) -> InlineArray<10, Double> {
        let (c, s) = (orbit.cosine, orbit.sine)
        let c2 = c * c
        let s2 = s * s
        let g = HalfDayEccentricity(orbit.eccentricity)
        let f220 = 0.75 * (1 + 2 * c + c2)
        let f221 = 1.5 * s2
        let f321 = 1.875 * s * (1 - 2 * c - 3 * c2)
        let f322 = -1.875 * s * (1 + 2 * c - 3 * c2)
        let f441 = 35 * s2 * f220
        let f442 = 39.375 * s2 * s2
        let f522 =
            9.84375 * s
            * (s2 * (1 - 2 * c - 5 * c2) + 0.333_333_33 * (-2 + 4 * c + 6 * c2))
        let f523 =
            s
            * (4.921_875_12 * s2 * (-2 - 4 * c + 10 * c2)
                + 6.562_500_12 * (1 + 2 * c - 3 * c2))
        let f542 = 29.53125 * s * (2 - 8 * c + c2 * (-12 + 8 * c + 10 * c2))
        let f543 = 29.53125 * s * (-2 - 8 * c + c2 * (12 + 8 * c - 10 * c2))
        let second =
            3 * orbit.meanMotion * orbit.meanMotion * inverseAxis * inverseAxis
        let third = second * inverseAxis
        let fourth = third * inverseAxis
        let fifth = fourth * inverseAxis
        var terms = InlineArray<10, Double>(repeating: 0)
        terms[0] = second * 1.789_167_9e-6 * f220 * g.g201
        terms[1] = second * 1.789_167_9e-6 * f221 * g.g211
        terms[2] = third * 3.739_379_2e-7 * f321 * g.g310
        terms[3] = third * 3.739_379_2e-7 * f322 * g.g322
        terms[4] = 2 * fourth * 7.363_695_3e-9 * f441 * g.g410
        terms[5] = 2 * fourth * 7.363_695_3e-9 * f442 * g.g422
        terms[6] = fifth * 1.142_863_9e-7 * f522 * g.g520
        terms[7] = fifth * 1.142_863_9e-7 * f523 * g.g532
        terms[8] = 2 * fifth * 2.176_580_3e-9 * f542 * g.g521
        terms[9] = 2 * fifth * 2.176_580_3e-9 * f543 * g.g533
        return terms
    }
}

/// Fitted functions of eccentricity, 0.5 to 1, of the half-day resonance.
private struct HalfDayEccentricity {
    let g201, g211, g310, g322, g410, g422, g520, g521, g532, g533: Double

    init(_ e: Double) {
        func cubic(_ a: Double, _ b: Double, _ c: Double, _ d: Double) -> Double {
            a + e * (b + e * (c + e * d))
        }
        g201 = -0.306 - (e - 0.64) * 0.440
        if e <= 0.65 {
            g211 = cubic(3.616, -13.2470, 16.2900, 0)
            g310 = cubic(-19.302, 117.3900, -228.4190, 156.5910)
            g322 = cubic(-18.9068, 109.7927, -214.6334, 146.5816)
            g410 = cubic(-41.122, 242.6940, -471.0940, 313.9530)
            g422 = cubic(-146.407, 841.8800, -1629.014, 1083.4350)
            g520 = cubic(-532.114, 3017.977, -5740.032, 3708.2760)
        } else {
            g211 = cubic(-72.099, 331.819, -508.738, 266.724)
            g310 = cubic(-346.844, 1582.851, -2415.925, 1246.113)
            g322 = cubic(-342.585, 1554.908, -2366.899, 1215.972)
            g410 = cubic(-1052.797, 4758.686, -7193.992, 3651.957)
            g422 = cubic(-3581.690, 16_178.110, -24_462.770, 12_422.520)
            g520 =
                e > 0.715
                ? cubic(-5149.66, 29_936.92, -54_087.36, 31_324.56)
                : cubic(1464.74, -4664.75, 3763.64, 0)
        }
        if e < 0.7 {
            g533 = cubic(-919.227_70, 4988.6100, -9064.7700, 5542.21)
            g521 = cubic(-822.710_72, 4568.6173, -8491.4146, 5337.524)
            g532 = cubic(-853.666_00, 4690.2500, -8624.7700, 5341.4)
        } else {
            g533 = cubic(-37_995.780, 161_616.52, -229_838.20, 109_377.94)
            g521 = cubic(-51_752.104, 218_913.95, -309_468.16, 146_349.42)
            g532 = cubic(-40_023.880, 170_470.89, -242_699.48, 115_605.82)
        }
    }
}
