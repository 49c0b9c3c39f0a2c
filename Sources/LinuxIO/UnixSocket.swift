import CLinuxIO
import Glibc

/// The name of a Unix socket: a path, or with a leading `@` a name in the kernel's own space.
struct UnixAddress {
    private var storage = sockaddr_un()
    private let length: socklen_t

    /// Checks a name: it must fit into 107 bytes.
    init(_ name: String) throws(LinuxIOError) {
        let bytes = Array(name.utf8)
        let room = MemoryLayout.size(ofValue: storage.sun_path)
        guard bytes.count > 1, bytes.count < room, !bytes.contains(0) else {
            throw .address(name)
        }
        storage.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &storage.sun_path) { path in
            path.copyBytes(from: bytes)
            if bytes[0] == UInt8(ascii: "@") { path[0] = 0 }
        }
        // An abstract name ends where its length says, a path with a zero.
        let isAbstract = bytes[0] == UInt8(ascii: "@")
        let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        length = socklen_t(start + bytes.count + (isAbstract ? 0 : 1))
    }

    func withSocketAddress<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}

/// Sends datagrams to a Unix socket, each whole or not at all.
public struct UnixDatagramSender: ~Copyable, Sendable {
    private let socket: Descriptor
    private let address: UnixAddress

    /// Prepares to send to `name`, a path or `@` and an abstract name. Nothing is sent yet.
    public init(to name: String) throws(LinuxIOError) {
        let address = try UnixAddress(name)
        let number = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        guard number >= 0 else { throw .system(call: "socket", number: errno) }
        self.address = address
        socket = Descriptor(number)
    }

    /// Sends `text` as one datagram.
    public func send(_ text: String) throws(LinuxIOError) {
        let bytes = Array(text.utf8)
        let sent = address.withSocketAddress { name, length in
            sendto(socket.number, bytes, bytes.count, Int32(MSG_NOSIGNAL), name, length)
        }
        guard sent == bytes.count else { throw .system(call: "sendto", number: errno) }
    }
}

/// Who is at the other end of a Unix socket.
public struct PeerIdentity: Equatable, Sendable {
    /// The process, by number.
    public var process: Int32
    /// The user it runs as, by number.
    public var user: UInt32
}

/// One connection of a Unix stream socket; no call waits.
public struct UnixStream: ~Copyable, Sendable {
    private let socket: Descriptor

    init(_ socket: consuming Descriptor) { self.socket = socket }

    /// Connects to `name` as it stands: somebody must listen there.
    public init(to name: String) throws(LinuxIOError) {
        let address = try UnixAddress(name)
        let number = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard number >= 0 else { throw .system(call: "socket", number: errno) }
        let socket = Descriptor(number)
        guard address.withSocketAddress({ connect(number, $0, $1) }) == 0 else {
            throw .system(call: "connect", number: errno)
        }
        self.socket = socket
    }

    /// Takes over `number`, an open stream socket.
    public init(adopting number: Int32) { socket = Descriptor(number) }

    /// For waiting on it.
    public var descriptor: Int32 { socket.number }

    /// Who is at the other end; `nil` if the system does not say.
    public var peer: PeerIdentity? {
        var (process, user): (Int32, UInt32) = (0, 0)
        guard lodestar_peer_identity(socket.number, &process, &user) == 0 else { return nil }
        return PeerIdentity(process: process, user: user)
    }

    /// Sends what the system takes of `bytes` now; returns how many it took, 0 if none.
    public func send(_ bytes: RawSpan) throws(LinuxIOError) -> Int {
        guard !bytes.isEmpty else { return 0 }
        let outcome = bytes.withUnsafeBytes {
            Descriptor.outcome(
                Glibc.send(socket.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)))
        }
        switch outcome {
        case .bytes(let count): return count
        case .notNow: return 0
        case .failed(EPIPE), .failed(ECONNRESET): throw .closed
        case .failed(let error): throw .system(call: "send", number: error)
        }
    }

    /// Sends nothing more: the other end reads the end once it has read the rest.
    public func finishSending() { shutdown(socket.number, Int32(SHUT_WR)) }

    /// Receives what is there; 0 if nothing is, `.closed` once the other end has gone.
    public func receive(into bytes: UnsafeMutableRawBufferPointer) throws(LinuxIOError) -> Int {
        precondition(!bytes.isEmpty)
        switch Descriptor.outcome(recv(socket.number, bytes.baseAddress, bytes.count, 0)) {
        case .bytes(0), .failed(ECONNRESET): throw .closed
        case .bytes(let count): return count
        case .notNow: return 0
        case .failed(let error): throw .system(call: "recv", number: error)
        }
    }
}

/// A path that programs of this machine connect to; removed when the value goes away.
public struct UnixListener: ~Copyable, Sendable {
    private let socket: Descriptor
    private let path: String

    /// Listens at `path`, for the owner alone; what a dead program left there is replaced.
    ///
    /// - Throws: `.system` with `EADDRINUSE` if a program that lives listens there, and with
    ///   `EEXIST` if something that is no socket lies there.
    public init(at path: String) throws(LinuxIOError) {
        let address = try UnixAddress(path)
        try Self.removeStale(path)
        let number = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard number >= 0 else { throw .system(call: "socket", number: errno) }
        let socket = Descriptor(number)
        // The kernel takes the mode of the descriptor: nobody slips in before `admit(group:)`.
        fchmod(number, 0o600)
        guard address.withSocketAddress({ bind(number, $0, $1) }) == 0 else {
            throw .system(call: "bind", number: errno)
        }
        guard listen(number, 8) == 0 else { throw .system(call: "listen", number: errno) }
        self.path = path
        self.socket = socket
    }

    deinit { unlink(path) }

    /// For waiting on it.
    public var descriptor: Int32 { socket.number }

    /// Lets the members of `group` connect too (mode 0660).
    ///
    /// - Throws: `.device` if there is no such group.
    public func admit(group name: String) throws(LinuxIOError) {
        guard let entry = getgrnam(name) else { throw .device(name, wanted: "a group") }
        guard chown(path, getuid(), entry.pointee.gr_gid) == 0 else {
            throw .system(call: "chown", number: errno)
        }
        guard chmod(path, 0o660) == 0 else { throw .system(call: "chmod", number: errno) }
    }

    /// The next connection; `nil` if nobody waits.
    public func accept() throws(LinuxIOError) -> UnixStream? {
        let number = Glibc.accept(socket.number, nil, nil)
        if number >= 0 { return UnixStream(Descriptor(number)) }
        guard [EAGAIN, EINTR, ECONNABORTED].contains(errno) else {
            throw .system(call: "accept", number: errno)
        }
        return nil
    }

    private static func removeStale(_ path: String) throws(LinuxIOError) {
        var entry = stat()
        guard lstat(path, &entry) == 0 else { return }
        guard entry.st_mode & S_IFMT == S_IFSOCK else {
            throw .system(call: "bind", number: EEXIST)
        }
        do throws(LinuxIOError) {
            _ = try UnixStream(to: path)
        } catch {
            unlink(path)
            return
        }
        throw .system(call: "bind", number: EADDRINUSE)
    }
}
