import BoardFile
public import PayloadHAL
public import Quantities

/// An open camera, whatever its driver, with memory for one picture. One caller at a time; let it
/// go to close it.
public protocol CameraHandle: AnyObject, Sendable {
    /// What it says it is.
    var identity: String { get }
    /// What every picture looks like.
    var format: FrameFormat { get }
    /// Exposure of a picture.
    var exposure: Picoseconds { get }
    /// The latest picture, row by row; all 0 before the first. Holds until the next one.
    var pixels: UnsafeBufferPointer<UInt16> { get }
    /// The host clock of pictures' times.
    var now: Picoseconds { get }
    /// Sets the exposure of the pictures after those under way.
    func setExposure(_ exposure: Picoseconds) throws(InstrumentProblem)
    /// Lets pictures come. No effect if they come already.
    func start() throws(InstrumentProblem)
    /// Waits at most `patience` for the next whole picture.
    func picture(within patience: Picoseconds) throws(InstrumentProblem) -> FrameHeader
    /// Lets no more pictures come.
    func stop() throws(InstrumentProblem)
}

/// A camera's driver as a handle.
///
/// `@unchecked`: whoever holds it calls it from one thread at a time, as the drivers ask.
final class OpenCamera<Driver: BeaconCamera & ~Copyable>: CameraHandle, @unchecked Sendable {
    let identity: String
    private(set) var exposure: Picoseconds
    private var driver: Driver
    private let key: String
    private let connection: Connection
    private let memory: UnsafeMutableBufferPointer<UInt16>

    init(
        _ driver: consuming Driver, identity: String, exposure: Picoseconds, key: String,
        _ connection: Connection
    ) {
        memory = .allocate(capacity: driver.format.pixelCount)
        memory.initialize(repeating: 0)
        self.driver = driver
        self.identity = identity
        self.exposure = exposure
        self.key = key
        self.connection = connection
    }

    deinit { memory.deallocate() }

    var format: FrameFormat { driver.format }
    var now: Picoseconds { driver.now }
    var pixels: UnsafeBufferPointer<UInt16> { UnsafeBufferPointer(memory) }

    func setExposure(_ exposure: Picoseconds) throws(InstrumentProblem) {
        do throws(Driver.Failure) {
            try driver.setExposure(exposure)
        } catch { throw problem(error, "setting the exposure") }
        self.exposure = exposure
    }

    func start() throws(InstrumentProblem) {
        do throws(Driver.Failure) {
            try driver.start()
        } catch { throw problem(error, "starting") }
    }

    func picture(within patience: Picoseconds) throws(InstrumentProblem) -> FrameHeader {
        do throws(Driver.Failure) {
            return try driver.frame(into: memory, by: driver.now.later(by: patience))
        } catch { throw problem(error, "waiting for a picture") }
    }

    func stop() throws(InstrumentProblem) {
        do throws(Driver.Failure) { try driver.stop() } catch { throw problem(error, "stopping") }
    }

    private func problem(_ error: Driver.Failure, _ doing: String) -> InstrumentProblem {
        InstrumentProblem(error, doing: doing, key: key, connection)
    }
}
