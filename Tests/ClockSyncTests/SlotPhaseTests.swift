import Testing

@testable import ClockSync

/// The circular mean of click phases, by itself.
@Suite struct SlotPhaseTests {
    private func reading(
        lateness: Double, jitter: Double, background: Double, count: Int, seed: UInt64
    ) -> QubitPhase.Reading? {
        let storage = UnsafeMutableRawPointer.allocate(
            byteCount: QubitPhase.storageBytes, alignment: 16)
        defer { storage.deallocate() }
        var phase = QubitPhase(slotPeriod: 1_600, storage: storage)
        var dice = Dice(seed)
        for click in 0..<count {
            let late =
                dice.uniform() < background
                ? 1_600 * dice.uniform()
                : lateness + jitter * dice.normal()
            let slot = Int64(dice.uniform() * 1e9) - 500_000_000
            phase.add(satellite: slot * 1_600 + Int64(late.rounded()), time: Double(click) * 1e-4)
        }
        return phase.read()
    }

    @Test(arguments: [0.0, 300, -300, 790, -790, 800])
    func aPeakIsFoundModuloTheSlot(lateness: Double) {
        for seed in 1...5 as ClosedRange<UInt64> {
            guard
                let found = reading(
                    lateness: lateness, jitter: 229, background: 0.1, count: 2_000, seed: seed)
            else {
                Issue.record("seed \(seed): no peak")
                continue
            }
            var error = found.phase - lateness
            error -= 1_600 * (error / 1_600).rounded()
            #expect(abs(error) < 5 * found.variance.squareRoot(), "seed \(seed): \(error) ps")
            #expect(abs(found.phase) <= 800)
        }
    }

    @Test func itsSigmaIsHonestAndAsSmallAsCanBe() {
        var squares = 0.0
        for seed in 1...60 as ClosedRange<UInt64> {
            guard
                let found = reading(
                    lateness: 120, jitter: 229, background: 0.1, count: 1_000, seed: seed)
            else {
                Issue.record("seed \(seed): no peak")
                return
            }
            squares += (found.phase - 120) * (found.phase - 120) / found.variance / 60
            // 500 ps FWHM, 10 % background: 8.5 ps from 1000 clicks.
            #expect(found.variance.squareRoot() < 12, "seed \(seed)")
        }
        #expect((0.5...1.5).contains(squares.squareRoot()), "\(squares.squareRoot())")
    }

    @Test func backgroundAloneHasNoPhase() {
        var peaks = 0
        for seed in 1...100 as ClosedRange<UInt64> {
            let found = reading(
                lateness: 0, jitter: 1, background: 1, count: 1_000, seed: seed)
            if found != nil { peaks += 1 }
        }
        #expect(peaks <= 2, "\(peaks) of 100")
    }
}
