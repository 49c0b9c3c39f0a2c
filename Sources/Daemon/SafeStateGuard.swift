import Glibc
public import LinuxIO
import Quantities

/// A process of its own that brings the station into its safe state when this one dies, however.
///
/// It is the same program under another order, in a session of its own. It reads the end of our
/// channel when we are gone, `kill -9` included; a clean stop tells it first, and it does nothing.
public struct SafeStateGuard: ~Copyable, Sendable {
    /// What it says when it is ready to act.
    static let armed = "armed\n"
    /// What it is told before a clean end.
    static let clean = "clean\n"

    private let child: ChildProcess

    /// Starts `path` with `arguments`, its name first.
    public init(_ path: String, arguments: [String]) throws(LinuxIOError) {
        child = try ChildProcess(path, arguments: arguments)
    }

    /// Its process.
    public var process: Int32 { child.process }

    /// Waits until it is ready to act; `false` if it is not within `milliseconds`.
    public func waitUntilArmed(milliseconds: Int) -> Bool {
        let deadline = HostClock.now.count + Int64(milliseconds) * 1_000_000_000
        var heard = 0
        // Ends with its word, its death or the deadline.
        while heard < Self.armed.utf8.count {
            let left = (deadline - HostClock.now.count) / 1_000_000_000
            guard left > 0 else { return false }
            var entries = [PollEntry(child.channel.descriptor)]
            PollEntry.wait(&entries, milliseconds: Int32(clamping: left))
            guard entries[0].isReadable else { continue }
            var room = [UInt8](repeating: 0, count: 64)
            let count = room.withUnsafeMutableBytes { try? child.channel.receive(into: $0) }
            guard let count else { return false }
            heard += count
        }
        return true
    }

    /// How it ended, if it did: it should not before we do.
    public func ended() -> Int32? { child.ended() }

    /// Tells it that all is safe, and waits until it has gone; after 2 s it is ended.
    public consuming func standDown() {
        let word = Array(Self.clean.utf8)
        _ = try? child.channel.send(word.span.bytes)
        child.channel.finishSending()
        let deadline = HostClock.now.count + 2_000_000_000_000
        while child.ended() == nil {
            if HostClock.now.count > deadline { child.kill() }
            HostClock.sleep(until: Picoseconds(HostClock.now.count + 2_000_000_000))
        }
    }
}

/// What the guarding process does.
public enum GuardDuty {
    /// Waits at `channel` until the guarded process is gone, and then calls `makeSafe` if it had not
    /// said that all is safe.
    ///
    /// - Parameters:
    ///   - channel: An open stream socket, which is taken over.
    ///   - makeSafe: Brings everything into its safe state; returns what could not be.
    /// - Returns: `nil` if there was nothing to do, else what `makeSafe` returned.
    public static func run(
        channel: Int32, makeSafe: () -> [SafeStateFault]
    ) -> [SafeStateFault]? {
        // What ends the guarded process must not end its guard as well.
        for stop in StopSignal.allCases { signal(stop.rawValue, SIG_IGN) }
        signal(SIGPIPE, SIG_IGN)
        let stream = UnixStream(adopting: channel)
        let word = Array(SafeStateGuard.armed.utf8)
        _ = try? stream.send(word.span.bytes)
        var heard: [UInt8] = []
        // Ends when the other end is closed, which the kernel does for a process that dies.
        while true {
            var entries = [PollEntry(stream.descriptor)]
            PollEntry.wait(&entries, milliseconds: 60_000)
            guard entries[0].isReadable else { continue }
            var room = [UInt8](repeating: 0, count: 64)
            let count = room.withUnsafeMutableBytes { try? stream.receive(into: $0) }
            guard let count else { break }
            heard += room[..<count]
            if heard.count > 64 { heard.removeFirst(heard.count - 64) }
        }
        let isClean = heard.suffix(SafeStateGuard.clean.utf8.count).elementsEqual(
            SafeStateGuard.clean.utf8)
        return isClean ? nil : makeSafe()
    }
}
