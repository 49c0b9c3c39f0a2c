@testable import PassControl
import Quantities
import Testing

private let second: Int64 = 1_000_000_000_000

@Suite struct InterlockTests {
    private static let laser = LaserInterlock.Rule(elevationLowest: 0.3)

    /// Inputs of an enabled laser.
    private func inputs(at now: Int64) -> LaserInterlock.Inputs {
        LaserInterlock.Inputs(
            isWanted: true, elevation: TimedInput(0.8, at: now), mask: 0.2,
            isSkyClear: TimedInput(true, at: now), linkSeen: now)
    }

    /// A hold-off that has been clear for long enough.
    private func held(until now: Int64) -> HoldOff {
        var holdOff = HoldOff()
        for time in stride(from: now - 5 * second, through: now, by: Int(second)) {
            holdOff =
                LaserInterlock.evaluate(
                    inputs(at: time), holdOff: holdOff, at: time, rule: Self.laser
                ).holdOff
        }
        return holdOff
    }

    @Test func theLaserComesOnAfterTheHoldOffOnly() {
        var holdOff = HoldOff()
        for time in 0..<5 as Range<Int64> {
            let verdict = LaserInterlock.evaluate(
                inputs(at: time * second), holdOff: holdOff, at: time * second, rule: Self.laser)
            holdOff = verdict.holdOff
            #expect(verdict.isOn == (time >= 2))
            #expect(verdict.reasons == (time >= 2 ? .none : .holdOff))
        }
    }

    @Test func eachInputAloneTurnsTheLaserOffAtOnceAndSaysWhy() {
        let now = 100 * second
        typealias Change = (InterlockReasons, (inout LaserInterlock.Inputs) -> Void)
        let changes: [Change] = [
            (.notWanted, { $0.isWanted = false }),
            (.staleInput, { $0.elevation = nil }),
            (.staleInput, { $0.elevation?.time = now - second }),
            (.staleInput, { $0.elevation?.time = now + 1 }),
            (.belowMask, { $0.elevation?.value = 0.29 }),
            (.belowMask, { $0.elevation?.value = .nan }),
            (.belowMask, { $0.elevation?.value = 4 }),
            (.belowMask, { $0.mask = 0.9 }),
            (.belowMask, { $0.mask = .nan }),
            (.staleInput, { $0.isSkyClear = nil }),
            (.staleInput, { $0.isSkyClear?.time = .min }),
            (.aircraft, { $0.isSkyClear?.value = false }),
            (.linkLost, { $0.linkSeen = nil }),
            (.linkLost, { $0.linkSeen = now - 6 * second }),
            (.linkLost, { $0.linkSeen = now + second }),
        ]
        let holdOff = held(until: now)
        #expect(
            LaserInterlock.evaluate(inputs(at: now), holdOff: holdOff, at: now, rule: Self.laser)
                .isOn)
        for (reason, change) in changes {
            var inputs = inputs(at: now)
            change(&inputs)
            let verdict = LaserInterlock.evaluate(
                inputs, holdOff: holdOff, at: now, rule: Self.laser)
            #expect(!verdict.isOn)
            #expect(verdict.reasons == reason)
            // And the hold-off begins anew.
            let next = LaserInterlock.evaluate(
                self.inputs(at: now + second), holdOff: verdict.holdOff, at: now + second,
                rule: Self.laser)
            #expect(next.reasons == .holdOff)
        }
    }

    @Test func theSunIsFarOrForbids() {
        let rule = SunInterlock.Rule(cone: 0.5)
        let sun = TimedInput(SkyDirection(azimuth: 6.2, elevation: 0.6), at: second)
        func verdict(_ azimuth: Double, at now: Int64 = second) -> SunInterlock.Verdict {
            SunInterlock.evaluate(
                telescope: TimedInput(SkyDirection(azimuth: azimuth, elevation: 0.6), at: second),
                sun: sun, at: now, rule: rule)
        }
        #expect(!verdict(0.1).isClear)
        #expect(verdict(0.1).reasons == .sun)
        #expect(verdict(1.2).isClear)
        #expect(verdict(1.2, at: 10 * second).reasons == .staleInput)
        #expect(verdict(.nan).reasons == .staleInput)
        let unknown = SunInterlock.evaluate(telescope: nil, sun: sun, at: second, rule: rule)
        #expect(!unknown.isClear)
        let noSun = SunInterlock.evaluate(
            telescope: TimedInput(SkyDirection(azimuth: 1, elevation: 1), at: second), sun: nil,
            at: second, rule: rule)
        #expect(!noSun.isClear)
    }

    private static let shutter = ShutterInterlock.Rule(rateLimit: 2e6)

    private func shutterInputs(at now: Int64) -> ShutterInterlock.Inputs {
        ShutterInterlock.Inputs(
            isPermitted: true, isLoopClosed: TimedInput(true, at: now),
            rates: TimedInput([1e5, 2e5, 1e5, 1e5], at: now), isSunClear: true)
    }

    /// Evaluates every 10 ms and gives the last verdict.
    private func settled(
        from start: Int64, _ memory: ShutterInterlock.Memory
    ) -> ShutterInterlock.Verdict {
        var verdict = ShutterInterlock.Verdict(isOpen: false, reasons: .none, memory: memory)
        for index in 0..<10 as Range<Int64> {
            let now = start + index * second / 100
            verdict = ShutterInterlock.evaluate(
                shutterInputs(at: now), memory: verdict.memory, at: now, rule: Self.shutter)
        }
        return verdict
    }

    @Test func shuttersOpenOnlyOnAClosedLoopAndCloseAtOnce() {
        let open = settled(from: 0, ShutterInterlock.Memory())
        #expect(open.isOpen)
        typealias Change = (InterlockReasons, (inout ShutterInterlock.Inputs) -> Void)
        let changes: [Change] = [
            (.loopOpen, { $0.isLoopClosed?.value = false }),
            (.staleInput, { $0.isLoopClosed = nil }),
            (.staleInput, { $0.isLoopClosed?.time = .min }),
            (.notWanted, { $0.isPermitted = false }),
            (.sun, { $0.isSunClear = false }),
            (.staleInput, { $0.rates = nil }),
            (.staleInput, { $0.rates?.time = -second }),
        ]
        for (reason, change) in changes {
            var inputs = shutterInputs(at: second / 10)
            change(&inputs)
            let verdict = ShutterInterlock.evaluate(
                inputs, memory: open.memory, at: second / 10, rule: Self.shutter)
            #expect(!verdict.isOpen)
            #expect(verdict.reasons == reason)
            #expect(!verdict.memory.isLatched)
        }
    }

    @Test(arguments: [3e6, Double.nan, .infinity, -1])
    func aRateOverTheLimitLatchesUntilSomebodyTakesItOff(rate: Double) {
        let open = settled(from: 0, ShutterInterlock.Memory())
        var inputs = shutterInputs(at: second / 10)
        inputs.rates?.value[2] = rate
        let verdict = ShutterInterlock.evaluate(
            inputs, memory: open.memory, at: second / 10, rule: Self.shutter)
        #expect(!verdict.isOpen)
        #expect(verdict.reasons.contains(.rate))
        let later = settled(from: second, verdict.memory)
        #expect(later.reasons == .latched)
        #expect(settled(from: 2 * second, later.memory.unlatched()).isOpen)
        // Taken off too early, it latches again.
        let early = ShutterInterlock.evaluate(
            inputs, memory: verdict.memory.unlatched(), at: second / 10, rule: Self.shutter)
        #expect(early.memory.isLatched)
    }

    @Test func reasonsAreSaidInWords() {
        let verdict = ShutterInterlock.evaluate(
            ShutterInterlock.Inputs(
                isPermitted: true, isLoopClosed: TimedInput(false, at: 0), rates: nil,
                isSunClear: true),
            memory: ShutterInterlock.Memory(), at: 0, rule: Self.shutter)
        #expect(
            verdict.reasons.description == "an input is missing or too old, fine loop open")
        #expect(InterlockReasons.none.description == "clear")
    }
}
