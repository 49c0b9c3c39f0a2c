import ArgumentParser
import Foundation
import LinkDrivers
import LinuxIO
import PayloadHAL
import Quantities

/// Where the satellite's terminal is reached: `udp:PORT` or `tcp:PORT`, with a host if wanted.
struct LinkPort {
    private enum Kind: String { case udp, tcp }

    private let kind: Kind
    private let address: String

    /// Reads `udp:PORT`, `tcp:PORT`, `udp:HOST:PORT` or `tcp:HOST:PORT`.
    init(_ text: String) throws {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, let kind = Kind(rawValue: parts[0]) else {
            throw ValidationError(
                "--link is '\(text)'; write udp:PORT or tcp:PORT, as udp:5000.")
        }
        self.kind = kind
        address = parts[1].contains(":") ? parts[1] : "127.0.0.1:" + parts[1]
    }

    /// Opens the link and serves it on a thread of its own.
    func start(for service: WorldService) throws {
        switch kind {
        case .tcp:
            try WorldCommand.start(address, "--link", "link") {
                Self.serveStreams($0, for: service)
            }
        case .udp: try startDatagrams(for: service)
        }
    }

    /// One byte stream after the other.
    private static func serveStreams(
        _ listener: consuming TCPListener, for service: WorldService
    ) {
        var listener = listener
        while !service.isEnding {
            let deadline = HostClock.now.later(by: .milliseconds(100))
            guard let connection = try? listener.accept(by: deadline) else { continue }
            var link = SerialLink(connection, session: .random(in: 1 ... .max))
            // It ends when the other end goes; the next one may come.
            try? LinkServer.serve(&link, for: service)
        }
    }

    /// One port, and whoever speaks to it.
    private func startDatagrams(for service: WorldService) throws {
        let parts = address.split(separator: ":").map(String.init)
        guard parts.count == 2, let number = UInt16(parts[1]) else {
            throw ValidationError("--link udp:\(address) is no address; write udp:HOST:PORT.")
        }
        let held: Held
        do throws(LinuxIOError) {
            let socket = try AnsweringSocket(host: parts[0], port: number)
            Notice.say("link on \(parts[0]):\(socket.port)")
            held = Held(consume socket)
        } catch {
            throw ValidationError(
                WorldCommand.explanation(error, "udp:" + address, "--link"))
        }
        Thread.detachNewThread {
            guard let socket = held.take() else { return }
            var link = DatagramLink(socket, session: .random(in: 1 ... .max))
            // A UDP port does not fail: the other end's absence is silence.
            try? LinkServer.serve(&link, for: service)
        }
    }

    /// A socket on its way to its thread, which takes it once.
    private final class Held: @unchecked Sendable {
        private var socket: AnsweringSocket?
        init(_ socket: consuming AnsweringSocket) { self.socket = consume socket }
        func take() -> AnsweringSocket? { socket.take() }
    }
}
