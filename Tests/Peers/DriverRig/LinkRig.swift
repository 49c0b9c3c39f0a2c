import Foundation
import LinkDrivers
import LinuxIO
import PayloadDoubles
import PayloadHAL
import Quantities

/// Links to a satellite's terminal, tried by our drivers.
extension DriverRig {
    /// `link talk|echo ADDRESS [messages N] [seconds S] [seed N]`; ADDRESS is `udp:HOST:PORT`,
    /// `udp-listen:HOST:PORT`, `tcp:HOST:PORT`, `tcp-listen:HOST:PORT` or `serial:PATH@BAUD`.
    ///
    /// `talk` sends messages, which the other end sends back as they are; `echo` is such an end.
    static func link(_ words: [String]) throws -> [String: Any] {
        guard words.count >= 2, let colon = words[1].firstIndex(of: ":") else {
            throw RigError.text("link talk|echo KIND:ADDRESS")
        }
        let place = String(words[1][words[1].index(after: colon)...])
        let session = UInt32.random(in: 1...(.max))
        switch words[1][..<colon] {
        case "udp":
            var link = DatagramLink(
                try UDPConnection(to: NetworkAddress(parsing: place)), session: session)
            return try work(&link, words, isReliable: false)
        case "udp-listen":
            var link = DatagramLink(
                try UDPConnection(on: NetworkAddress(parsing: place)), session: session)
            return try work(&link, words, isReliable: false)
        case "tcp":
            var link = SerialLink(try connect(place), session: session)
            return try work(&link, words, isReliable: true)
        case "tcp-listen":
            var listener = try TCPListener(on: NetworkAddress(parsing: place))
            guard let one = try listener.accept(by: HostClock.now.later(by: .seconds(30))) else {
                throw RigError.text("nobody connected within 30 s")
            }
            var link = SerialLink(one, session: session)
            return try work(&link, words, isReliable: true)
        case "serial":
            let parts = place.split(separator: "@")
            guard parts.count == 2, let baud = UInt32(parts[1]), baud >= 10 else {
                throw RigError.text("a serial line is PATH@BAUD")
            }
            var link = SerialLink(
                try SerialConnection(path: String(parts[0]), baud: baud), session: session,
                settings: .init(bytesPerSecond: Int(baud / 10)))
            return try work(&link, words, isReliable: true)
        default: throw RigError.text("no link is called \(words[1][..<colon])")
        }
    }

    private static func work<Link: MessageLink & ~Copyable>(
        _ link: inout Link, _ words: [String], isReliable: Bool
    ) throws -> [String: Any] {
        let messages = Int(number("messages", words) ?? 100)
        let end = HostClock.now.later(by: .seconds(Int64(number("seconds", words) ?? 30)))
        var talk = LinkTalk(messages: messages, seed: UInt64(number("seed", words) ?? 1))
        let start = HostClock.now
        if words[0] == "echo" {
            try talk.echo(&link, until: end)
        } else {
            try talk.talk(&link, until: end, isReliable: isReliable)
        }
        var results = talk.results
        results["seconds"] = Double(HostClock.now.count - start.count) * 1e-12
        let counters = link.counters
        results["damaged"] = Int(counters.damaged)
        results["malformed"] = Int(counters.malformed)
        results["duplicates"] = Int(counters.duplicates)
        results["stale"] = Int(counters.stale)
        results["incomplete"] = Int(counters.incomplete)
        results["retransmissions"] = Int(counters.retransmissions)
        results["peer_restarts"] = Int(counters.peerRestarts)
        results["bytes_sent"] = Int(counters.bytesSent)
        results["bytes_received"] = Int(counters.bytesReceived)
        return results
    }
}

/// Messages that go out and come back.
private struct LinkTalk: ~Copyable {
    private var messages: [[UInt8]] = []
    private let room = UnsafeMutableRawBufferPointer.allocate(
        byteCount: LinkLimits.largestMessage, alignment: 16)
    private(set) var results: [String: Any] = [:]

    init(messages count: Int, seed: UInt64) {
        var chance = SeededChance(seed: seed)
        for index in 0..<count {
            let length = index == 0 ? LinkLimits.largestMessage : 1 + chance.below(2_000)
            messages.append(chance.bytes(length))
        }
    }

    deinit { room.deallocate() }

    /// Sends everything, at most eight messages ahead of what came back or is given up.
    mutating func talk<Link: MessageLink & ~Copyable>(
        _ link: inout Link, until end: Picoseconds, isReliable: Bool
    ) throws {
        var (sent, back, wrong, givenUp) = (0, 0, 0, 0)
        var isBack = [Bool](repeating: false, count: messages.count)
        var quietSince = link.now
        while back + givenUp < messages.count, link.now < end {
            if sent < messages.count, sent < back + givenUp + 8, try send(messages[sent], &link) {
                sent += 1
            }
            let length = try link.receive(into: room, by: link.now.later(by: .milliseconds(5)))
            if length == 0 {
                // What an unreliable link lost does not come: go on without it.
                guard !isReliable, link.now.count - quietSince.count > 2_000_000_000_000 else {
                    continue
                }
                givenUp = sent - back
            } else if let index = place(Array(room[..<length]), back, isReliable), !isBack[index] {
                isBack[index] = true
                back += 1
            } else {
                wrong += 1
            }
            quietSince = link.now
        }
        results = [
            "sent": sent, "received": Int(link.counters.messagesReceived), "wrong": wrong,
            "complete": back + givenUp >= messages.count,
        ]
    }

    /// Sends back whatever comes.
    mutating func echo<Link: MessageLink & ~Copyable>(
        _ link: inout Link, until end: Picoseconds
    ) throws {
        while link.now < end {
            let length = try link.receive(into: room, by: link.now.later(by: .milliseconds(5)))
            guard length > 0 else { continue }
            let message = Array(room[..<length])
            guard try send(message, &link) else {
                throw RigError.text("the queue is full: the other end asks more than it takes")
            }
        }
        results = ["received": Int(link.counters.messagesReceived)]
    }

    /// Which message this is; of a reliable link it must be the next one.
    private func place(_ message: [UInt8], _ next: Int, _ isReliable: Bool) -> Int? {
        guard isReliable else { return messages.firstIndex(of: message) }
        return messages[next] == message ? next : nil
    }

    /// `false` if the queue is full.
    private func send<Link: MessageLink & ~Copyable>(
        _ message: [UInt8], _ link: inout Link
    ) throws -> Bool {
        do throws(Link.Failure) {
            try message.span.withUnsafeBytes { bytes throws(Link.Failure) in
                try link.send(bytes)
            }
            return true
        } catch {
            if error.fault == .refused { return false }
            throw error
        }
    }
}
