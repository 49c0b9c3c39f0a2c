public import LinuxIO
import Synchronization

/// Serves a table of orders at a Unix socket: one line in, one line out, for several clients at once.
///
/// No client can hold up another or the server: lines, answers waiting to be read and clients are
/// limited, and no call waits for one of them.
public final class ControlServer: Sendable {
    /// How much is served at once.
    public struct Limits: Equatable, Sendable {
        /// Clients; one more is told so and sent away.
        public var clients = 8
        /// Bytes of a line.
        public var line = 4_096
        /// Bytes of answers that a client has not read; one more ends its connection.
        public var unread = 65_536

        /// The limits of a station.
        public init() {}
    }

    /// What is worth a line in the log.
    public enum Event: Equatable, Sendable {
        /// A client gave an order, and got the answer; who it was, if the system says.
        case order(String, ControlAnswer, PeerIdentity?)
        /// A client was sent away, and why.
        case turnedAway(String)
    }

    private let listener: UnixListener
    private let table: CommandTable
    private let limits: Limits
    private let wake: WakeUp
    private let isStopped = Atomic<Bool>(false)

    /// A server of `table` at `listener`.
    public init(
        _ listener: consuming UnixListener, table: CommandTable, limits: Limits = Limits()
    ) throws(LinuxIOError) {
        self.listener = listener
        self.table = table
        self.limits = limits
        wake = try WakeUp()
    }

    /// Ends ``run(beat:log:)`` soon; any thread.
    public func stop() {
        isStopped.store(true, ordering: .releasing)
        wake.call()
    }

    /// Serves until it is stopped.
    ///
    /// - Parameters:
    ///   - beat: Called at least twice a second.
    ///   - log: Told what is worth noting.
    public func run(beat: () -> Void = {}, log: (Event) -> Void = { _ in }) {
        var clients: [ControlClient] = []
        // Ends when it is told to.
        while !isStopped.load(ordering: .acquiring) {
            beat()
            var entries = [PollEntry(listener.descriptor), PollEntry(wake.descriptor)]
            entries += clients.map(\.pollEntry)
            PollEntry.wait(&entries, milliseconds: 500)
            for (client, entry) in zip(clients, entries.dropFirst(2)) {
                if entry.isReadable {
                    client.receive { line in
                        let answer = answer(line)
                        log(.order(Self.text(line), answer, client.peer))
                        return answer
                    }
                }
                client.flush()
            }
            for client in clients {
                if let reason = client.fault { log(.turnedAway(reason)) }
            }
            clients.removeAll { $0.isGone }
            if entries[0].isReadable { admit(to: &clients, log: log) }
        }
        for client in clients { client.flush() }
    }

    private func admit(to clients: inout [ControlClient], log: (Event) -> Void) {
        // As many as wait, but no more at once than may be served.
        for _ in 0..<limits.clients {
            guard let stream = try? listener.accept() else { return }
            let client = ControlClient(stream, limits: limits)
            if clients.count < limits.clients {
                clients.append(client)
            } else {
                client.tell(
                    .refused("\(limits.clients) clients are connected already; try again later"))
                client.flush()
                log(.turnedAway("more than \(limits.clients) clients"))
            }
        }
    }

    private func answer(_ line: LineAssembler.Line) -> ControlAnswer {
        switch line {
        case .text(let text): table.answer(text)
        case .garbage: .refused("an order is a line of text; try help")
        case .tooLong:
            .refused("an order has \(limits.line) bytes at most; its rest is passed over")
        }
    }

    private static func text(_ line: LineAssembler.Line) -> String {
        switch line {
        case .text(let text): text
        case .garbage: "(no text)"
        case .tooLong: "(too long)"
        }
    }
}
