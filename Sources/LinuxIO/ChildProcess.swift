import CLinuxIO
import Glibc

/// A program that we started, in a session of its own, with a two-way channel as its standard input.
public struct ChildProcess: ~Copyable, @unchecked Sendable {
    /// Its number.
    public let process: Int32
    /// Our end of the channel; the child reads the end of it when we are gone.
    public let channel: UnixStream

    /// Starts `path` with `arguments`, its own name first.
    public init(_ path: String, arguments: [String]) throws(LinuxIOError) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
            throw .system(call: "socketpair", number: errno)
        }
        // Closed in the child when it starts: it must not hold our end open itself.
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        let ours = UnixStream(adopting: ends[0])
        var list: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        list.append(nil)
        let started = lodestar_spawn(path, list, ends[1])
        for text in list { free(text) }
        close(ends[1])
        guard started > 0 else { throw .system(call: "posix_spawn", number: -started) }
        process = started
        channel = ours
    }

    /// How it ended: its exit code, or 128 and the signal; `nil` while it runs. Asked once after it
    /// has ended, it answers 0 from then on.
    public func ended() -> Int32? {
        var status: Int32 = 0
        let result = waitpid(process, &status, WNOHANG)
        if result == 0 || (result < 0 && errno == EINTR) { return nil }
        guard result == process else { return 0 }
        let signal = status & 0x7F
        return signal == 0 ? status >> 8 & 0xFF : 128 + signal
    }

    /// Ends it at once.
    public func kill() { Glibc.kill(process, SIGKILL) }
}
