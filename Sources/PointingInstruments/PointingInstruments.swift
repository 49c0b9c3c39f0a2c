public import BoardFile
import LinuxIO
import MirrorDrivers
import MountDrivers
import PayloadHAL
import Quantities

/// Opens what aims the telescope as the board says: the one place that knows which driver speaks to
/// which connection.
///
/// **For users.** Each call opens one instrument, which takes up to some seconds, and throws an
/// ``InstrumentProblem`` that names the key. `nil` means that the board names no connection: the
/// instrument is simulated, or somebody else's.
public struct PointingInstruments: Sendable {
    /// Frames of the camera behind the mirror in a second.
    public static let frameRate = 1_000

    let pointing: Board.Pointing?

    /// The instruments of `board`; nothing is opened yet.
    public init(_ board: Board) { pointing = board.pointing }

    /// How long a connection may take to be made.
    private static var patience: Picoseconds { .milliseconds(2_000) }

    // MARK: Mirror

    /// The steering mirror, at its centre.
    public func mirror() throws(InstrumentProblem) -> (any MirrorHandle)? {
        guard let pointing, let connection = pointing.mirror.connection else { return nil }
        let isOptotune = pointing.mirror.language == "optotune"
        switch connection {
        case .tcp(let host, let port):
            let line = try tcp(host, port, "pointing.mirror.connection", connection)
            return isOptotune ? try optotune(line, connection) : try gcs(line, connection)
        case .serial(let path, let baud):
            let line = try serial(path, baud, connection)
            return isOptotune ? try optotune(line, connection) : try gcs(line, connection)
        case .iio(let name, _): return try converter(name, pointing, connection)
        default: throw unknown("pointing.mirror.connection", connection)
        }
    }

    private func gcs<Line: ByteConnection & ~Copyable>(
        _ line: consuming Line, _ connection: Connection
    ) throws(InstrumentProblem) -> any MirrorHandle {
        do throws(GCSError<Line.Failure>) {
            let driver = try GCSMirror(line)
            let identity = driver.identity
            return OpenMirror(driver, identity: identity, connection)
        } catch {
            throw InstrumentProblem(
                error, doing: "opening", key: "pointing.mirror.connection", connection)
        }
    }

    private func optotune<Line: ByteConnection & ~Copyable>(
        _ line: consuming Line, _ connection: Connection
    ) throws(InstrumentProblem) -> any MirrorHandle {
        do throws(OptotuneMirror<Line>.Failure) {
            return OpenMirror(try OptotuneMirror(line), identity: "Optotune MR-E-2", connection)
        } catch {
            throw InstrumentProblem(
                error, doing: "opening", key: "pointing.mirror.connection", connection)
        }
    }

    /// A mirror at two outputs of a converter: 10 V are its whole stroke, as the board has it.
    private func converter(
        _ name: String, _ pointing: Board.Pointing, _ connection: Connection
    ) throws(InstrumentProblem) -> any MirrorHandle {
        let wiring = IIOMirror<SysfsTree>.Wiring(
            voltsPerRadian: 10 / (pointing.mirror.stroke * 1e-6))
        let tree: SysfsTree
        do throws(LinuxIOError) {
            tree = try SysfsTree(named: name, kind: .converter)
        } catch {
            throw InstrumentProblem(
                error, doing: "opening", key: "pointing.mirror.connection", connection)
        }
        do throws(IIOMirror<SysfsTree>.Failure) {
            return OpenMirror(
                try IIOMirror(tree, wiring: wiring), identity: "converter \(name)", connection)
        } catch {
            throw InstrumentProblem(
                error, doing: "opening", key: "pointing.mirror.connection", connection)
        }
    }

    // MARK: Mount

    /// The mount, as it stands.
    public func mount() throws(InstrumentProblem) -> (any MountHandle)? {
        guard let pointing, let connection = pointing.mount.connection else { return nil }
        let key = "pointing.mount.connection"
        switch connection {
        case .rotctld(let host, let port):
            let line = try tcp(host, port, key, connection)
            do throws(RotctldMount<TCPConnection>.Failure) {
                return OpenMount(
                    try RotctldMount(line), identity: "rotator behind rotctld", connection)
            } catch { throw InstrumentProblem(error, doing: "opening", key: key, connection) }
        case .alpaca(let host, let port):
            let line = try tcp(host, port, key, connection)
            var settings = AlpacaMount<TCPConnection>.Settings()
            let degree = Double.pi / 180
            settings.azimuth =
                pointing.mount.azimuthLowest * degree...pointing.mount.azimuthHighest * degree
            do throws(AlpacaMount<TCPConnection>.Failure) {
                let driver = try AlpacaMount(line, host: host, settings: settings)
                let identity = driver.name
                return OpenMount(driver, identity: identity, connection)
            } catch { throw InstrumentProblem(error, doing: "opening", key: key, connection) }
        default: throw unknown(key, connection)
        }
    }

    // MARK: Lines

    private func tcp(
        _ host: String, _ port: UInt16, _ key: String, _ connection: Connection
    ) throws(InstrumentProblem) -> TCPConnection {
        do throws(LinuxIOError) {
            return try TCPConnection(
                to: NetworkAddress(host: host, port: port),
                by: HostClock.now.later(by: Self.patience))
        } catch { throw InstrumentProblem(error, doing: "connecting", key: key, connection) }
    }

    private func serial(
        _ path: String, _ baud: UInt32, _ connection: Connection
    ) throws(InstrumentProblem) -> SerialConnection {
        do throws(LinuxIOError) {
            return try SerialConnection(path: path, baud: baud)
        } catch {
            throw InstrumentProblem(
                error, doing: "opening", key: "pointing.mirror.connection", connection)
        }
    }

    func unknown(_ key: String, _ connection: Connection) -> InstrumentProblem {
        InstrumentProblem(
            key: key, connection: connection, fault: .unreachable,
            problem: "no driver speaks over \(connection.kind.rawValue)",
            remedy: "see the kinds that docs/board-schema.md lists for \(key)")
    }
}
