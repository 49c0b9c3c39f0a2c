import AravisCamera
import BoardFile
import CameraDrivers
import LinuxIO
import PayloadHAL
import Quantities

extension PointingInstruments {
    /// The camera behind the mirror, set to the board's window and exposure; pictures do not come
    /// yet. Of the pixels that it offers the finest are taken: 12 bits, then 16, 10 and 8.
    public func camera() throws(InstrumentProblem) -> (any CameraHandle)? {
        guard let pointing, let connection = pointing.camera.connection else { return nil }
        let key = "pointing.camera.connection"
        let exposure = Picoseconds(pointing.camera.exposure)
        let edge = Int(pointing.camera.pixels)
        switch connection {
        case .video(let path): return try video(path, edge, exposure, key, connection)
        case .aravis(let name):
            // The library hears nobody while it looks for a camera, which takes it some seconds.
            let opened = DeviceWait.apart {
                Result { () throws(InstrumentProblem) in
                    try aravis(name, edge, exposure, key, connection)
                }
            }
            guard let opened else {
                throw InstrumentProblem(
                    LinuxIOError.interrupted, doing: "opening", key: key, connection)
            }
            return try opened.get()
        default: throw unknown(key, connection)
        }
    }

    private func video(
        _ path: String, _ edge: Int, _ exposure: Picoseconds, _ key: String,
        _ connection: Connection
    ) throws(InstrumentProblem) -> any CameraHandle {
        typealias Driver = V4L2Camera<VideoFile>
        var last: InstrumentProblem?
        for pixels in [Driver.Pixels.y12, .y16, .y10, .grey] {
            var settings = Driver.Settings(width: edge, height: edge)
            settings.pixels = pixels
            settings.framesPerSecond = Self.frameRate
            // The kernel's exposures are whole steps of 100 us.
            settings.exposure = Picoseconds(max(exposure.count / 100_000_000, 1) * 100_000_000)
            let file: VideoFile
            do throws(LinuxIOError) {
                file = try VideoFile(path: path)
            } catch { throw InstrumentProblem(error, doing: "opening", key: key, connection) }
            do throws(Driver.Failure) {
                return OpenCamera(
                    try Driver(file, settings: settings), identity: "camera \(path)",
                    exposure: settings.exposure ?? exposure, key: key, connection)
            } catch {
                last = InstrumentProblem(error, doing: "setting it up", key: key, connection)
                guard error.fault == .refused else { break }
            }
        }
        throw last ?? unknown(key, connection)
    }

    private func aravis(
        _ name: String, _ edge: Int, _ exposure: Picoseconds, _ key: String,
        _ connection: Connection
    ) throws(InstrumentProblem) -> any CameraHandle {
        var last: InstrumentProblem?
        for bits in [12, 16, 10, 8] {
            var settings = AravisCamera.Settings()
            (settings.width, settings.height, settings.bits) = (edge, edge, bits)
            settings.framesPerSecond = Double(Self.frameRate)
            settings.exposure = exposure
            // Stamped at the exposure's start, sent once it is over.
            settings.latency = exposure
            do throws(AravisError) {
                let driver = try AravisCamera(named: name, settings: settings)
                let identity = driver.identity
                return OpenCamera(
                    driver, identity: identity, exposure: exposure, key: key, connection)
            } catch {
                last = Self.problem(error, key, connection)
                guard error.fault == .refused else { break }
            }
        }
        throw last ?? unknown(key, connection)
    }

    /// Why a camera did not open; where the library is missing nothing of the camera's helps.
    static func problem(
        _ error: AravisError, _ key: String, _ connection: Connection
    ) -> InstrumentProblem {
        guard case .missing(let problem) = error else {
            return InstrumentProblem(error, doing: "opening", key: key, connection)
        }
        return InstrumentProblem(
            key: key, connection: connection, fault: error.fault, problem: problem,
            remedy: AravisLibrary.remedy)
    }
}
