import Control
import Dispatch
import Foundation
import LinuxIO
import Testing

/// A server with two orders on a thread of its own, for as long as the value lives.
final class Served {
    let path: String
    private let server: ControlServer
    private let done = DispatchSemaphore(value: 0)

    init(clients: Int = 8) throws {
        path = "/tmp/lodestar-control-\(UUID().uuidString.prefix(8))"
        var limits = ControlServer.Limits()
        limits.clients = clients
        server = try ControlServer(
            try UnixListener(at: path),
            table: CommandTable([
                ControlCommand("say", arguments: "WORD", help: "says it") { .done($0[0]) },
                ControlCommand("long", help: "says much") { _ in
                    .done(String(repeating: "x", count: 20_000))
                },
            ]), limits: limits)
        Thread.detachNewThread { [server, done] in
            server.run()
            done.signal()
        }
    }

    deinit {
        server.stop()
        done.wait()
    }
}

/// A client that waits for its answers, up to 5 s.
struct Caller: ~Copyable {
    let stream: UnixStream
    private var read: [UInt8] = []

    init(_ path: String) throws { stream = try UnixStream(to: path) }

    func send(_ text: String) throws {
        var bytes = Array(text.utf8)
        // Ends when all is sent; the server always reads on.
        while !bytes.isEmpty {
            let sent = try stream.send(bytes.span.bytes)
            bytes.removeFirst(sent)
            if sent == 0 { usleep(1_000) }
        }
    }

    /// The next line; `nil` at the end of the connection or after 5 s.
    mutating func line() -> String? {
        for _ in 0..<100_000 {
            if let end = read.firstIndex(of: 0x0A) {
                defer { read.removeSubrange(...end) }
                return String(decoding: read[..<end], as: UTF8.self)
            }
            var entries = [PollEntry(stream.descriptor)]
            PollEntry.wait(&entries, milliseconds: 5_000)
            guard entries[0].isReadable else { return nil }
            var room = [UInt8](repeating: 0, count: 65_536)
            guard let count = try? room.withUnsafeMutableBytes({ try stream.receive(into: $0) })
            else { return nil }
            read += room[..<count]
        }
        return nil
    }
}

@Suite struct ControlServerTests {
    @Test func twoClientsAreServedAtOnceAndHalfLinesWait() throws {
        let served = try Served()
        var first = try Caller(served.path)
        var second = try Caller(served.path)
        try first.send("say fi")
        try second.send("say second\n")
        let fromSecond = second.line()
        #expect(fromSecond == "ok second")
        try first.send("rst\nsay again\n")
        let fromFirst = [first.line(), first.line()]
        #expect(fromFirst == ["ok first", "ok again"])
    }

    @Test func aMegabyteWithoutALineEndIsRefusedAndTheConnectionStaysOfUse() throws {
        let served = try Served()
        var caller = try Caller(served.path)
        try caller.send(String(repeating: "a", count: 1 << 20))
        try caller.send("\nsay still\n")
        let answers = [caller.line(), caller.line()]
        #expect(answers[0]?.hasPrefix("error an order has 4096 bytes at most") == true)
        #expect(answers[1] == "ok still")
    }

    @Test func aClientThatGoesMidAnswerOrNeverReadsDisturbsNobody() throws {
        let served = try Served()
        do {
            let leaver = try Caller(served.path)
            try leaver.send("long\nlong\n")
        }
        let deaf = try Caller(served.path)
        // More than the socket and the server hold of answers; sending ends when we are cut off.
        for _ in 0..<200 { do { try deaf.send("long\n") } catch { break } }
        var caller = try Caller(served.path)
        try caller.send("say here\n")
        let answer = caller.line()
        #expect(answer == "ok here")
    }

    @Test func oneClientTooManyIsToldSo() throws {
        let served = try Served(clients: 1)
        var first = try Caller(served.path)
        try first.send("say one\n")
        let one = first.line()
        #expect(one == "ok one")
        var second = try Caller(served.path)
        let refusal = second.line()
        #expect(refusal == "error 1 clients are connected already; try again later")
    }

    @Test func aSocketInUseIsRefusedAndADeadOneIsReplaced() throws {
        let served = try Served()
        #expect(throws: LinuxIOError.system(call: "bind", number: EADDRINUSE)) {
            _ = try UnixListener(at: served.path)
        }
        let path = served.path + ".file"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: LinuxIOError.system(call: "bind", number: EEXIST)) {
            _ = try UnixListener(at: path)
        }
    }
}
