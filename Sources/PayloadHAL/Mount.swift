public import Quantities

/// What a mount can do.
public struct MountReach: Equatable, Sendable {
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
/// **For users.** Call ``follow(_:azimuthRate:elevationRate:)`` at 5 to 20 Hz with the set-point for the present instant;
/// each driver does with it what its mount understands: a go-to with lead, or rates. A mount that
/// hears nothing more may go on at its last rate: ``halt()`` ends every pass. When the value goes
/// away the mount is stopped.
///
/// **For implementers.** Azimuths keep their turn, as far as the mount tells it. Pass
/// `mountFaults` of `PayloadDoubles`.
public protocol Mount: ~Copyable {
    associatedtype Failure: InstrumentError

    /// What the mount can do.
    var limits: MountReach { get }

    /// Where the mount says it points.
    mutating func direction() throws(Failure) -> SkyDirection

    /// Goes to `direction` and stays; returns once the order is accepted.
    mutating func slew(to direction: SkyDirection) throws(Failure)

    /// Keeps on a moving target.
    ///
    /// - Parameters:
    ///   - direction: Where it is now.
    ///   - azimuthRate: Growth of its azimuth, rad/s.
    ///   - elevationRate: Growth of its elevation, rad/s.
    mutating func follow(
        _ direction: SkyDirection, azimuthRate: Double, elevationRate: Double
    ) throws(Failure)

    /// Stops both axes now. Allowed in any state, any number of times.
    mutating func halt() throws(Failure)

    /// Goes to the rest position; returns once the order is accepted.
    mutating func park() throws(Failure)
}
