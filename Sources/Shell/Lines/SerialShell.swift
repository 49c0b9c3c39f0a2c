import LinuxIO

/// The shell at a serial line: one that goes away is opened again, with a session of its own.
final class SerialShell {
    /// The line while it is open.
    private final class Line {
        let terminal: SerialTerminal
        init(_ terminal: consuming SerialTerminal) { self.terminal = terminal }
    }

    /// After a failure the line is tried again so much later, ms.
    private static let pause: Int64 = 1_000
    /// Bytes that wait for a slow line, 6 s of it at 115,200 baud; newer ones are dropped.
    private static let mostUnsent = 65_536

    private let place: (path: String, baud: UInt32)
    private let host: ShellHost
    private let wake: @Sendable () -> Void
    private var line: Line?
    private var session: ShellSession?
    private var unsent: [UInt8] = []
    private var notBefore: Int64 = .min
    private var hasSaid = false

    init(
        _ place: (path: String, baud: UInt32), _ host: ShellHost,
        wake: @escaping @Sendable () -> Void
    ) {
        self.place = place
        self.host = host
        self.wake = wake
        open()
    }

    /// What to wait for.
    var pollEntry: PollEntry {
        guard let line else { return PollEntry(-1, wantsInput: false) }
        return PollEntry(line.terminal.descriptor, wantsOutput: !unsent.isEmpty)
    }

    /// Takes what came, lets the session work, and sends what the line takes.
    func serve(isReadable: Bool) {
        guard let line else { return open() }
        do throws(LinuxIOError) {
            if isReadable { try receive(line) }
            guard let session else { return }
            session.poll()
            take(session.takeOutput())
            if session.hasEnded { restart() }
            let sent = try line.terminal.send(unsent.span.bytes)
            unsent.removeFirst(sent)
        } catch {
            close()
        }
    }

    private func receive(_ line: Line) throws(LinuxIOError) {
        var failure: LinuxIOError?
        withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { room in
            do throws(LinuxIOError) {
                let count = try line.terminal.receive(into: room)
                // Something to read, and nothing there: the line has hung up.
                if count == 0 { throw .closed }
                session?.receive(UnsafeRawBufferPointer(rebasing: room[..<count]))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    private func take(_ bytes: [UInt8]) {
        unsent += bytes.prefix(Self.mostUnsent - unsent.count)
    }

    private func open() {
        guard host.now() >= notBefore else { return }
        notBefore = host.now() + Self.pause
        do throws(LinuxIOError) {
            line = Line(try SerialTerminal(path: place.path, baud: place.baud))
            hasSaid = false
            host.log("a shell is served at \(place.path)")
            restart()
        } catch {
            if !hasSaid {
                host.log("no shell at \(place.path): \(error); it is tried again every second")
            }
            hasSaid = true
        }
    }

    /// A new session, as after `quit`: the line stays.
    private func restart() {
        session?.hangUp()
        let fresh = ShellSession(host, name: "serial:\(place.path)", wake: wake)
        fresh.greet()
        take(fresh.takeOutput())
        session = fresh
    }

    private func close() {
        session?.hangUp()
        session = nil
        unsent = []
        line = nil
        notBefore = host.now() + Self.pause
        host.log("the line \(place.path) is gone; its shell is disarmed and logged out")
    }

    /// The server ends.
    func end() { session?.hangUp() }
}
