import BoardFile
public import PayloadHAL
public import Quantities

/// An open mount, whatever its driver. One caller at a time; let it go to close it.
public protocol MountHandle: AnyObject, Sendable {
    /// What it says it is.
    var identity: String { get }
    /// What it can do.
    var limits: MountReach { get }
    /// Where it says it points.
    func direction() throws(InstrumentProblem) -> SkyDirection
    /// Goes to `direction`; returns once the order is accepted.
    func slew(to direction: SkyDirection) throws(InstrumentProblem)
    /// Stops both axes now.
    func halt() throws(InstrumentProblem)
}

/// A mount's driver as a handle.
///
/// `@unchecked`: whoever holds it calls it from one thread at a time, as the drivers ask.
final class OpenMount<Driver: Mount & ~Copyable>: MountHandle, @unchecked Sendable {
    static var key: String { "pointing.mount.connection" }

    let identity: String
    private var driver: Driver
    private let connection: Connection

    init(_ driver: consuming Driver, identity: String, _ connection: Connection) {
        self.driver = driver
        self.identity = identity
        self.connection = connection
    }

    var limits: MountReach { driver.limits }

    func direction() throws(InstrumentProblem) -> SkyDirection {
        do throws(Driver.Failure) {
            return try driver.direction()
        } catch { throw problem(error, "asking where it points") }
    }

    func slew(to direction: SkyDirection) throws(InstrumentProblem) {
        do throws(Driver.Failure) {
            try driver.slew(to: direction)
        } catch { throw problem(error, "a slew") }
    }

    func halt() throws(InstrumentProblem) {
        do throws(Driver.Failure) { try driver.halt() } catch { throw problem(error, "a stop") }
    }

    private func problem(_ error: Driver.Failure, _ doing: String) -> InstrumentProblem {
        InstrumentProblem(error, doing: doing, key: Self.key, connection)
    }
}
