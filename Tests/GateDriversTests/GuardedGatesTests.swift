import GateDrivers
import PayloadDoubles
import PayloadHAL
import Quantities
import Testing
import TimeTags

private let rule = RateGuard.Rule()!
private let flash = clicks(2, from: 0, every: 100_000, count: 1251)

@Suite struct GateTests {
    @Test func aGateOnALinePassesTheChecksOfEveryGateAlsoTurnedRound() throws {
        for isInverted in [false, true] {
            let record = LineRecord()
            var gate = try LineGate(
                RecordedLine(record, isActiveWhenSafe: isInverted), isInverted: isInverted)
            let canClick = { record.level == !isInverted }
            #expect(gateFaults(of: &gate, canClick: canClick) == [])
        }
    }

    @Test func aGateGoingAwayBlanksItsDetector() throws {
        let record = LineRecord()
        do {
            var gate = try LineGate(RecordedLine(record))
            try gate.open()
            #expect(record.level == true)
        }
        #expect(record.level == false)
        #expect(record.isReleased)
    }

    @Test func aLineWhoseSafeLevelOpensTheGateIsRefused() {
        do throws(LineGateError<RecordedLine.Failure>) {
            _ = try LineGate(RecordedLine(LineRecord(), isActiveWhenSafe: true))
            Issue.record("took it")
        } catch { #expect(error.fault == .outOfRange) }
    }

    @Test func aFailedOrderLeavesTheStateUnknown() throws {
        let record = LineRecord()
        var gate = try LineGate(RecordedLine(record))
        try gate.open()
        record.isBroken = true
        do throws(LineGateError<RecordedLine.Failure>) {
            try gate.blank()
            Issue.record("blanked through a broken line")
        } catch { #expect(error.fault == .unreachable) }
        var state = gate.state
        #expect(state == .unknown)
        record.isBroken = false
        try gate.blank()
        state = gate.state
        #expect(state == .blanked)
    }

    @Test func aBankBlanksTheOthersWhenOneGateFails() throws {
        let bench = Bench()
        var bank = try bench.bank()
        try bank.open(.all)
        try bank.setShutter(isOpen: true)
        bench.gates[1].isBroken = true
        do throws(GateBankError<LineGateError<RecordedLine.Failure>, RecordedLine.Failure>) {
            try bank.close()
            Issue.record("closed a broken gate")
        } catch {
            guard case .gate(detector: 1, _) = error else { throw error }
        }
        #expect(bench.open == [false, true, false, false])
        #expect(bench.shutter.level == false)
        let mayClick = bank.mayClick
        #expect(mayClick == DetectorSet(1))
    }

    @Test func linesWrittenAndPlayedPassTheChecksOfEveryLine() {
        let record = LineRecord()
        var output = RecordedLine(record)
        #expect(outputFaults(of: &output) { record.level } == [])
        let score = LineScore()
        var input = PlayedLine(score)
        #expect(inputFaults(of: &input, patience: .milliseconds(10)) { score.play($0) } == [])
    }
}

@Suite struct GuardedGatesTests {
    @Test func whatIsWantedOpensBehindTheShutterAndClosesWithIt() throws {
        let bench = Bench()
        let gates = try WatchedGates(bench, rule)
        #expect(bench.open == [false, false, false, false])
        gates.want(.all, at: .zero)
        #expect(bench.open == [true, true, true, true])
        #expect(gates.isShutterOpen == true)
        gates.want(DetectorSet(2), at: .zero)
        #expect(bench.open == [false, false, true, false])
        gates.want([], at: .zero)
        #expect(gates.mayClick.isEmpty)
        #expect(bench.shutter.level == false)
    }

    @Test func aFlashBlanksItsDetectorAloneBeforeTheCallReturnsAndUntilReArmed() throws {
        let bench = Bench()
        let gates = try WatchedGates(bench, rule)
        gates.want(.all, at: .zero)
        #expect(gates.take(flash, at: .zero) == DetectorSet(1))
        #expect(bench.open == [true, false, true, true])
        gates.want([], at: .zero)
        gates.want(.all, at: .zero)
        #expect(bench.open == [true, false, true, true])
        gates.rearm(DetectorSet(1))
        #expect(bench.open == [true, true, true, true])
    }

    @Test func aSilentTaggerBlindsUsAndItsReturnOpensAgainWhatWasWanted() throws {
        let bench = Bench()
        let gates = try WatchedGates(bench, rule)
        gates.want([DetectorSet(0), DetectorSet(3)], at: .seconds(10))
        gates.watch(at: .seconds(10).later(by: .milliseconds(499)))
        #expect(bench.open == [true, false, false, true])
        gates.watch(at: .seconds(10).later(by: .milliseconds(501)))
        #expect(bench.open == [false, false, false, false])
        #expect(gates.isBlind)
        // An empty frame is a sign of life.
        _ = gates.take([], at: .seconds(12))
        #expect(bench.open == [true, false, false, true])
        #expect(!gates.isBlind)
    }

    @Test func aStuckGateClosesTheShutterAndAllOthersUntilReArmed() throws {
        let bench = Bench()
        let gates = try WatchedGates(bench, rule)
        gates.want(.all, at: .zero)
        _ = gates.take(flash, at: .zero)
        let again = clicks(2, from: 30_000_000_000, every: 100_000, count: 1251)
        _ = gates.take(again, at: .zero)
        #expect(bench.shutter.level == false)
        #expect(bench.open == [false, false, false, false])
        gates.want(.all, at: .zero)
        #expect(bench.shutter.level == false)
        gates.rearm(.all)
        #expect(bench.shutter.level == true)
        #expect(bench.open == [true, true, true, true])
    }

    @Test func anOrderThatFailedIsGivenAgainUntilItGetsThrough() throws {
        let bench = Bench()
        let gates = try WatchedGates(bench, rule)
        gates.want(.all, at: .zero)
        bench.gates[1].isBroken = true
        _ = gates.take(flash, at: .zero)
        #expect(gates.failures == 1)
        #expect(gates.mayClick.contains(DetectorSet(1)))
        gates.watch(at: .zero)
        #expect(gates.failures == 2)
        bench.gates[1].isBroken = false
        gates.watch(at: .zero)
        #expect(bench.open == [true, false, true, true])
        #expect(gates.mayClick == DetectorSet.all.subtracting(DetectorSet(1)))
    }

    @Test func goingAwayBlanksEverything() throws {
        let bench = Bench()
        do {
            let gates = try WatchedGates(bench, rule)
            gates.want(.all, at: .zero)
        }
        #expect(bench.open == [false, false, false, false])
        #expect(bench.shutter.level == false)
    }
}
