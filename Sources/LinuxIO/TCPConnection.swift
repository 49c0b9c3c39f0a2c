import Glibc
public import PayloadHAL
public import Quantities

/// A TCP connection, with small packets sent at once.
public struct TCPConnection: ByteConnection, ~Copyable {
    private var socket: Descriptor?
    /// Where to connect; `nil` if the other end connected to us.
    private let address: NetworkAddress?

    /// Connects to `address` by `deadline`.
    public init(to address: NetworkAddress, by deadline: Picoseconds) throws(LinuxIOError) {
        self.address = address
        socket = try Self.connect(to: address, by: deadline)
    }

    /// Takes over a connection that a listener accepted.
    init(accepted: consuming Descriptor) {
        address = nil
        Self.sendAtOnce(accepted)
        socket = consume accepted
    }

    /// The host clock's time.
    public var now: Picoseconds { HostClock.now }

    /// Sends all of `bytes`, or fails by `deadline`.
    public func send(_ bytes: RawSpan, by deadline: Picoseconds) throws(LinuxIOError) {
        guard socket != nil else { throw .closed }
        try socket!.sendAll(bytes, by: deadline, name: "send") {
            Glibc.send($0, $1.baseAddress, $1.count, Int32(MSG_NOSIGNAL))
        }
    }

    /// Waits for bytes until `deadline`; returns how many came, 0 if none did.
    public mutating func receive(
        into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(LinuxIOError) -> Int {
        guard socket != nil else { throw .closed }
        return try socket!.receive(
            into: &buffer, by: deadline, name: "recv", endsAtZero: true
        ) { recv($0, $1.baseAddress, $1.count, 0) }
    }

    /// Connects anew; not possible if the other end had connected to us.
    public mutating func reopen(by deadline: Picoseconds) throws(LinuxIOError) {
        guard let address else { throw .cannotReopen }
        socket = nil
        socket = try Self.connect(to: address, by: deadline)
    }

    private static func connect(
        to address: NetworkAddress, by deadline: Picoseconds
    ) throws(LinuxIOError) -> Descriptor {
        let number = Glibc.socket(address.family, Int32(SOCK_STREAM.rawValue), 0)
        guard number >= 0 else { throw .system(call: "socket", number: errno) }
        let socket = Descriptor(number)
        sendAtOnce(socket)
        let result = address.withSocketAddress { Glibc.connect(number, $0, $1) }
        if result == 0 { return socket }
        guard errno == EINPROGRESS || errno == EINTR else {
            throw .system(call: "connect", number: errno)
        }
        guard try socket.wait(for: .output, by: deadline) else { throw .timedOut(call: "connect") }
        var error: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(number, SOL_SOCKET, SO_ERROR, &error, &size)
        guard error == 0 else { throw .system(call: "connect", number: error) }
        return socket
    }

    private static func sendAtOnce(_ socket: borrowing Descriptor) {
        var on: Int32 = 1
        setsockopt(
            socket.number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size)
        )
    }
}
