public import Quantities

/// One term of the pointing model.
public enum MountTerm: UInt8, Sendable {
    /// Zero of the azimuth encoder.
    case azimuthIndex
    /// Zero of the elevation encoder.
    case elevationIndex
    /// Tilt of the azimuth axis towards the north.
    case tiltNorth
    /// Tilt of the azimuth axis towards the west.
    case tiltWest
    /// Collimation: the telescope is not perpendicular to the elevation axis.
    case collimation
    /// The elevation axis is not perpendicular to the azimuth axis.
    case axes
    /// Flexure of the tube.
    case flexure

    /// How many terms there are.
    public static let count = 7
}

/// How a mount's encoder readings differ from where its telescope looks: the seven terms of TPOINT.
///
/// To first order, with A and E the reading (azimuth from north through east), the telescope looks
/// at A + dA, E + dE (Wallace's terms and signs, as in the TPOINT manual's alt-azimuth set):
///
///     dA = -IA - CA sec E - NPAE tan E - AN sin A tan E - AW cos A tan E
///     dE = +IE - AN cos A + AW sin A - TF cos E
///
/// ``direction(of:)`` and ``reading(for:)`` are not cut off at first order: index and flexure are
/// added, then collimation and axes, then the tilt are turned as rotations (Wallace, "A rigorous
/// algorithm for telescope pointing", Proc. SPIE 4848, 2002). The two agree to second order in the
/// terms.
public struct MountModel: Equatable, Sendable, BitwiseCopyable {
    /// IA, rad: the azimuth reading is this much too great.
    public var ia: Double
    /// IE, rad: the elevation reading is this much too small.
    public var ie: Double
    /// AN, rad: the azimuth axis leans this far to the north of the zenith.
    public var an: Double
    /// AW, rad: the azimuth axis leans this far to the west of the zenith.
    public var aw: Double
    /// CA, rad: the telescope looks this far to the left of the perpendicular to its axis.
    public var ca: Double
    /// NPAE, rad: the right end of the elevation axis is this much too high.
    public var npae: Double
    /// TF, rad: how far the tube hangs down at the horizon.
    public var tf: Double

    /// A perfect mount.
    public static let perfect = MountModel()

    /// A model with every term given, rad; within +-0.1 to mean anything.
    public init(
        ia: Double = 0, ie: Double = 0, an: Double = 0, aw: Double = 0, ca: Double = 0,
        npae: Double = 0, tf: Double = 0
    ) {
        self.ia = ia
        self.ie = ie
        self.an = an
        self.aw = aw
        self.ca = ca
        self.npae = npae
        self.tf = tf
    }

    /// One term by name, rad.
    public subscript(term: MountTerm) -> Double {
        get {
            switch term {
            case .azimuthIndex: ia
            case .elevationIndex: ie
            case .tiltNorth: an
            case .tiltWest: aw
            case .collimation: ca
            case .axes: npae
            case .flexure: tf
            }
        }
        set {
            switch term {
            case .azimuthIndex: ia = newValue
            case .elevationIndex: ie = newValue
            case .tiltNorth: an = newValue
            case .tiltWest: aw = newValue
            case .collimation: ca = newValue
            case .axes: npae = newValue
            case .flexure: tf = newValue
            }
        }
    }

    /// Where the telescope looks when the encoders read `reading`.
    ///
    /// The azimuth keeps the turn of the reading's.
    public func direction(of reading: SkyDirection) -> SkyDirection {
        let azimuth = reading.azimuth - ia
        let height = reading.elevation + ie
        let elevation = height - tf * Elementary.cos(height)
        let seen = SkyVector(mountDirection(azimuth: azimuth, elevation: elevation))
        let sky = seen.turned(about: tiltAxis).direction
        return SkyDirection(
            azimuth: SkyAngle.unwrapped(sky.azimuth, near: reading.azimuth),
            elevation: sky.elevation)
    }

    /// What the encoders read when the telescope looks at `direction`.
    ///
    /// The inverse of ``direction(of:)`` to 1e-12 rad, but for a cone of |CA| + |NPAE| about the
    /// top of the azimuth axis, which no reading reaches: there the elevation is the nearest.
    /// The azimuth keeps the turn of the direction's.
    public func reading(for direction: SkyDirection) -> SkyDirection {
        let back = SkyVector(direction).turned(about: -1 * tiltAxis)
        let level = back.direction
        let sine =
            (Elementary.sin(level.elevation) + Elementary.sin(ca) * Elementary.sin(npae))
            / (Elementary.cos(ca) * Elementary.cos(npae))
        let bounded = min(max(sine, -1), 1)
        let elevation = Elementary.atan2(bounded, (1 - bounded * bounded).squareRoot())
        let shift = mountDirection(azimuth: 0, elevation: elevation).azimuth
        // The flexure depends on what is sought: each round gains a factor of TF.
        var height = elevation
        for _ in 0..<6 { height = elevation + tf * Elementary.cos(height) }
        return SkyDirection(
            azimuth: SkyAngle.unwrapped(level.azimuth - shift + ia, near: direction.azimuth),
            elevation: height - ie)
    }

    /// The axis by which the tilt turns the mount, of the tilt's length.
    private var tiltAxis: SkyVector { SkyVector(east: -an, north: -aw, up: 0) }

    /// Where the telescope looks in the frame of the azimuth axis.
    private func mountDirection(azimuth: Double, elevation: Double) -> SkyDirection {
        let height = Elementary.cos(ca) * Elementary.sin(elevation)
        let right = -Elementary.sin(ca)
        let ahead = Elementary.cos(ca) * Elementary.cos(elevation)
        let across = right * Elementary.cos(npae) - height * Elementary.sin(npae)
        let up = height * Elementary.cos(npae) + right * Elementary.sin(npae)
        let level = (ahead * ahead + across * across).squareRoot()
        return SkyDirection(
            azimuth: azimuth + Elementary.atan2(across, ahead),
            elevation: Elementary.atan2(up, level))
    }
}
