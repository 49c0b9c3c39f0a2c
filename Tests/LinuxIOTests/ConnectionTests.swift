import Foundation
import LinuxIO
import PayloadDoubles
import PayloadHAL
import Quantities
import Testing

private func soon(_ milliseconds: Int64 = 2_000) -> Picoseconds {
    HostClock.now.later(by: .milliseconds(milliseconds))
}

/// Sends back what comes, until the other end closes; takes `connections` one after the other.
private func echo(_ listener: consuming TCPListener, connections: Int) {
    var listener = listener
    for _ in 0..<connections {
        guard var connection = (try? listener.accept(by: soon(10_000))) ?? nil else { return }
        var memory = InlineArray<256, UInt8>(repeating: 0)
        while true {
            var span = memory.mutableSpan
            var bytes = span.mutableBytes
            guard let count = try? connection.receive(into: &bytes, by: soon(10_000)), count > 0
            else { break }
            try? connection.send(memory.span.bytes.extracting(first: count), by: soon())
        }
    }
}

@Suite struct ConnectionTests {
    @Test func aConnectionByTCPPassesTheChecksOfEveryConnection() throws {
        let listener = try TCPListener(on: NetworkAddress(host: "127.0.0.1", port: 0))
        let port = listener.port
        let box = Box(listener)
        let thread = Thread { echo(box.take(), connections: 2) }
        thread.start()
        var connection = try TCPConnection(
            to: NetworkAddress(host: "127.0.0.1", port: port), by: soon())
        #expect(connectionFaults(of: &connection, patience: .seconds(5)) == [])
    }

    @Test func nobodyListeningIsUnreachableAndACloseIsNoSilence() throws {
        let address: NetworkAddress
        do {
            var listener = try TCPListener(on: NetworkAddress(host: "127.0.0.1", port: 0))
            address = try NetworkAddress(host: "127.0.0.1", port: listener.port)
            var connection = try TCPConnection(to: address, by: soon())
            do {
                _ = try listener.accept(by: soon())
            }
            var memory = InlineArray<4, UInt8>(repeating: 0)
            var span = memory.mutableSpan
            var bytes = span.mutableBytes
            #expect(throws: LinuxIOError.closed) {
                try connection.receive(into: &bytes, by: soon())
            }
        }
        do throws(LinuxIOError) {
            _ = try TCPConnection(to: address, by: soon())
            Issue.record("connected to nobody")
        } catch {
            #expect(error.fault == .unreachable)
        }
    }

    @Test func aPeerThatTakesNothingMakesSendingTimeOut() throws {
        var listener = try TCPListener(on: NetworkAddress(host: "127.0.0.1", port: 0))
        let connection = try TCPConnection(
            to: NetworkAddress(host: "127.0.0.1", port: listener.port), by: soon())
        let other = try listener.accept(by: soon())
        let much = [UInt8](repeating: 0, count: 64 << 20)
        do throws(LinuxIOError) {
            try connection.send(much.span.bytes, by: soon(50))
            Issue.record("64 MiB went nowhere")
        } catch {
            #expect(error.fault == .timedOut)
        }
        _ = other
    }

    @Test func aWaitThatIsToEndEndsBeforeItsDeadlineAndOneThatLeavesSomethingSafeDoesNot() throws {
        var listener = try TCPListener(on: NetworkAddress(host: "127.0.0.1", port: 0))
        var connection = try TCPConnection(
            to: NetworkAddress(host: "127.0.0.1", port: listener.port), by: soon())
        guard let other = try listener.accept(by: soon()) else {
            Issue.record("nobody connected")
            return
        }
        var memory = InlineArray<4, UInt8>(repeating: 0)
        var span = memory.mutableSpan
        var bytes = span.mutableBytes
        try DeviceWait.ending(when: { true }) {
            // A minute, were it not ended.
            #expect(throws: LinuxIOError.interrupted) {
                try connection.receive(into: &bytes, by: soon(60_000))
            }
            #expect(
                try DeviceWait.whole { try connection.receive(into: &bytes, by: soon(50)) } == 0)
            // What is there already is taken.
            try other.send(([1, 2] as [UInt8]).span.bytes, by: soon())
            #expect(try DeviceWait.whole { try connection.receive(into: &bytes, by: soon()) } == 2)
        }
        #expect(try connection.receive(into: &bytes, by: soon(20)) == 0)
    }

    @Test func whatHearsNobodyIsNotWaitedForOnceItIsToEnd() {
        let gate = DispatchSemaphore(value: 0)
        let ended = DeviceWait.ending(when: { true }) {
            DeviceWait.apart {
                gate.wait()
                return 1
            }
        }
        #expect(ended == nil)
        gate.signal()
        let answers = DeviceWait.ending(when: { false }) { DeviceWait.apart { 2 } }
        #expect(answers == 2 && DeviceWait.apart { 3 } == 3)
    }

    @Test func wrongAddressesAreRefusedInWords() {
        for text in ["", "localhost", "localhost:", ":80", "localhost:99999", "localhost:x"] {
            #expect(throws: LinuxIOError.address(text)) { try NetworkAddress(parsing: text) }
        }
        #expect((try? NetworkAddress(parsing: "127.0.0.1:4533"))?.description == "127.0.0.1:4533")
        #expect((try? NetworkAddress(parsing: "[::1]:4533"))?.description == "[::1]:4533")
    }

    /// The other end of a pseudo-terminal echoes, as `cat` would.
    @Test func aSerialLinePassesTheChecksOfEveryConnection() throws {
        let controller = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK)
        try #require(controller >= 0)
        var (unlocked, number): (Int32, Int32) = (0, 0)
        // TIOCSPTLCK and TIOCGPTN of asm-generic/ioctls.h.
        try #require(ioctl(controller, 0x4004_5431, &unlocked) == 0)
        try #require(ioctl(controller, 0x8004_5430, &number) == 0)
        var connection = try SerialConnection(path: "/dev/pts/\(number)", baud: 256_000)
        let end = soon(5_000)
        let thread = Thread {
            var bytes = [UInt8](repeating: 0, count: 256)
            while HostClock.now < end {
                let count = read(controller, &bytes, bytes.count)
                if count > 0 { _ = write(controller, bytes, count) } else { usleep(1_000) }
            }
        }
        thread.start()
        #expect(connectionFaults(of: &connection, patience: .seconds(5)) == [])
    }

    @Test func whatIsNoSerialLineIsRefused() {
        #expect(throws: LinuxIOError.device("/dev/null", wanted: "a serial line")) {
            _ = try SerialConnection(path: "/dev/null", baud: 9600)
        }
        #expect(throws: LinuxIOError.self) {
            _ = try SerialConnection(path: "/nowhere/tty", baud: 9600)
        }
    }

    @Test func packetsFindTheirWayThere() throws {
        var socket = try UDPSocket()
        // Nobody listens: no answer, and no trap.
        try socket.send(
            Array("alpacadiscovery1".utf8), to: NetworkAddress(host: "127.0.0.1", port: 9))
        #expect((try? socket.receive(by: soon(30))) == nil)
    }
}

/// Carries a value that cannot be copied into a thread.
final class Box<Value: ~Copyable>: @unchecked Sendable {
    private var value: Value?
    init(_ value: consuming Value) { self.value = consume value }
    func take() -> Value { value.take()! }
}
