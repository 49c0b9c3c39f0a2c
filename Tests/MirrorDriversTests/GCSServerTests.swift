import Foundation
import LinuxIO
import MirrorDrivers
import PayloadDoubles
import PayloadHAL
import Quantities
import Testing

/// What the server answers to `text`, all at once.
private func answer(_ server: inout GCSServer, _ text: String) -> String {
    String(decoding: server.receive(Array(text.utf8)), as: UTF8.self)
}

@Suite struct GCSServerTests {
    /// The exchange that PIPython had with a controller, and what it must lead to.
    @Test func itAnswersAsTheRealControllerWasSeenToAnswer() {
        var server = GCSServer.mirror
        #expect(answer(&server, "CSV?\n") == "2.0\n")
        #expect(answer(&server, "*IDN?\n").hasPrefix("(c)2015 Physik Instrumente"))
        #expect(answer(&server, "SVO 1 1 2 1\n") == "")
        #expect(answer(&server, "MOV 1 100.5 2 20.25\n") == "")
        server.advance(by: .seconds(1))
        #expect(answer(&server, "POS?\n") == "1=1.005000e+02 \n2=2.025000e+01\n")
        #expect(answer(&server, "SVO?\n") == "1=1 \n2=1\n")
        #expect(answer(&server, "ONT?\n") == "1=1 \n2=1\n")
        #expect(answer(&server, "POS? 2\n") == "2=2.025000e+01\n")
        #expect(answer(&server, "TMX? 1\n") == "1=2.000000e+03\n")
        #expect(answer(&server, "SAI?\n") == "1 \n2\n")
        #expect(answer(&server, "ERR?\n") == "0\n")
        #expect(server.receive([0x07]) == [0xB1, 0x0A])
        #expect(answer(&server, "\u{5}") == "0\n")
    }

    @Test func wholeJoinedAndByteByByteLeadToTheSameAnswers() {
        let text =
            "SVO 1 1 2 1\nMOV 1 7\nMOV? 1\nPOS? 2\nFOO\nERR?\nERR?\nMOV 1\nERR?\n\u{18}ERR?\n"
        var (whole, pieces) = (GCSServer.mirror, GCSServer.mirror)
        let wanted = answer(&whole, text)
        var got: [UInt8] = []
        for byte in text.utf8 { got += pieces.receive([byte]) }
        #expect(String(decoding: got, as: UTF8.self) == wanted)
        #expect(wanted == "1=7.000000e+00\n2=1.000000e+03\n2\n0\n1\n10\n")
    }

    @Test func whatItRefusesLeavesTheCodeOfTheStandardAndMovesNothing() {
        let cases: [(String, Int)] = [
            ("MOV 1 -1\n", 7), ("MOV 1 2001\n", 7), ("MOV 1 5 2 9999\n", 7), ("MOV 3 1\n", 15),
            ("MOV 1 x\n", 1), ("MOV 1 nan\n", 1), ("MOV 1\n", 1), ("MOV\n", 1), ("SVO 1 2\n", 1),
            ("NONSENSE\n", 2), (String(repeating: "A", count: 10_000) + "\n", 1),
            ("SVO 1 0\nMOV 1 5\n", 5), ("POS? 9\n", 15), ("MVR 1 1e300 \n", 7), ("STP\n", 10),
        ]
        for (text, code) in cases {
            var server = GCSServer.mirror
            _ = answer(&server, "SVO 1 1 2 1\n")
            #expect(answer(&server, text) == "", "\(text)")
            #expect(server.axes.allSatisfy { $0.target == 1_000 }, "\(text)")
            #expect(answer(&server, "ERR?\n") == "\(code)\n", "\(text)")
            #expect(answer(&server, "ERR?\n") == "0\n", "\(text)")
        }
    }

    @Test func anyBytesAtAllLeaveItAnswering() {
        var generator = SystemRandomNumberGenerator()
        var server = GCSServer.mirror
        for _ in 0..<200 {
            _ = server.receive((0..<500).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
        #expect(answer(&server, "\nCSV?\n").hasSuffix("2.0\n"))
    }

    /// Against the response of a critically damped second-order system (1 + wt) exp(-wt).
    @Test func anAxisFollowsAStepAsItsCornerSays() {
        var server = GCSServer(axes: [SimulatedAxis(name: "A", travel: -1...1, corner: 100)])
        _ = answer(&server, "SVO A 1\nMOV A 1\n")
        // 1 / (2 pi 100) s in 100 steps of 15,915,494 ps.
        for _ in 0..<100 { server.advance(by: Picoseconds(15_915_494)) }
        #expect(abs(server.axes[0].position - (1 - 2 / 2.718281828459045)) < 1e-6)
    }

    /// Our own client against our own server, bytes to bytes and without a socket.
    @Test func ourClientPassesTheChecksOfEveryMirrorAgainstOurServer() throws {
        let controller = ServedMirror()
        var mirror = try GCSMirror(ServerConnection(controller))
        #expect(
            mirrorFaults(of: &mirror, tolerance: 1e-9) {
                controller.server.advance(by: .seconds(1))
            } == [])
        #expect(controller.server.error == 0)
    }
}

/// The same controller at the other end of a serial line, a pseudo-terminal.
@Suite struct SerialMirrorTests {
    @Test func ourClientPassesTheChecksOfEveryMirrorOverASerialLine() throws {
        let controller = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK)
        try #require(controller >= 0)
        var (unlocked, number): (Int32, Int32) = (0, 0)
        // TIOCSPTLCK and TIOCGPTN of asm-generic/ioctls.h.
        try #require(ioctl(controller, 0x4004_5431, &unlocked) == 0)
        try #require(ioctl(controller, 0x8004_5430, &number) == 0)
        let connection = try SerialConnection(path: "/dev/pts/\(number)", baud: 115_200)
        let end = HostClock.now.later(by: .seconds(10))
        Thread {
            var server = GCSServer.mirror
            var bytes = [UInt8](repeating: 0, count: 256)
            while HostClock.now < end {
                let count = read(controller, &bytes, bytes.count)
                server.advance(by: .milliseconds(1))
                guard count > 0 else {
                    usleep(200)
                    continue
                }
                let answer = server.receive(bytes.prefix(count))
                if !answer.isEmpty { _ = write(controller, answer, answer.count) }
            }
        }.start()
        var mirror = try GCSMirror(connection, patience: .seconds(5))
        #expect(mirrorFaults(of: &mirror, tolerance: 1e-6) { usleep(100_000) } == [])
    }
}

/// A server that lies in memory beside its client.
final class ServedMirror {
    var server = GCSServer.mirror
    var answers: [UInt8] = []
    var now = Picoseconds.zero
}

/// A connection to a ``ServedMirror``.
struct ServerConnection: ByteConnection, ~Copyable {
    let controller: ServedMirror
    init(_ controller: ServedMirror) { self.controller = controller }
    var now: Picoseconds { controller.now }

    func send(_ bytes: RawSpan, by deadline: Picoseconds) throws(ScriptedConnection.Failure) {
        let sent = bytes.withUnsafeBytes { Array($0) }
        controller.answers += controller.server.receive(sent)
    }

    mutating func receive(
        into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(ScriptedConnection.Failure) -> Int {
        let count = min(buffer.byteCount, controller.answers.count)
        for index in 0..<count {
            buffer.storeBytes(of: controller.answers[index], toByteOffset: index, as: UInt8.self)
        }
        controller.answers.removeFirst(count)
        if count == 0 { controller.now = max(controller.now, deadline) }
        return count
    }

    mutating func reopen(by deadline: Picoseconds) throws(ScriptedConnection.Failure) {
        controller.answers = []
    }
}
