import Daemon
import Foundation
import Testing

@Suite struct StateDirectoryTests {
    let path = "/tmp/lodestar-state-\(UUID().uuidString.prefix(8))"

    @Test func stateSurvivesAndASecondDaemonIsRefused() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        var state = SavedState()
        do {
            let directory = try StateDirectory(path)
            let first = directory.load()
            #expect(first == SavedState())
            #expect(first.isClean)
            state.starts = 3
            state.isClean = false
            state.phase = .pass
            state.lastPass = "complete"
            let problem = directory.save(state)
            #expect(problem == nil)
            #expect {
                _ = try StateDirectory(path)
            } throws: { error in
                (error as? StopFault)?.reason.exitStatus == .busy
                    && "\(error)".contains("process \(getpid())")
            }
        }
        let again = try StateDirectory(path).load()
        #expect(again == state)
    }

    @Test func stateThatCannotBeReadCountsAsNone() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let directory = try StateDirectory(path)
        for text in ["", "{", "[1,2]", "{\"starts\":\"x\"}", String(repeating: "x", count: 70_000)]
        {
            try text.write(toFile: path + "/state.json", atomically: false, encoding: .utf8)
            let state = directory.load()
            #expect(state == SavedState())
        }
    }

    @Test func aPlaceWhereNothingCanBeMadeIsNamed() {
        #expect {
            _ = try StateDirectory("/proc/lodestar")
        } throws: { error in
            (error as? StopFault)?.reason.exitStatus == .cannotCreate
                && "\(error)".contains("/proc/lodestar")
        }
    }
}
