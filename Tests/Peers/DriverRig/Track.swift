import Foundation
import PayloadHAL
import Quantities

/// Where a target is at one instant, and how fast its angles grow, rad/s.
struct Aim {
    var direction: SkyDirection
    var azimuthRate: Double, elevationRate: Double
}

/// Where a satellite is in the sky through one pass.
struct Track {
    /// Directions with their rates, evenly spaced in time.
    private(set) var points: [(seconds: Double, direction: SkyDirection)]

    var seconds: Double { points.last?.seconds ?? 0 }

    /// A circular orbit at 500 km over a sphere that does not turn, from 10 degrees to 10 degrees.
    ///
    /// - Parameter highest: Elevation at culmination, rad.
    init(circularPassUpTo highest: Double) {
        let (earth, radius) = (6_371e3, 6_871e3)
        let rate = (3.986004418e14 / (radius * radius * radius)).squareRoot()
        let nearest = acos(earth / radius * cos(highest)) - highest
        func direction(_ time: Double) -> SkyDirection {
            let up = radius * cos(nearest) * cos(rate * time) - earth
            let along = radius * sin(rate * time)
            let across = radius * sin(nearest) * cos(rate * time)
            return SkyDirection(
                azimuth: 0.7 + atan2(across, along), elevation: atan2(up, hypot(along, across)))
        }
        var end = 0.0
        while direction(end).elevation > 10 * .pi / 180 { end += 0.1 }
        points = stride(from: -end, through: end, by: 0.1).map { ($0 + end, direction($0)) }
    }

    /// Lines `seconds,azimuth,elevation` in degrees, times rising.
    init(file: String) throws {
        points = []
        for line in try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n") {
            let numbers = line.split(separator: ",").compactMap { Double($0) }
            guard numbers.count == 3 else { continue }
            points.append(
                (
                    numbers[0],
                    SkyDirection(
                        azimuth: numbers[1] * .pi / 180, elevation: numbers[2] * .pi / 180)
                ))
        }
        guard points.count >= 2 else { throw RigError.text("\(file) has no track") }
    }

    /// The aim `time` seconds after the start; rates are those of real time.
    func aim(at time: Double) -> Aim {
        let upper = points.firstIndex { $0.seconds > time } ?? points.count - 1
        let (a, b) = (points[max(upper - 1, 0)], points[max(upper, 1)])
        let span = b.seconds - a.seconds
        let turn = 2 * Double.pi
        var across = b.direction.azimuth - a.direction.azimuth
        across -= turn * (across / turn).rounded()
        let up = b.direction.elevation - a.direction.elevation
        let part = (time - a.seconds) / span
        return Aim(
            direction: SkyDirection(
                azimuth: a.direction.azimuth + part * across,
                elevation: a.direction.elevation + part * up),
            azimuthRate: across / span, elevationRate: up / span)
    }
}

/// Why the rig ends.
enum RigError: Error {
    case text(String)
}
