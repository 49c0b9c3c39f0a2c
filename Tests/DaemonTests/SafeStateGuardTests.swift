import Daemon
import Glibc
import Synchronization
import Testing

@Suite struct GuardDutyTests {
    /// What the guard does when its other end says `words` and goes, and what it said first.
    func duty(_ words: String) throws -> (result: [SafeStateFault]?, calls: Int, said: String) {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let bytes = Array(words.utf8)
        _ = write(ends[0], bytes, bytes.count)
        shutdown(ends[0], Int32(SHUT_WR))
        var calls = 0
        let result = GuardDuty.run(channel: ends[1]) {
            calls += 1
            return [SafeStateFault(name: "gate H", problem: "held by another process")]
        }
        var room = [UInt8](repeating: 0, count: 64)
        let count = read(ends[0], &room, room.count)
        close(ends[0])
        return (result, calls, String(decoding: room[..<max(count, 0)], as: UTF8.self))
    }

    @Test func aDeathWithoutAWordMakesEverythingSafe() throws {
        let (result, calls, said) = try duty("")
        #expect(calls == 1)
        #expect(result == [SafeStateFault(name: "gate H", problem: "held by another process")])
        #expect(said == "armed\n")
    }

    @Test func aCleanStopLeavesNothingToDo() throws {
        let (result, calls, _) = try duty("clean\n")
        #expect(calls == 0)
        #expect(result == nil)
    }

    @Test(arguments: ["clean", "clean\n ", "klean\n", String(repeating: "clean\n", count: 9) + "x"])
    func anythingElseIsNoCleanStop(_ words: String) throws {
        #expect(try duty(words).calls == 1)
    }
}
