import Glibc
import PayloadHAL
import Quantities

/// An open file of the system, without blocking calls; closed when the value goes away.
struct Descriptor: ~Copyable {
    let number: Int32

    /// Takes over `number`, an open file.
    init(_ number: Int32) {
        self.number = number
        _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK)
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
    }

    deinit { close(number) }

    /// What to wait for.
    enum Readiness {
        case input, output
        var events: Int16 { self == .input ? Int16(POLLIN) : Int16(POLLOUT) }
    }

    /// Waits until `deadline`; `false` if nothing was ready by then. Listens to ``DeviceWait``.
    func wait(
        for readiness: Readiness, by deadline: Picoseconds
    ) throws(LinuxIOError) -> Bool {
        while true {
            let left = deadline.count - HostClock.now.count
            guard left > 0 else { return false }
            guard !DeviceWait.shouldEnd else { throw .interrupted }
            // Rounded up: a deadline less than a millisecond ahead must not spin.
            let milliseconds = DeviceWait.part(of: min(left / 1_000_000_000 + 1, 3_600_000))
            var entry = pollfd(fd: number, events: readiness.events, revents: 0)
            let ready = poll(&entry, 1, Int32(milliseconds))
            if ready > 0 { return true }
            if ready < 0 && errno != EINTR { throw .system(call: "poll", number: errno) }
        }
    }

    /// What a call that moves bytes came to.
    enum Moved {
        case bytes(Int)
        case notNow
        case failed(Int32)
    }

    /// Sorts the result of `read`, `recv`, `write` or `send`.
    static func outcome(_ count: Int) -> Moved {
        if count >= 0 { return .bytes(count) }
        let number = errno
        return number == EAGAIN || number == EINTR ? .notNow : .failed(number)
    }

    /// Sends all of `bytes` by `deadline` with `call`, `send` or `write`.
    func sendAll(
        _ bytes: RawSpan, by deadline: Picoseconds, name: String,
        call: (Int32, UnsafeRawBufferPointer) -> Int
    ) throws(LinuxIOError) {
        var sent = 0
        while sent < bytes.byteCount {
            let part = bytes.extracting(sent...)
            switch part.withUnsafeBytes({ Self.outcome(call(number, $0)) }) {
            case .bytes(let count): sent += count
            case .failed(EPIPE), .failed(ECONNRESET): throw .closed
            case .failed(let error): throw .system(call: name, number: error)
            case .notNow:
                guard try wait(for: .output, by: deadline) else { throw .timedOut(call: name) }
            }
        }
    }

    /// Receives with `call`, `recv` or `read`; 0 if nothing came by `deadline`.
    ///
    /// - Parameter endsAtZero: Whether no bytes mean that the other end is gone.
    func receive(
        into buffer: inout MutableRawSpan, by deadline: Picoseconds, name: String,
        endsAtZero: Bool, call: (Int32, UnsafeMutableRawBufferPointer) -> Int
    ) throws(LinuxIOError) -> Int {
        precondition(!buffer.isEmpty)
        while true {
            switch buffer.withUnsafeMutableBytes({ Self.outcome(call(number, $0)) }) {
            case .bytes(0) where endsAtZero: throw .closed
            case .bytes(let count) where count > 0: return count
            case .failed(ECONNRESET), .failed(EIO), .failed(ENXIO): throw .closed
            case .failed(let error): throw .system(call: name, number: error)
            case .bytes, .notNow:
                guard try wait(for: .input, by: deadline) else { return 0 }
            }
        }
    }
}
