import Testing

@testable import ClockSync

/// The search for the pulse train, by itself.
@Suite struct BeaconAcquisitionTests {
    private func search(
        _ body: (inout BeaconAcquisition) -> Void
    ) -> BeaconAcquisition.Result? {
        let storage = UnsafeMutableRawPointer.allocate(
            byteCount: BeaconAcquisition.storageBytes, alignment: 16)
        defer { storage.deallocate() }
        var acquisition = BeaconAcquisition(storage: storage)
        body(&acquisition)
        return acquisition.search(period: 1e8, halfRange: 3e6, jitter: 500)
    }

    /// Pulses of a train at `phase` ps and `frequency` ps/s, a share `kept` of them, over 0.1 s.
    private func train(
        phase: Double, frequency: Double, kept: Double, falseCount: Int, seed: UInt64
    ) -> [(Double, Double)] {
        var dice = Dice(seed)
        var pulses: [(Double, Double)] = []
        for pulse in 0..<1_000 where dice.uniform() < kept {
            let time = Double(pulse) * 1e-4
            pulses.append((time, phase + frequency * time + 500 * dice.normal()))
        }
        for _ in 0..<falseCount {
            pulses.append((0.1 * dice.uniform(), 1e8 * (dice.uniform() - 0.5)))
        }
        return pulses.sorted { $0.0 < $1.0 }
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func aTrainIsFoundWhereItIs(seed: UInt64) {
        var dice = Dice(seed ^ 0xABC)
        let phase = 9e7 * (dice.uniform() - 0.5)
        let frequency = 5.8e6 * (dice.uniform() - 0.5)
        let found = search { acquisition in
            for (time, residual) in train(
                phase: phase, frequency: frequency, kept: 0.2, falseCount: 500, seed: seed)
            { acquisition.add(time: time, residual: residual) }
        }
        guard let found else {
            Issue.record("seed \(seed): not found at \(phase) ps, \(frequency) ps/s")
            return
        }
        var error = found.phase - (phase + frequency * found.middle)
        error -= 1e8 * (error / 1e8).rounded()
        // 200 pulses of 500 ps: 35 ps of phase, 1200 ps/s of frequency.
        #expect(abs(error) < 5 * 40, "seed \(seed): \(error) ps")
        #expect(abs(found.frequency - frequency) < 5 * 1_300, "seed \(seed)")
        #expect((400...600).contains(found.scatter), "seed \(seed): \(found.scatter) ps")
    }

    @Test func noiseOfAnyRateIsRefused() {
        for seed in 1...8 as ClosedRange<UInt64> {
            let count = [100, 300, 1_000, 2_000][Int(seed) % 4]
            let found = search { acquisition in
                for (time, residual) in train(
                    phase: 0, frequency: 0, kept: 0, falseCount: count, seed: seed)
                { acquisition.add(time: time, residual: residual) }
            }
            #expect(found == nil, "seed \(seed), \(count) false pulses")
        }
    }

    @Test(arguments: [2, 4, 5, 10, 20])
    func pulsesThatOnlyEverHitEveryNthNumberAreNoTrain(every: Int) {
        let found = search { acquisition in
            var dice = Dice(UInt64(every))
            for pulse in stride(from: 0, to: 1_000, by: every) {
                acquisition.add(time: Double(pulse) * 1e-4, residual: 3e7 + 300 * dice.normal())
            }
        }
        #expect(found == nil)
    }

    @Test func moreThanFitsIsLeftOut() {
        let found = search { acquisition in
            for pulse in 0..<5_000 {
                acquisition.add(time: Double(pulse) * 1e-4, residual: 1e6)
            }
            #expect(acquisition.count == BeaconAcquisition.capacity)
        }
        #expect(abs((found?.phase ?? 0) - 1e6) < 1)
    }
}
