import BoardFile
import Control
import Daemon
import LinuxIO
import Logging
import Shell
import Synchronization

/// Serves shells at the socket and at the board's serial line, as long as the daemon lives.
final class ShellService: DaemonService {
    let name = "shell"
    private let station: ShellStation
    private let path: String
    private let group: String
    private let server = Mutex<ShellServer?>(nil)

    /// Shells on `station`, at the socket `path`, for the members of `group`.
    init(_ station: ShellStation, at path: String, group: String) {
        self.station = station
        self.path = path
        self.group = group
    }

    func open(orders: [ControlCommand]) throws {
        let listener = try UnixListener(at: path)
        do throws(LinuxIOError) {
            try listener.admit(group: group)
        } catch {
            // The control socket has said so already.
            station.log.debug("only the owner may open the shell", metadata: ["shell": "\(path)"])
        }
        var serial: (path: String, baud: UInt32)?
        if case .serial(let path, let baud)? = station.workspace.inUse.shell.serial {
            serial = (path, baud)
        }
        let made = try ShellServer(station.host(orders: orders), listener: listener, serial: serial)
        server.withLock { $0 = made }
    }

    func run(beat: () -> Void) { server.withLock { $0 }?.run(beat: beat) }

    func stop() { server.withLock { $0 }?.stop() }
}
