import Testing
import Tracking

@testable import PassControl

private let second: Int64 = 1_000_000_000_000

/// Every kind of event.
private let allKinds: [PassEvent.Kind] = [
    .start(until: 400 * second), .start(until: 0), .tick, .mountReady, .coarseAcquired, .coarseLost,
    .fineAcquired, .fineLost, .linkUp, .linkDown, .mountFailed, .mountRecovered, .cameraFailed,
    .cameraRecovered, .mirrorFailed, .mirrorRecovered, .sunTooNear, .sunClear, .ratesTooHigh,
    .ratesCleared, .stop, .emergencyStop, .reset, .mountParked,
]

private let allPhases = (0..<UInt8(PassPhase.count)).compactMap { PassPhase(rawValue: $0) }

/// What the station does, followed from the actions alone.
private struct Station {
    var areShuttersPermitted = false
    var isLaserWanted = false
    var isKeyOn = false
    var isLoopClosed = false
    var isLadderOn = false

    mutating func obey(_ actions: PassActionList) {
        for index in 0..<actions.count {
            switch actions[index] {
            case .closeShutters: areShuttersPermitted = false
            case .permitShutters: areShuttersPermitted = true
            case .inhibitLaser: isLaserWanted = false
            case .requestLaser: isLaserWanted = true
            case .endKey: isKeyOn = false
            case .beginKey: isKeyOn = true
            case .openFineLoop: isLoopClosed = false
            case .closeFineLoop: isLoopClosed = true
            case .stopLadder: isLadderOn = false
            case .startLadder: isLadderOn = true
            case .stopMount, .restMount, .slewMount, .followTrack, .parkMount: break
            }
        }
    }
}

/// Feeds events a second apart and keeps the log.
private struct Run {
    var state = PassState()
    var station = Station()
    var log: [PassTransition] = []
    var time: Int64 = 0

    mutating func feed(_ kinds: PassEvent.Kind...) {
        for kind in kinds { feed(kind, after: 1) }
    }

    mutating func feed(_ kind: PassEvent.Kind, after seconds: Int64) {
        time += seconds * second
        let step = PassMachine.step(state, PassEvent(kind, at: time))
        state = step.state
        station.obey(step.actions)
        if let transition = step.transition { log.append(transition) }
    }

    /// A pass in key exchange.
    static var exchanging: Run {
        var run = Run()
        run.feed(
            .start(until: 400 * second), .mountReady, .coarseAcquired, .fineAcquired, .linkUp)
        return run
    }
}

@Suite struct PassMachineTests {
    /// All states that differ in more than times, in each phase.
    private var allStates: [PassState] {
        allPhases.flatMap { phase in
            (0..<128).map { bits in
                var state = PassState()
                state.phase = phase
                state.since = 50 * second
                state.end = 300 * second
                state.isLinkUp = bits & 1 != 0
                state.isMountFailing = bits & 2 != 0
                state.isCameraFailing = bits & 4 != 0
                state.isMirrorFailing = bits & 8 != 0
                state.isSunNear = bits & 16 != 0
                state.areRatesHigh = bits & 32 != 0
                state.isFineSeen = bits & 64 != 0
                return state
            }
        }
    }

    @Test func noEventInAnyStateBreaksARule() {
        for var state in allStates {
            for isStopped in [false, true] {
                state.isStopped = isStopped
                for kind in allKinds {
                    for time in [60, 100, 299, 300, 1_000] as [Int64] {
                        check(state, PassEvent(kind, at: time * second))
                    }
                }
            }
        }
    }

    /// Names the rules that a step breaks. One `#expect` per step, as there are 300,000.
    private func check(_ state: PassState, _ event: PassEvent) {
        let step = PassMachine.step(state, event)
        let phase = step.state.phase
        var broken: [String] = []
        func hold(_ rule: String, _ isHeld: Bool) { if !isHeld { broken.append(rule) } }
        if let transition = step.transition {
            hold(
                "the log names both phases",
                transition.from == state.phase && transition.to == phase)
            hold("times are the event's", transition.time == event.time)
            hold("the phase begins with the event", step.state.since == event.time)
        } else {
            hold("no transition, no change", phase == state.phase && step.actions.count == 0)
        }
        // From the actions alone the station is in the posture of the phase.
        let before = PassPosture(state.phase)
        var station = Station(
            areShuttersPermitted: before.mayShuttersOpen, isLaserWanted: before.isLaserWanted,
            isKeyOn: before.isKeyOn, isLoopClosed: before.isFineLoopClosed,
            isLadderOn: before.isLadderOn)
        station.obey(step.actions)
        let isLocked = phase == .fine || phase == .keyExchange
        let isQuiet = phase == .idle || phase == .slew || phase == .park || phase == .safe
        hold("shutters open on a lock only", station.areShuttersPermitted == isLocked)
        hold("loop closed on a lock only", station.isLoopClosed == isLocked)
        hold("key in key exchange only", station.isKeyOn == (phase == .keyExchange))
        hold("laser while the ladder is on", station.isLaserWanted == !isQuiet)
        hold("ladder while following", station.isLadderOn == !isQuiet)
        if phase == .keyExchange, state.phase != .keyExchange {
            hold("key needs link and rates", step.state.isLinkUp && !step.state.areRatesHigh)
        }
        switch event.kind {
        case .emergencyStop: hold("emergency stop is safe", phase == .safe)
        case .mountFailed: hold("no mount is safe", phase == .safe || phase == .idle)
        case .sunTooNear: hold("near the Sun nothing looks", isQuiet)
        default: break
        }
        if !broken.isEmpty { Issue.record("\(state), \(event): \(broken)") }
    }

    @Test(arguments: allPhases)
    func everyPhaseLeavesToParkOrIdleOnOrder(phase: PassPhase) {
        for var state in allStates where state.phase == phase && phase != .idle {
            state.isStopped = false
            let step = PassMachine.step(state, PassEvent(.stop, at: 60 * second))
            #expect(step.state.phase == .park)
        }
        var stopped = PassState()
        stopped.phase = .safe
        stopped.isStopped = true
        #expect(PassMachine.step(stopped, PassEvent(.stop, at: 0)).state.phase == .safe)
        #expect(PassMachine.step(stopped, PassEvent(.reset, at: 0)).state.phase == .park)
    }

    @Test(arguments: allPhases.filter { $0 != .idle })
    func noPhaseWaitsForEver(phase: PassPhase) {
        var run = Run()
        run.state.phase = phase
        run.state.end = 1_000 * second
        run.station.obey(
            PassActionList(from: PassPosture(.idle), to: PassPosture(phase), isAnew: false))
        for _ in 0..<5_000 {
            run.feed(.tick)
            if run.state.phase == .park { break }
        }
        // Without any event but time, each phase ends at rest or in the attempt to park.
        #expect(run.state.phase == .park)
        #expect(phase == .keyExchange || run.log.count >= 1 || phase == .park)
    }

    @Test(arguments: allPhases.filter { $0 != .idle && $0 != .park && $0 != .safe })
    func theEndOfThePassParksTheMount(phase: PassPhase) {
        var state = PassState()
        state.phase = phase
        state.since = 299 * second
        state.end = 300 * second
        let step = PassMachine.step(state, PassEvent(.tick, at: 300 * second))
        #expect(step.state.phase == .park)
        #expect(step.transition?.reason == .passEnded)
        #expect(step.actions.contains(.parkMount))
    }

    @Test func aPassWithoutTroubleRunsThroughItsPhases() {
        var run = Run.exchanging
        run.feed(.tick, after: 395)
        run.feed(.mountParked)
        #expect(
            run.log.map(\.to) == [
                .slew, .acquire, .coarse, .fine, .keyExchange, .park, .idle,
            ])
        #expect(
            run.log.map(\.reason) == [
                .ordered, .mountReady, .coarseAcquired, .fineAcquired, .linkUp, .passEnded, .parked,
            ])
    }

    @Test func aFadeIsBridgedAndALongOneIsSearchedFor() {
        var run = Run.exchanging
        run.feed(.fineLost)
        #expect(run.state.phase == .fade)
        #expect(!run.station.areShuttersPermitted && !run.station.isKeyOn)
        run.feed(.fineAcquired)
        #expect(run.state.phase == .fine)
        run.feed(.tick)
        #expect(run.state.phase == .keyExchange)
        run.feed(.fineLost)
        run.feed(.tick, after: 4)
        #expect(run.state.phase == .reacquire)
        run.feed(.tick, after: 31)
        #expect(run.state.phase == .acquire)
        #expect(run.log.last?.reason == .reacquireOverdue)
        run.feed(.coarseAcquired, .fineAcquired, .tick)
        #expect(run.state.phase == .keyExchange)
    }

    @Test func aMountThatFailsStopsThePassAndLetsItGoOnOnceItIsBack() {
        var run = Run.exchanging
        run.feed(.mountFailed)
        #expect(run.state.phase == .safe)
        #expect(!run.station.isLaserWanted && !run.station.areShuttersPermitted)
        run.feed(.fineLost, .mountRecovered)
        #expect(run.state.phase == .reacquire)
        run.feed(.fineAcquired, .tick)
        #expect(run.state.phase == .keyExchange)
    }

    @Test func aMirrorOrCameraThatFailsCostsTheLockOnly() {
        var run = Run.exchanging
        run.feed(.mirrorFailed)
        #expect(run.state.phase == .reacquire)
        run.feed(.fineAcquired, .tick)
        #expect(run.state.phase == .reacquire)
        run.feed(.mirrorRecovered)
        #expect(run.state.phase == .fine)
        run.feed(.cameraFailed)
        #expect(run.state.phase == .reacquire)
        run.feed(.cameraRecovered, .fineAcquired, .tick)
        #expect(run.state.phase == .keyExchange)
    }

    @Test func ratesOverTheLimitEndTheKeyUntilTheLatchIsTakenOff() {
        var run = Run.exchanging
        run.feed(.ratesTooHigh, .tick)
        #expect(run.state.phase == .fine)
        #expect(!run.station.isKeyOn)
        run.feed(.ratesCleared)
        #expect(run.state.phase == .keyExchange)
        #expect(run.log.last?.reason == .ratesCleared)
    }

    @Test func whileTheLinkIsMissingItIsSaidAgainAndAgain() {
        var run = Run.exchanging
        run.feed(.linkDown)
        run.feed(.tick, after: 31)
        run.feed(.tick, after: 31)
        #expect(
            run.log.suffix(2).allSatisfy {
                $0.reason == .linkOverdue && $0.from == .fine && $0.to == .fine
            })
        #expect(run.station.areShuttersPermitted)
    }

    @Test func anEmergencyStopHoldsUntilItIsReset() {
        var run = Run.exchanging
        run.feed(.emergencyStop)
        #expect(run.state.phase == .safe)
        run.feed(.mountRecovered, .stop)
        run.feed(.tick, after: 1_000)
        #expect(run.state.phase == .safe)
        run.feed(.start(until: 5_000 * second))
        #expect(run.state.phase == .safe)
        run.feed(.reset)
        #expect(run.state.phase == .park)
    }

    @Test func theActionsThatMakeSafeComeFirst() {
        let step = PassMachine.step(
            Run.exchanging.state, PassEvent(.emergencyStop, at: 10 * second))
        let order = (0..<step.actions.count).map { step.actions[$0] }
        #expect(
            order == [
                .closeShutters, .inhibitLaser, .endKey, .openFineLoop, .stopLadder, .stopMount,
            ])
    }

    @Test func noSequenceOfEventsBreaksARule() {
        var state: UInt64 = 12
        for _ in 0..<200 {
            var run = Run()
            for _ in 0..<500 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let kind = allKinds[Int(state >> 33) % allKinds.count]
                run.feed(kind, after: Int64(state >> 60))
                let isLocked = run.state.phase == .fine || run.state.phase == .keyExchange
                #expect(run.station.areShuttersPermitted == isLocked)
                #expect(run.station.isKeyOn == (run.state.phase == .keyExchange))
            }
        }
    }

    @Test func changesOnTheLadderAndOfTheMountBecomeEvents() {
        #expect(PassEvent(ladder: .fineLost, at: 3) == PassEvent(.fineLost, at: 3))
        #expect(PassEvent(ladder: .searchStarted, at: 3) == nil)
        #expect(PassEvent(mount: .failed(.silent), at: 3) == PassEvent(.mountFailed, at: 3))
        #expect(PassEvent(mount: .failing(.silent), at: 3) == nil)
    }
}
