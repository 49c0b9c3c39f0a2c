public import LinuxIO
import Synchronization

/// Serves shells at a Unix socket and at a serial line, on one thread; long orders have their own.
///
/// No client can hold up another: no call waits for one of them, and who does not read is cut off
/// (a socket) or misses what it did not read (a serial line).
public final class ShellServer: Sendable {
    /// The socket, if there is one.
    private final class Door: Sendable {
        let listener: UnixListener
        init(_ listener: consuming UnixListener) { self.listener = listener }
    }

    /// Clients of the socket at once; one more is told so and sent away.
    public static let mostClients = 8
    /// How long nobody looks at the time, ms.
    private static let beatTime: Int32 = 200

    private let host: ShellHost
    private let door: Door?
    private let serial: (path: String, baud: UInt32)?
    private let wake: WakeUp
    private let isStopped = Atomic<Bool>(false)

    /// A server of the shells of `host`.
    ///
    /// - Parameters:
    ///   - listener: The socket, if there is one.
    ///   - serial: The device and the speed of a serial line, if there is one.
    public init(
        _ host: ShellHost, listener: consuming UnixListener?,
        serial: (path: String, baud: UInt32)? = nil
    ) throws(LinuxIOError) {
        self.host = host
        if let listener { door = Door(listener) } else { door = nil }
        self.serial = serial
        wake = try WakeUp()
    }

    /// Ends ``run(beat:)`` soon; any thread.
    public func stop() {
        isStopped.store(true, ordering: .releasing)
        wake.call()
    }

    /// Serves until it is stopped.
    ///
    /// - Parameter beat: Called at least five times a second.
    public func run(beat: () -> Void = {}) {
        let wake = wake
        var clients: [SocketShell] = []
        let serial = serial.map { SerialShell($0, host) { wake.call() } }
        // Ends when it is told to.
        while !isStopped.load(ordering: .acquiring) {
            beat()
            var entries = [PollEntry(wake.descriptor)]
            entries.append(PollEntry(door?.listener.descriptor ?? -1, wantsInput: door != nil))
            entries.append(serial?.pollEntry ?? PollEntry(-1, wantsInput: false))
            entries += clients.map(\.pollEntry)
            PollEntry.wait(&entries, milliseconds: Self.beatTime)
            wake.clear()
            serial?.serve(isReadable: entries[2].isReadable)
            for (client, entry) in zip(clients, entries.dropFirst(3)) {
                client.serve(isReadable: entry.isReadable)
            }
            clients.removeAll { $0.isGone }
            if entries[1].isReadable { admit(to: &clients) }
        }
        serial?.end()
        for client in clients { client.end() }
    }

    private func admit(to clients: inout [SocketShell]) {
        // As many as wait, but no more at once than may be served.
        for _ in 0..<Self.mostClients {
            guard let door, let stream = try? door.listener.accept() else { return }
            guard clients.count < Self.mostClients else {
                let text = Array(
                    "error: \(Self.mostClients) shells are open already; try again later\r\n".utf8)
                _ = try? stream.send(text.span.bytes)
                continue
            }
            let wake = wake
            clients.append(SocketShell(host, stream) { wake.call() })
        }
    }
}
