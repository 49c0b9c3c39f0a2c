import BoardFile
import Foundation
import LinuxIO
import Quantities

// A first word with every peer: servers are connected to, for datagrams the way is asked for.
extension Probe {
    /// How long a server may take to answer.
    private static let patience = Picoseconds(1_000_000_000_000)

    /// What the network says of the other end of `connection`.
    func peer(_ connection: Connection) -> Machine.Peer {
        do throws(LinuxIOError) {
            switch connection {
            case .tcp(let host, let port), .rotctld(let host, let port),
                .alpaca(let host, let port), .usbip(let host, let port, _):
                let address = try NetworkAddress(host: host, port: port)
                let route = try NetworkRoute(to: address)
                let deadline = Picoseconds(HostClock.now.count + Self.patience.count)
                _ = try TCPConnection(to: address, by: deadline)
                return .reached(interface: route.interface)
            case .udp(let host, let port):
                let address = try NetworkAddress(host: host, port: port)
                return .reached(interface: try NetworkRoute(to: address).interface)
            default:
                return .failed("not on the network")
            }
        } catch {
            switch error {
            case .address: return .unknownHost
            case .timedOut: return .silent
            case .system(_, ECONNREFUSED): return .refused
            case .system(_, ENETUNREACH), .system(_, EHOSTUNREACH), .system(_, ENETDOWN):
                return .unreachable
            case .system(let call, let number):
                return .failed("\(call): \(String(cString: strerror(number)))")
            default: return .failed("\(error)")
            }
        }
    }

    /// Whether a UDP port of this machine is free.
    func isFree(port: UInt16) -> Bool { NetworkRoute.isFree(port: port) }
}
