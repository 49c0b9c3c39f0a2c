import Quantities

/// How the Earth lies in space at the time of a pass: given, never guessed.
///
/// From IERS Bulletin A. All zero costs up to 40 m or 70 microradians of a low orbit's position,
/// far less than the error of an element set. Whole passes lie within one set of values: they
/// change by a millisecond and a few milliarcseconds a day.
public struct EarthOrientation: Equatable, Sendable, BitwiseCopyable {
    /// UT1 minus UTC, s, -0.9 to 0.9.
    public var ut1MinusUTC: Double
    /// Polar motion towards the Greenwich meridian, rad.
    public var xp: Double
    /// Polar motion towards 90 degrees west, rad.
    public var yp: Double

    /// UT1 = UTC, pole at rest.
    public static let zero = EarthOrientation(ut1MinusUTC: 0, xp: 0, yp: 0)

    /// An orientation with every field given.
    public init(ut1MinusUTC: Double, xp: Double, yp: Double) {
        self.ut1MinusUTC = ut1MinusUTC
        self.xp = xp
        self.yp = yp
    }

    /// One second of arc, rad: the IERS gives the pole in these.
    public static let arcsecond = Double.pi / 648_000

    /// Sidereal time at `utc`, rad.
    public func siderealTime(at utc: UTCInstant) -> Double {
        SiderealTime.greenwich(ut1: utc.adding(ut1MinusUTC))
    }

    /// Turns a state from TEME into the Earth-fixed frame, ITRF; the velocity becomes that
    /// relative to the turning ground.
    ///
    /// TEME to pseudo Earth-fixed by sidereal time, then polar motion to first order, which is
    /// exact to 0.01 mm (Vallado et al., AIAA 2006-6753, appendix C).
    public func earthFixed(_ state: OrbitState, at utc: UTCInstant) -> OrbitState {
        let angle = siderealTime(at: utc)
        let position = state.position.inAxesTurned(by: angle)
        let velocity =
            state.velocity.inAxesTurned(by: angle) - position.carriedByEarth
        return OrbitState(position: polar(position), velocity: polar(velocity))
    }

    /// Turns a direction or position from TEME, or from the true frame of date, into ITRF.
    public func earthFixed(_ position: Vector, at utc: UTCInstant) -> Vector {
        polar(position.inAxesTurned(by: siderealTime(at: utc)))
    }

    private func polar(_ v: Vector) -> Vector {
        Vector(x: v.x + xp * v.z, y: v.y - yp * v.z, z: v.z - xp * v.x + yp * v.y)
    }
}

extension Vector {
    /// Velocity of an Earth-fixed position, m, through its turning with the Earth, m/s.
    @inlinable public var carriedByEarth: Vector {
        Vector(
            x: -NaturalConstants.earthRotation * y, y: NaturalConstants.earthRotation * x, z: 0)
    }

    /// An Earth-fixed position of `span` seconds ago in the Earth-fixed axes of now, with the
    /// point at rest among the stars; negative spans for the time ahead.
    func seenAfter(_ span: Double) -> Vector {
        inAxesTurned(by: NaturalConstants.earthRotation * span)
    }
}
