import Testing

@testable import ClockSync

/// Tag times at the ends of 64 bits come from damaged records or a file read as another format: the
/// clock survives them, whatever it makes of them.
@Suite struct ExtremeTimesTests {
    private static let ends: [Int64] = [
        .min, .min + 1, .min + 20_000_000_000, -(1 << 62), BeaconClock.times.lowerBound, -(1 << 61),
        1 << 61, BeaconClock.times.upperBound, 1 << 62, .max - 20_000_000_000, .max - 1, .max,
    ]

    /// Gives `times` to a clock in every role, each followed by a second of good light.
    private func follow(_ times: [Int64], hasPulsePerSecond: Bool) -> ClockRun {
        var scene = Scene()
        scene.duration = 4
        var left = times
        return ClockRun(
            scene,
            configure: { clock in
                clock.hasPulsePerSecond = hasPulsePerSecond
                if !hasPulsePerSecond { clock.coarseZero = scene.offset }
            }
        ) { time, events in
            guard time >= 0.5, Int((time * 100).rounded()) % 20 == 0, !left.isEmpty else { return }
            let extreme = left.removeFirst()
            for kind in [Event.Kind.pps, .beacon, .photon, .beacon, .pps] {
                events.append(Event(time: extreme, kind: kind))
            }
        }
    }

    @Test(arguments: ends, [true, false])
    func oneOfThemNeverEndsTheProgram(time: Int64, hasPulsePerSecond: Bool) {
        let run = follow([time], hasPulsePerSecond: hasPulsePerSecond)
        #expect(run.slips == 0, "\(run.report)")
    }

    @Test(arguments: [true, false])
    func allOfThemInTurnNeverEndTheProgram(hasPulsePerSecond: Bool) {
        let there = follow(Self.ends, hasPulsePerSecond: hasPulsePerSecond)
        #expect(there.slips == 0, "\(there.report)")
        let back = follow(Self.ends.reversed(), hasPulsePerSecond: hasPulsePerSecond)
        #expect(back.slips == 0, "\(back.report)")
    }

    @Test(arguments: [-(1 << 61), 1 << 61] as [Int64])
    func zeroMayBeThoughtFarAway(time: Int64) {
        var scene = Scene()
        scene.duration = 1
        let run = ClockRun(scene, configure: { $0.coarseZero = time }) { _, _ in }
        #expect(run.slips == 0, "\(run.report)")
    }
}
