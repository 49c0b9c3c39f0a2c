import Quantities
import RealTime
import Synchronization
import Testing

struct Spoilt: Error, CustomStringConvertible { let description = "the lens is fogged" }

@Suite struct RealTimeThreadTests {
    @Test func theSupervisorLearnsHowEachThreadEnded() throws {
        let woken = Atomic<Int>(0)
        let supervisor = ThreadSupervisor { woken.add(1, ordering: .relaxed) }
        let refused = RefusedByMachine()
        let good = try RealTimeThread(
            ThreadSettings(name: "good"), supervisor: supervisor, refused: refused
        ) {}
        good.join()
        let bad = try RealTimeThread(
            ThreadSettings(name: "bad"), supervisor: supervisor, refused: refused
        ) { throw Spoilt() }
        bad.join()
        bad.join()
        #expect(bad.isFinished)
        #expect(
            supervisor.take() == [
                ThreadEnd(name: "good", failure: nil),
                ThreadEnd(name: "bad", failure: "the lens is fogged"),
            ])
        #expect(supervisor.take().isEmpty)
        let count = woken.load(ordering: .relaxed)
        #expect(count == 2)
    }

    @Test func processorsThatAreNotThereAreRefusedOnceAndTheBodyRunsAllTheSame() throws {
        let ran = Atomic<Int>(0)
        let refused = RefusedByMachine()
        for _ in 0..<2 {
            let thread = try RealTimeThread(
                ThreadSettings(name: "lonely", processors: [1_000]),
                supervisor: ThreadSupervisor(), refused: refused
            ) { ran.add(1, ordering: .relaxed) }
            thread.join()
        }
        let count = ran.load(ordering: .relaxed)
        #expect(count == 2)
        #expect(refused.all.map(\.subject) == [.processors])
        #expect(refused.all.first?.description.contains("1000") == true)
    }

    @Test func aThreadWithAPriorityRunsWhetherTheMachineGrantsItOrNot() throws {
        let ran = Atomic<Bool>(false)
        let refused = RefusedByMachine()
        let thread = try RealTimeThread(
            ThreadSettings(name: "first", priority: .fifo(50), stackByteCount: 4 << 20),
            supervisor: ThreadSupervisor(), refused: refused
        ) { ran.store(true, ordering: .relaxed) }
        thread.join()
        let count = ran.load(ordering: .relaxed)
        #expect(count)
        #expect(refused.all.allSatisfy { $0.subject == .priority })
    }
}

@Suite struct LivenessTests {
    @Test func whoDoesNotMoveInTimeIsNamedUntilItMovesAgain() {
        let tagger = Atomic<UInt64>(0)
        var liveness = Liveness()
        liveness.watch("tagger", limit: .seconds(2), now: .seconds(10)) {
            tagger.load(ordering: .relaxed)
        }
        #expect(liveness.stalled(now: .seconds(12)).isEmpty)
        #expect(liveness.stalled(now: .seconds(13)) == ["tagger"])
        tagger.add(1, ordering: .relaxed)
        #expect(liveness.stalled(now: .seconds(14)).isEmpty)
        #expect(liveness.stalled(now: .seconds(16)).isEmpty)
        #expect(liveness.stalled(now: .seconds(17)) == ["tagger"])
    }
}
