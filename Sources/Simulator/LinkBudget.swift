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
        let air = optics.extinction_dB * (Self.airMass(at: look.elevation) - closestAirMass)
        return optics.loss_dB + spreading + air
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
        guard let upper = rows.firstIndex(where: { $0.range_m >= range }) else {
            return rows[rows.count - 1].loss_dB
        }
        guard upper > 0 else { return rows[0].loss_dB }
        let low = rows[upper - 1]
        let high = rows[upper]
        let share = (range - low.range_m) / (high.range_m - low.range_m)
        return low.loss_dB + share * (high.loss_dB - low.loss_dB)
    }
}

extension WorldParameters {
    /// The path that the satellite really takes.
    public var trueOrbit: PassOrbit { orbit(alongTrackError: 0) }

    /// The path that the station is given, with its error along the track.
    public var predictedOrbit: PassOrbit {
        orbit(alongTrackError: geometry.alongTrackError_s)
    }

    private func orbit(alongTrackError: Double) -> PassOrbit {
        if let table = geometry.rangeTable {
            return .straight(
                StraightPass(
                    firstRange: table.first_m, closestRange: table.closest_m,
                    lastRange: table.last_m, duration: table.duration_s,
                    altitude: geometry.altitude_m, alongTrackError: alongTrackError))
        }
        let degree = Double.pi / 180
        return .circular(
            CircularPass(
                CircularPass.Elements(
                    altitude: geometry.altitude_m,
                    culmination: geometry.culmination_deg * degree,
                    lowestElevation: geometry.lowestElevation_deg * degree,
                    inclination: geometry.inclination_deg * degree,
                    latitude: geometry.latitude_deg * degree,
                    earthRotation: geometry.earthTurns ? NaturalConstants.earthRotation : 0),
                alongTrackError: alongTrackError))
    }
}
