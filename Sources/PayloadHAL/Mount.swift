public import Quantities

/// Where a mount shall point at one instant, and how fast the target then moves.
public struct MountSetPoint: Equatable, Sendable, BitwiseCopyable {
    /// The direction at that instant.
    public var direction: SkyDirection
    /// Growth of the azimuth, rad/s.
    public var azimuthRate: Double
    /// Growth of the elevation, rad/s.
    public var elevationRate: Double

    /// A set-point; a target at rest if no rates are given.
    @inlinable public init(
        direction: SkyDirection, azimuthRate: Double = 0, elevationRate: Double = 0
    ) {
        self.direction = direction
        self.azimuthRate = azimuthRate
        self.elevationRate = elevationRate
    }

    /// Whether all four numbers are finite.
    @inlinable public var isFinite: Bool {
        direction.azimuth.isFinite && direction.elevation.isFinite && azimuthRate.isFinite
            && elevationRate.isFinite
    }
}

/// What a mount can do.
public struct MountLimits: Equatable, Sendable {
    /// Azimuths that it reaches without unwinding its cables, rad.
    public var azimuth: ClosedRange<Double>
    /// Elevations that it reaches, rad.
    public var elevation: ClosedRange<Double>
    /// Highest rates that it accepts, rad/s; `nil` where it does not say.
    public var azimuthRate: Double?, elevationRate: Double?

    /// Limits with everything given.
    public init(
        azimuth: ClosedRange<Double>, elevation: ClosedRange<Double>, azimuthRate: Double?,
        elevationRate: Double?
    ) {
        self.azimuth = azimuth
        self.elevation = elevation
        self.azimuthRate = azimuthRate
        self.elevationRate = elevationRate
    }

    /// Whether `direction` can be reached; not if an angle is not a number.
    public func contains(_ direction: SkyDirection) -> Bool {
        azimuth.contains(direction.azimuth) && elevation.contains(direction.elevation)
    }
}

/// Exclusive control of a mount with an azimuth and an elevation axis.
///
/// **For users.** Call ``follow(_:)`` at 5 to 20 Hz with the set-point for the present instant;
/// each driver does with it what its mount understands: a go-to with lead, or rates. A mount that
/// hears nothing more may go on at its last rate: ``halt()`` ends every pass. When the value goes
/// away the mount is stopped.
///
/// **For implementers.** Azimuths keep their turn, as far as the mount tells it. Pass
/// `mountFaults` of `PayloadDoubles`.
public protocol Mount: ~Copyable {
    associatedtype Failure: InstrumentError

    /// What the mount can do.
    var limits: MountLimits { get }

    /// Where the mount says it points.
    mutating func direction() throws(Failure) -> SkyDirection

    /// Goes to `direction` and stays; returns once the order is accepted.
    mutating func slew(to direction: SkyDirection) throws(Failure)

    /// Keeps on a moving target, whose set-point for now is given.
    mutating func follow(_ setPoint: MountSetPoint) throws(Failure)

    /// Stops both axes now. Allowed in any state, any number of times.
    mutating func halt() throws(Failure)

    /// Goes to the rest position; returns once the order is accepted.
    mutating func park() throws(Failure)
}
