import Glibc

/// A host and a port as the system wants them.
public struct NetworkAddress: Sendable, CustomStringConvertible {
    /// As it was written, for messages.
    public let description: String
    private var storage: sockaddr_storage
    private let length: socklen_t

    /// Finds a host, by number or name; a name may take the system as long as it likes.
    ///
    /// - Parameters:
    ///   - host: An IPv4 or IPv6 address, or a name.
    ///   - port: 0 lets the system choose one for a listener.
    public init(host: String, port: UInt16) throws(LinuxIOError) {
        description = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let first = found else {
            throw .address(description)
        }
        defer { freeaddrinfo(first) }
        storage = sockaddr_storage()
        length = first.pointee.ai_addrlen
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(
                from: UnsafeRawBufferPointer(start: first.pointee.ai_addr, count: Int(length)))
        }
    }

    /// Reads `HOST:PORT`, the host of IPv6 in brackets.
    public init(parsing text: String) throws(LinuxIOError) {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { throw .address(text) }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { throw .address(text) }
        try self.init(host: String(host), port: port)
    }

    var family: Int32 { Int32(storage.ss_family) }

    func withSocketAddress<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
