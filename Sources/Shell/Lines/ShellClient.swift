import Glibc
public import LinuxIO

/// The other end of a shell's socket, for somebody at a terminal.
public struct ShellClient: ~Copyable {
    private let stream: UnixStream
    /// Ctrl-]: ends the client itself, whatever the other end does.
    private static let escape: UInt8 = 0x1D

    /// How a session at a terminal ended.
    public enum Ending: Equatable, Sendable {
        /// The shell ended it, on `quit`, Ctrl-D or because the daemon ended.
        case closed
        /// Somebody here did: Ctrl-], the end of input or a signal.
        case left
    }

    /// Connects to the shells' socket at `path`.
    public init(to path: String) throws(LinuxIOError) { stream = try UnixStream(to: path) }

    /// Carries bytes both ways until one end has enough; the terminal is as it was afterwards.
    ///
    /// - Parameter terminal: The kind of terminal, as in `TERM`.
    public func run(terminal: String) throws(LinuxIOError) -> Ending {
        let signals = try SignalQueue([SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGWINCH])
        let isTerminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
        let isDumb = !isTerminal || ["", "dumb", "unknown"].contains(terminal)
        let raw = RawTerminal(STDIN_FILENO)
        defer { raw?.restore() }
        var unsent = Self.hello(isDumb: isDumb)
        var isInputOpen = true
        // Ends when either end has enough.
        while true {
            var entries = [
                PollEntry(stream.descriptor, wantsOutput: !unsent.isEmpty),
                PollEntry(isInputOpen ? STDIN_FILENO : -1), PollEntry(signals.descriptor),
            ]
            PollEntry.wait(&entries, milliseconds: 1_000)
            while let signal = signals.next() {
                guard signal == SIGWINCH else { return .left }
                unsent += Self.hello(isDumb: isDumb)
            }
            if entries[0].isReadable, try !show() { return .closed }
            if isInputOpen, entries[1].isReadable {
                let typed = Self.read()
                if typed.contains(Self.escape) { return .left }
                if typed.isEmpty {
                    // What was piped in ends as if somebody had typed Ctrl-D.
                    isInputOpen = false
                    unsent.append(0x04)
                }
                unsent += typed
            }
            guard !unsent.isEmpty else { continue }
            do throws(LinuxIOError) {
                let sent = try stream.send(unsent.span.bytes)
                unsent.removeFirst(sent)
            } catch {
                return .closed
            }
        }
    }

    private static func hello(isDumb: Bool) -> [UInt8] {
        let size = RawTerminal.size(STDOUT_FILENO) ?? (80, 24)
        return Array(
            ShellHello.text(
                isScript: false, isDumb: isDumb, columns: size.columns, rows: size.rows
            ).utf8)
    }

    private static func read() -> [UInt8] {
        var room = [UInt8](repeating: 0, count: 4_096)
        let count = Glibc.read(STDIN_FILENO, &room, room.count)
        return count > 0 ? Array(room[..<count]) : []
    }

    /// Writes what came; `false` once the other end has gone.
    private func show() throws(LinuxIOError) -> Bool {
        var room = [UInt8](repeating: 0, count: 16_384)
        var count = 0
        var failure: LinuxIOError?
        room.withUnsafeMutableBytes { bytes in
            do throws(LinuxIOError) { count = try stream.receive(into: bytes) } catch {
                failure = error
            }
        }
        if failure != nil { return false }
        var done = 0
        // Each turn writes at least a byte; a terminal that is gone ends it.
        while done < count {
            let written = room[done..<count].withUnsafeBytes {
                write(STDOUT_FILENO, $0.baseAddress, $0.count)
            }
            if written > 0 {
                done += written
            } else if errno != EINTR, errno != EAGAIN {
                return false
            }
        }
        return true
    }
}
