public import Quantities

/// Why a satellite's place at an instant is not known.
public enum OrbitFault: Error, Equatable, Sendable, BitwiseCopyable {
    /// The model of its elements says so.
    case model(SGP4Fault)
    /// The table of its positions says so.
    case table(EphemerisFault)
}

/// A satellite's way around the turning Earth, whichever way it is described.
///
/// A value; asking it is `mutating` only because it remembers how far a resonance is integrated.
public struct Trajectory: Equatable, Sendable, BitwiseCopyable {
    /// What is known of the satellite.
    public enum Source: Equatable, Sendable, BitwiseCopyable {
        /// Mean elements and their model.
        case elements(SGP4)
        /// A table of positions.
        case ephemeris(EphemerisTable)
    }

    /// What is known of the satellite.
    public private(set) var source: Source
    /// How the Earth lies; used where the source is not Earth-fixed.
    public var orientation: EarthOrientation
    /// What is known to be wrong about the source.
    public var correction: OrbitCorrection
    private var progress = Resonance.Progress()

    /// A trajectory after `source`.
    public init(
        _ source: Source, orientation: EarthOrientation, correction: OrbitCorrection = .none
    ) {
        self.source = source
        self.orientation = orientation
        self.correction = correction
    }

    /// Earth-fixed state (ITRF; velocity relative to the ground) at `instant`, corrected.
    public mutating func state(at instant: UTCInstant) throws(OrbitFault) -> OrbitState {
        guard correction.timeBias != 0 || correction.crossTrack != 0 else {
            return try uncorrected(at: instant)
        }
        return correction.applied(
            to: try uncorrected(at: instant.adding(correction.timeBias)))
    }

    private mutating func uncorrected(at instant: UTCInstant) throws(OrbitFault) -> OrbitState {
        switch source {
        case .elements(let model):
            do throws(SGP4Fault) {
                let state = try model.state(at: instant, progress: &progress)
                return orientation.earthFixed(state, at: instant)
            } catch {
                throw .model(error)
            }
        case .ephemeris(let table):
            do throws(EphemerisFault) {
                let state = try table.state(at: instant)
                return table.frame == .teme
                    ? orientation.earthFixed(state, at: instant) : state
            } catch {
                throw .table(error)
            }
        }
    }

    /// Where the satellite stands for `site` in the light that arrives at `instant`.
    ///
    /// Geometry in vacuum: no refraction, no aberration (``Refraction``,
    /// ``SampledPass/pointAhead(at:)``).
    public mutating func sight(
        from site: Site, receivedAt instant: UTCInstant
    ) throws(OrbitFault) -> Sight {
        var span = 0.0
        // The error shrinks by range rate over the speed of light each round: below 1e-12 s.
        var round = 0
        while round < 3 {
            let state = try self.state(at: instant.adding(-span))
            let line = state.position.seenAfter(span) - site.position
            span = line.length / NaturalConstants.lightSpeed
            round += 1
        }
        let state = try self.state(at: instant.adding(-span))
        return Sight(emitted: state, lightTime: span, site: site)
    }

    /// From where the satellite is seen at `instant` to where an uplink beacon must be aimed then.
    ///
    /// Twice the velocity across the line of sight, relative to the station, over the speed of
    /// light: at most 51 microradians for a low orbit.
    public mutating func pointAhead(
        from site: Site, at instant: UTCInstant
    ) throws(OrbitFault) -> FieldAngle {
        var back = 0.0
        var ahead = 0.0
        var seen = Vector.zero
        var met = Vector.zero
        var round = 0
        while round < 4 {
            let sent = try state(at: instant.adding(-back)).position
            let meeting = try state(at: instant.adding(ahead)).position
            seen = sent.seenAfter(back) - site.position
            met = meeting.seenAfter(-ahead) - site.position
            back = seen.length / NaturalConstants.lightSpeed
            ahead = met.length / NaturalConstants.lightSpeed
            round += 1
        }
        return site.pointAhead(seen: seen, met: met)
    }
}
