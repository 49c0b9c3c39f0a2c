import Glibc

/// Which way datagrams to a host leave this machine; asked of the kernel, nothing is sent.
public struct NetworkRoute: Equatable, Sendable {
    /// The network interface, such as `eth0`; empty if the kernel does not say.
    public let interface: String
    /// Our own address on it.
    public let host: String

    /// The way to `address`.
    ///
    /// - Throws: ``LinuxIOError/system(call:number:)`` with `ENETUNREACH` if there is none.
    public init(to address: NetworkAddress) throws(LinuxIOError) {
        let number = socket(address.family, Int32(SOCK_DGRAM.rawValue), 0)
        guard number >= 0 else { throw .system(call: "socket", number: errno) }
        let socket = Descriptor(number)
        guard address.withSocketAddress({ connect(socket.number, $0, $1) }) == 0 else {
            throw .system(call: "connect", number: errno)
        }
        var own = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &own) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(socket.number, $0, &length)
            }
        }
        guard result == 0 else { throw .system(call: "getsockname", number: errno) }
        host = withUnsafePointer(to: own) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Self.name(of: $0) }
        }
        interface = Self.interface(with: host)
    }

    /// Whether no program of this machine has the UDP port `port` of IPv4.
    public static func isFree(port: UInt16) -> Bool {
        let number = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        guard number >= 0 else { return false }
        let socket = Descriptor(number)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        return withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket.number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        } == 0
    }

    /// The numeric host of an address.
    private static func name(of address: UnsafePointer<sockaddr>) -> String {
        let size =
            address.pointee.sa_family == sa_family_t(AF_INET6)
            ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        var characters = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard
            getnameinfo(
                address, socklen_t(size), &characters, socklen_t(characters.count), nil, 0,
                NI_NUMERICHOST) == 0
        else { return "" }
        return String(
            decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func interface(with host: String) -> String {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return "" }
        defer { freeifaddrs(list) }
        var next = list
        while let entry = next {
            next = entry.pointee.ifa_next
            guard let address = entry.pointee.ifa_addr,
                [sa_family_t(AF_INET), sa_family_t(AF_INET6)].contains(address.pointee.sa_family)
            else { continue }
            if name(of: address) == host { return String(cString: entry.pointee.ifa_name) }
        }
        return ""
    }
}
