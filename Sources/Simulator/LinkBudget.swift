public import Orbit
import Quantities

/// Loss of the quantum light against geometry, without fluctuations and without the detectors.
///
/// Range law: diffraction spreads the power with the square of the range. Extinction: one air
/// mass takes a fixed share, and the air mass is 1/sin(elevation) (flat atmosphere; 5 % too much
/// at 10 degrees).
public struct LinkBudget: Equatable, Sendable {
    private let optics: WorldParameters.Optics
    private let closestRange: Double
    private let closestAirMass: Double

    /// The budget of `parameters`, fixed to its loss at the closest approach of `orbit`.
    public init(_ parameters: WorldParameters, orbit: PassOrbit) {
        optics = parameters.optics
        let closest = orbit.look(at: orbit.culminationTime)
        closestRange = closest.range
        closestAirMass = Self.airMass(at: closest.elevation)
    }

    /// Loss in the direction and at the distance of `look`, dB.
    public func loss(at look: LookAngles) -> Double {
        guard optics.lossTable.isEmpty else { return tableLoss(at: look.range) }
        let spreading = 20 * Elementary.log(look.range / closestRange) / Elementary.log(10)
        let air = optics.extinctionDecibels * (Self.airMass(at: look.elevation) - closestAirMass)
        return optics.lossDecibels + spreading + air
    }

    /// Share of the power that arrives for a loss of `decibels`.
    public static func transmittance(of decibels: Double) -> Double {
        Elementary.exp(-decibels * 0.1 * Elementary.log(10))
    }

    private static func airMass(at elevation: Double) -> Double {
        1 / max(Elementary.sin(elevation), 0.02)
    }

    /// Straight lines between the rows of the table, in dB over range; flat beyond its ends.
    private func tableLoss(at range: Double) -> Double {
        let rows = optics.lossTable
        guard let upper = rows.firstIndex(where: { $0.rangeMetres >= range }) else {
            return rows[rows.count - 1].lossDecibels
        }
        guard upper > 0 else { return rows[0].lossDecibels }
        let low = rows[upper - 1]
        let high = rows[upper]
        let share = (range - low.rangeMetres) / (high.rangeMetres - low.rangeMetres)
        return low.lossDecibels + share * (high.lossDecibels - low.lossDecibels)
    }
}

extension WorldParameters {
    /// The path that the satellite really takes.
    public var trueOrbit: PassOrbit { orbit(alongTrackError: 0) }

    /// The path that the station is given, with its error along the track.
    public var predictedOrbit: PassOrbit {
        if let predicted = geometry.predicted { return .sampled(predicted) }
        return orbit(alongTrackError: geometry.alongTrackErrorSeconds)
    }

    private func orbit(alongTrackError: Double) -> PassOrbit {
        if var sampled = geometry.sampled {
            sampled.correction.timeBias += alongTrackError
            return .sampled(sampled)
        }
        if let table = geometry.rangeTable {
            return .straight(
                StraightPass(
                    firstRange: table.firstMetres, closestRange: table.closestMetres,
                    lastRange: table.lastMetres, duration: table.durationSeconds,
                    altitude: geometry.altitudeMetres, alongTrackError: alongTrackError))
        }
        let degree = Double.pi / 180
        return .circular(
            CircularPass(
                CircularPass.Elements(
                    altitude: geometry.altitudeMetres,
                    culmination: geometry.culminationDegrees * degree,
                    lowestElevation: geometry.lowestElevationDegrees * degree,
                    inclination: geometry.inclinationDegrees * degree,
                    latitude: geometry.latitudeDegrees * degree,
                    earthRotation: geometry.earthTurns ? NaturalConstants.earthRotation : 0),
                alongTrackError: alongTrackError))
    }
}
