import LinuxIO

/// One connection of the shells' socket.
final class SocketShell {
    /// Bytes that it may leave unread: what many screens hold.
    private static let mostUnread = 1 << 20

    /// How long a client is waited for that says what it is, ms.
    private static let patience: Int64 = 100

    private let host: ShellHost
    private let since: Int64
    private let stream: UnixStream
    private let session: ShellSession
    private var unsent: [UInt8] = []
    private var hasEnded = false
    private(set) var isGone = false

    init(_ host: ShellHost, _ stream: consuming UnixStream, wake: @escaping @Sendable () -> Void) {
        let name =
            stream.peer.map { "socket of user \($0.user), process \($0.process)" } ?? "socket"
        self.host = host
        since = host.now()
        self.stream = stream
        session = ShellSession(host, name: name, wake: wake)
    }

    /// What to wait for.
    var pollEntry: PollEntry {
        PollEntry(stream.descriptor, wantsInput: !hasEnded, wantsOutput: !unsent.isEmpty)
    }

    private var isGreeted = false

    /// Takes what came, lets the session work, and sends what the system takes.
    func serve(isReadable: Bool) {
        // A client that knows how says what it is before it is greeted.
        if !isGreeted, !isReadable, host.now() - since < Self.patience { return }
        if isReadable { receive() }
        if !isGreeted {
            isGreeted = true
            session.greet()
        }
        session.poll()
        unsent += session.takeOutput()
        flush()
        if unsent.count > Self.mostUnread { close() }
        if session.hasEnded, unsent.isEmpty { close() }
        if hasEnded, !session.isBusy, unsent.isEmpty { close() }
    }

    private func receive() {
        guard !hasEnded else { return }
        withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { room in
            do throws(LinuxIOError) {
                let count = try stream.receive(into: room)
                session.receive(UnsafeRawBufferPointer(rebasing: room[..<count]))
            } catch {
                // A script may have shut its direction: what it asked is answered.
                hasEnded = true
                if !session.isScript { close() }
            }
        }
    }

    private func flush() {
        guard !unsent.isEmpty, !isGone else { return }
        do throws(LinuxIOError) {
            unsent.removeFirst(try stream.send(unsent.span.bytes))
        } catch {
            close()
        }
    }

    private func close() {
        guard !isGone else { return }
        isGone = true
        session.hangUp()
    }

    /// The server ends.
    func end() {
        close()
    }
}
