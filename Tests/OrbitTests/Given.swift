import Orbit
import Testing

let degree = Double.pi / 180

/// Elements of a sun-synchronous orbit at 500 km.
func lowOrbit(drag: Double = 1e-4) -> MeanElements {
    MeanElements(
        epoch: UTCInstant(day: 61_119, seconds: 21_600),
        meanMotion: 15.2 * MeanElements.radiansPerMinute, eccentricity: 0.0012,
        inclination: 97.4 * degree, node: 150 * degree, perigee: 90 * degree,
        meanAnomaly: 10 * degree, drag: drag)
}

/// Jinan.
func jinan() throws -> Site {
    try Site(latitude: 36.67 * degree, longitude: 117.13 * degree, height: 80)
}

/// Earth orientation of a day, roughly.
let someOrientation = EarthOrientation(
    ut1MinusUTC: 0.07, xp: 0.12 * EarthOrientation.arcsecond, yp: 0.43 * EarthOrientation.arcsecond)

func lowTrajectory() throws -> Trajectory {
    Trajectory(.elements(try SGP4(lowOrbit())), orientation: someOrientation)
}

/// The passes of two days from the epoch's day.
func passes(
    _ trajectory: Trajectory, days: Double = 2, limits: PassSearch.Limits = PassSearch.Limits()
) throws -> [PredictedPass] {
    let start = UTCInstant(day: 61_119, seconds: 0)
    var search = PassSearch(
        trajectory, site: try jinan(), from: start, to: start.adding(days * 86_400),
        limits: limits)
    var found: [PredictedPass] = []
    while let pass = try search.next() { found.append(pass) }
    return found
}

/// The pass of two days that culminates highest, sampled.
func highPass() throws -> SampledPass {
    let trajectory = try lowTrajectory()
    let best = try #require(
        try passes(trajectory).max {
            $0.culmination.sight.look.elevation < $1.culmination.sight.look.elevation
        })
    return try SampledPass(
        trajectory, site: try jinan(), start: best.rise.time, duration: best.duration)
}
