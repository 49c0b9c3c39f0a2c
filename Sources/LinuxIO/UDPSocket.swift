import Glibc
public import Quantities

/// A UDP socket that asks everyone and hears who answers.
public struct UDPSocket: ~Copyable {
    private let socket: Descriptor

    /// A socket on a port of the system's choice that may broadcast (IPv4).
    public init() throws(LinuxIOError) {
        let number = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        guard number >= 0 else { throw .system(call: "socket", number: errno) }
        socket = Descriptor(number)
        var on: Int32 = 1
        setsockopt(number, SOL_SOCKET, SO_BROADCAST, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Sends one packet.
    public mutating func send(
        _ bytes: [UInt8], to address: NetworkAddress
    ) throws(LinuxIOError) {
        let sent = address.withSocketAddress { pointer, length in
            sendto(socket.number, bytes, bytes.count, 0, pointer, length)
        }
        guard sent == bytes.count else { throw .system(call: "sendto", number: errno) }
    }

    /// The next packet, up to 1500 bytes, and the IPv4 address it came from; `nil` if none did.
    public mutating func receive(
        by deadline: Picoseconds
    ) throws(LinuxIOError) -> (bytes: [UInt8], host: String)? {
        while true {
            var bytes = [UInt8](repeating: 0, count: 1500)
            var from = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = withUnsafeMutableBytes(of: &from) { pointer in
                recvfrom(
                    socket.number, &bytes, bytes.count, 0,
                    pointer.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
            }
            switch Descriptor.outcome(count) {
            case .bytes(let count):
                let host = withUnsafeBytes(of: from.sin_addr.s_addr) {
                    $0.map { String($0) }.joined(separator: ".")
                }
                return (Array(bytes.prefix(count)), host)
            case .failed(let error): throw .system(call: "recvfrom", number: error)
            case .notNow:
                guard try socket.wait(for: .input, by: deadline) else { return nil }
            }
        }
    }
}
