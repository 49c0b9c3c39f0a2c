import Glibc
public import Quantities

/// A TCP port that others connect to.
public struct TCPListener: ~Copyable {
    private let socket: Descriptor
    /// The port, also if the system chose it.
    public let port: UInt16

    /// Listens on `address`.
    public init(on address: NetworkAddress) throws(LinuxIOError) {
        let number = Glibc.socket(address.family, Int32(SOCK_STREAM.rawValue), 0)
        guard number >= 0 else { throw .system(call: "socket", number: errno) }
        let socket = Descriptor(number)
        var on: Int32 = 1
        setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard address.withSocketAddress({ bind(number, $0, $1) }) == 0 else {
            throw .system(call: "bind", number: errno)
        }
        guard listen(number, 4) == 0 else { throw .system(call: "listen", number: errno) }
        port = Self.boundPort(of: number)
        self.socket = socket
    }

    /// The next connection; `nil` if nobody connected by `deadline`.
    public mutating func accept(by deadline: Picoseconds) throws(LinuxIOError) -> TCPConnection? {
        while true {
            let number = Glibc.accept(socket.number, nil, nil)
            if number >= 0 { return TCPConnection(accepted: Descriptor(number)) }
            guard [EAGAIN, EINTR, ECONNABORTED].contains(errno) else {
                throw .system(call: "accept", number: errno)
            }
            guard try socket.wait(for: .input, by: deadline) else { return nil }
        }
    }

    static func boundPort(of number: Int32) -> UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &storage) { bytes in
            guard let base = bytes.baseAddress else { return 0 }
            getsockname(number, base.assumingMemoryBound(to: sockaddr.self), &length)
            // The port follows the family in the addresses of both IPv4 and IPv6.
            return UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self))
        }
    }
}
