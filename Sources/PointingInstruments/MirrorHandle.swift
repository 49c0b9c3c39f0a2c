import BoardFile
public import PayloadHAL
public import Quantities

/// An open steering mirror, whatever its driver. One caller at a time; let it go to close it.
public protocol MirrorHandle: AnyObject, Sendable {
    /// What it says it is.
    var identity: String { get }
    /// What ``steer(to:)`` accepts.
    var stroke: MirrorStroke { get }
    /// Orders a tilt; returns once the order is on its way.
    func steer(to tilt: MirrorTilt) throws(InstrumentProblem)
    /// Where it says it is; `nil` if it cannot know.
    func position() throws(InstrumentProblem) -> MirrorTilt?
    /// Stops all motion now.
    func halt() throws(InstrumentProblem)
    /// Sends it to its centre.
    func centre() throws(InstrumentProblem)
}

/// A mirror's driver as a handle.
///
/// `@unchecked`: whoever holds it calls it from one thread at a time, as the drivers ask.
final class OpenMirror<Driver: SteeringMirror & ~Copyable>: MirrorHandle, @unchecked Sendable {
    static var key: String { "pointing.mirror.connection" }

    let identity: String
    private var driver: Driver
    private let connection: Connection

    init(_ driver: consuming Driver, identity: String, _ connection: Connection) {
        self.driver = driver
        self.identity = identity
        self.connection = connection
    }

    var stroke: MirrorStroke { driver.stroke }

    func steer(to tilt: MirrorTilt) throws(InstrumentProblem) {
        do throws(Driver.Failure) {
            try driver.steer(to: tilt)
        } catch { throw problem(error, "a move") }
    }

    func position() throws(InstrumentProblem) -> MirrorTilt? {
        do throws(Driver.Failure) {
            return try driver.position()
        } catch { throw problem(error, "asking where it is") }
    }

    func halt() throws(InstrumentProblem) {
        do throws(Driver.Failure) { try driver.halt() } catch { throw problem(error, "a stop") }
    }

    func centre() throws(InstrumentProblem) {
        do throws(Driver.Failure) {
            try driver.centre()
        } catch { throw problem(error, "going to the centre") }
    }

    private func problem(_ error: Driver.Failure, _ doing: String) -> InstrumentProblem {
        InstrumentProblem(error, doing: doing, key: Self.key, connection)
    }
}
