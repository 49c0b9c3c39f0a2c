import Glibc
import LinuxIO
import PayloadHAL
import Quantities

/// A UDP port that answers whoever spoke to it last (IPv4).
struct AnsweringSocket: DatagramConnection, ~Copyable {
    /// Why the port could not be opened; no call after that fails.
    typealias Failure = LinuxIOError

    private let number: Int32
    /// The port, also if the system chose it.
    let port: UInt16
    private var peer = sockaddr_in()

    /// A socket on `host`, an IPv4 address; port 0 takes a free one.
    init(host: String, port: UInt16) throws(LinuxIOError) {
        let number = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        guard number >= 0 else { throw .system(call: "socket", number: errno) }
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            close(number)
            throw .address("\(host):\(port)")
        }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, length) == 0 && getsockname(number, $0, &length) == 0
            }
        }
        guard isBound else {
            let error = errno
            close(number)
            throw .system(call: "bind", number: error)
        }
        self.number = number
        self.port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(number) }

    /// The host clock's time.
    var now: Picoseconds { HostClock.now }

    /// Sends to whoever spoke last; before anybody has, a packet is lost.
    func send(_ packet: RawSpan, by deadline: Picoseconds) throws(LinuxIOError) {
        guard peer.sin_port != 0 else { return }
        var peer = peer
        // A packet that the system has no room for is lost, as on any network.
        _ = packet.withUnsafeBytes { bytes in
            withUnsafeMutablePointer(to: &peer) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(
                        number, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT), $0,
                        socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
    }

    /// Waits for a packet until `deadline`; 0 if none came.
    mutating func receive(
        into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(LinuxIOError) -> Int {
        var from = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let count = buffer.withUnsafeMutableBytes { bytes in
            waitForPacket(by: deadline)
                ? withUnsafeMutablePointer(to: &from) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        recvfrom(
                            number, bytes.baseAddress, bytes.count,
                            Int32(MSG_DONTWAIT), $0, &length)
                    }
                } : 0
        }
        guard count > 0 else { return 0 }
        peer = from
        return count
    }

    private func waitForPacket(by deadline: Picoseconds) -> Bool {
        let left = max(0, deadline.count - HostClock.now.count)
        var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        // Rounded up: a deadline less than a millisecond ahead must not spin.
        let wait = left == 0 ? 0 : min(left / 1_000_000_000 + 1, 3_600_000)
        return poll(&entry, 1, Int32(wait)) > 0
    }

    /// There is nothing to make anew: the port stays.
    mutating func reopen(by deadline: Picoseconds) throws(LinuxIOError) {}
}
