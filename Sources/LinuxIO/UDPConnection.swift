import Glibc
public import PayloadHAL
public import Quantities

/// Packets to and from one other end by UDP.
///
/// With a peer given, the system lets only its packets through. Without, whoever sent the last
/// packet is the other end: for the end that waits to be found, on a network of its own. That
/// nobody listens at the peer is silence.
public struct UDPConnection: DatagramConnection, ~Copyable {
    private var socket: Descriptor
    private let local: NetworkAddress?
    private let peer: NetworkAddress?
    /// Where the last packet came from, without a peer; its length is 0 before the first.
    private var from = sockaddr_storage()
    private var fromLength: socklen_t = 0

    /// A connection to `peer` from an address of its own, or one of the system's choice.
    public init(
        to peer: NetworkAddress, from local: NetworkAddress? = nil
    ) throws(LinuxIOError) {
        self.peer = peer
        self.local = local
        socket = try Self.open(local: local, peer: peer)
    }

    /// A connection to whoever sends packets to `local`.
    public init(on local: NetworkAddress) throws(LinuxIOError) {
        peer = nil
        self.local = local
        socket = try Self.open(local: local, peer: peer)
    }

    /// The port on this side, also if the system chose it.
    public var port: UInt16 { TCPListener.boundPort(of: socket.number) }

    /// The host clock's time.
    public var now: Picoseconds { HostClock.now }

    /// Hands one packet to the system; without effect before there is another end.
    public func send(_ packet: RawSpan, by deadline: Picoseconds) throws(LinuxIOError) {
        guard peer != nil || fromLength > 0 else { return }
        while true {
            let count = packet.withUnsafeBytes { write($0) }
            if count >= 0 { return }
            switch errno {
            case EINTR: continue
            // Nobody listened to a packet before this one.
            case ECONNREFUSED: continue
            case EAGAIN, ENOBUFS:
                guard try socket.wait(for: .output, by: deadline) else {
                    throw .timedOut(call: "send")
                }
            default: throw .system(call: "send", number: errno)
            }
        }
    }

    /// Waits for a packet until `deadline`; returns its length, 0 if none came.
    public mutating func receive(
        into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(LinuxIOError) -> Int {
        precondition(!buffer.isEmpty)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(into: $0) }
            if count > 0 { return count }
            // A packet without content is none of ours.
            if count == 0, HostClock.now >= deadline { return 0 }
            if count == 0 || errno == EINTR || errno == ECONNREFUSED { continue }
            guard errno == EAGAIN else { throw .system(call: "recv", number: errno) }
            guard try socket.wait(for: .input, by: deadline) else { return 0 }
        }
    }

    /// Makes the socket anew.
    public mutating func reopen(by deadline: Picoseconds) throws(LinuxIOError) {
        socket = try Self.open(local: local, peer: peer)
        fromLength = 0
    }

    private func write(_ packet: UnsafeRawBufferPointer) -> Int {
        guard peer == nil else {
            return Glibc.send(socket.number, packet.baseAddress, packet.count, Int32(MSG_NOSIGNAL))
        }
        return withUnsafeBytes(of: from) { from in
            sendto(
                socket.number, packet.baseAddress, packet.count, Int32(MSG_NOSIGNAL),
                from.baseAddress?.assumingMemoryBound(to: sockaddr.self), fromLength)
        }
    }

    private mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let number = socket.number
        let count = withUnsafeMutableBytes(of: &from) { from in
            recvfrom(
                number, buffer.baseAddress, buffer.count, 0,
                from.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
        }
        if count > 0 { fromLength = length }
        return count
    }

    private static func open(
        local: NetworkAddress?, peer: NetworkAddress?
    ) throws(LinuxIOError) -> Descriptor {
        let family = peer?.family ?? local?.family ?? AF_INET
        let number = Glibc.socket(family, Int32(SOCK_DGRAM.rawValue), 0)
        guard number >= 0 else { throw .system(call: "socket", number: errno) }
        let socket = Descriptor(number)
        if let local {
            var on: Int32 = 1
            setsockopt(
                number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
            guard local.withSocketAddress({ bind(number, $0, $1) }) == 0 else {
                throw .system(call: "bind \(local)", number: errno)
            }
        }
        if let peer {
            guard peer.withSocketAddress({ connect(number, $0, $1) }) == 0 else {
                throw .system(call: "connect \(peer)", number: errno)
            }
        }
        return socket
    }
}
