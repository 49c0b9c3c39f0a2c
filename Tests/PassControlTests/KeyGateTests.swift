import PassControl
import Testing

private let millisecond: Int64 = 1_000_000_000

@Suite struct KeyGateTests {
    private static let rule = KeyRule(
        residualLimit: 10e-6, settle: 50 * millisecond, margin: 10 * millisecond,
        gap: 20 * millisecond)

    /// Samples each millisecond; `residual` in microradians.
    private func gate(
        _ count: Int64, residual: (Int64) -> Double,
        phase: (Int64) -> PassPhase = { _ in .keyExchange }
    ) -> KeyGate {
        var gate = KeyGate(rule: Self.rule)
        for index in 0..<count {
            gate.take(
                PointingSample(
                    time: index * millisecond, phase: phase(index),
                    residual: residual(index) * 1e-6))
        }
        return gate
    }

    @Test func goodPointingCountsFromTheSettledTimeOn() {
        let gate = gate(200, residual: { _ in 3 })
        #expect(gate.verdict(at: 49 * millisecond) == .ineligible)
        #expect(gate.verdict(at: 50 * millisecond) == .eligible)
        #expect(gate.verdict(at: 180 * millisecond) == .eligible)
        #expect(gate.verdict(at: 195 * millisecond) == .undecided)
        #expect(gate.verdict(at: .max) == .undecided)
        #expect(gate.verdict(at: .min) == .ineligible)
    }

    @Test func badPointingTakesTheTimeBeforeItAway() {
        let gate = gate(300, residual: { $0 == 150 ? 30 : 3 })
        #expect(gate.verdict(at: 138 * millisecond) == .eligible)
        #expect(gate.verdict(at: 140 * millisecond) == .ineligible)
        #expect(gate.verdict(at: 199 * millisecond) == .ineligible)
        #expect(gate.verdict(at: 202 * millisecond) == .eligible)
        #expect(gate.count == 2)
    }

    @Test(arguments: [
        PassPhase.idle, .slew, .acquire, .coarse, .fine, .fade, .reacquire, .park, .safe,
    ])
    func noOtherPhaseMakesKey(phase: PassPhase) {
        let gate = gate(300, residual: { _ in 1 }, phase: { _ in phase })
        #expect(gate.count == 0)
        #expect(gate.verdict(at: 200 * millisecond) == .ineligible)
    }

    @Test func silenceAndWhatIsNoNumberAreBadPointing() {
        let odd = gate(300, residual: { $0 % 40 == 0 ? .nan : 1 })
        #expect(odd.count == 0)
        var silent = gate(100, residual: { _ in 1 })
        silent.take(
            PointingSample(time: 150 * millisecond, phase: .keyExchange, residual: 1e-6))
        #expect(silent.verdict(at: 88 * millisecond) == .eligible)
        #expect(silent.verdict(at: 120 * millisecond) == .ineligible)
    }

    /// Every verdict that is given is final: later samples never change it.
    @Test func verdictsAreFinal() {
        var gate = KeyGate(rule: Self.rule)
        var given: [Int64: KeyGate.Verdict] = [:]
        var state: UInt64 = 5
        for index in 0..<4_000 as Range<Int64> {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let isBad = (state >> 40) % 90 == 0
            gate.take(
                PointingSample(
                    time: index * millisecond, phase: .keyExchange, residual: isBad ? 1 : 0))
            let time = (index - 15) * millisecond
            let verdict = gate.verdict(at: time)
            if verdict != .undecided { given[time] = verdict }
        }
        #expect(given.values.contains(.eligible) && given.values.contains(.ineligible))
        for (time, verdict) in given { #expect(gate.verdict(at: time) == verdict) }
    }

    @Test func whatIsForgottenIsIneligible() {
        let gate = gate(60_000, residual: { $0 % 100 == 0 ? 30 : 1 })
        #expect(gate.count == KeyGate.capacity)
        #expect(gate.forgotten > 0)
        #expect(gate.verdict(at: 75 * millisecond) == .ineligible)
    }
}
