import CameraDrivers
import Quantities
import Testing

/// Delays of a network and a scheduler: mostly short, sometimes long; from a counted seed.
private struct Delays {
    var state: UInt64
    mutating func uniform() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 11) / 9_007_199_254_740_992
    }
    /// Exponential with a mean of 100 us, and one in fifty of 20 ms.
    mutating func next() -> Double {
        var draw = 1 - uniform()
        var logarithm = 0.0
        while draw < 0.5 { (draw, logarithm) = (draw * 2, logarithm + 0.6931) }
        logarithm += 1 - draw
        return uniform() < 0.02 ? 20e-3 : logarithm * 100e-6
    }
}

@Suite struct CameraClockTests {
    /// A camera 35 parts in 10^6 slow, a day into its life, 200 frames a second.
    @Test func theLineIsFoundThroughDelaysThatOnlyAdd() {
        var delays = Delays(state: 7)
        let latency = Picoseconds.milliseconds(3)
        var clock = CameraClock(latency: latency)
        var worst = 0.0
        for frame in 0..<4_000 {
            let truth = Double(frame) * 5e-3
            let camera = Picoseconds(86_400_000_000_000_000 + Int64(truth * (1 - 35e-6) * 1e12))
            let arrival = Picoseconds(Int64((truth + 3e-3 + delays.next()) * 1e12) + 77)
            clock.learn(camera: camera, arrival: arrival)
            guard frame > 600, let found = clock.host(atCamera: camera) else { continue }
            worst = max(worst, abs(Double(found.time.count) * 1e-12 - truth))
            #expect(found.sigma.count < 20_000_000)
        }
        // 16 minima of 32 delays of 100 us, and the constant share that they keep: 3 us.
        #expect(worst < 20e-6, "\(worst)")
        #expect(abs(clock.rateDifference - 35e-6) < 10e-6, "\(clock.rateDifference)")
        #expect(clock.restarts == 0)
    }

    @Test func withoutDelaysTheAnswerIsExactFromTheFirstLineOn() {
        var clock = CameraClock(latency: .zero)
        for frame in 0..<200 {
            let time = Picoseconds(Int64(frame) * 1_000_000_000)
            clock.learn(camera: time, arrival: Picoseconds(time.count + 5))
        }
        let found = clock.host(atCamera: .seconds(1))
        #expect(abs((found?.time.count ?? 0) - 1_000_000_000_005) <= 1)
    }

    @Test func aJumpOfTheCamerasTimeBeginsAnew() {
        var clock = CameraClock(latency: .zero)
        #expect(clock.host(atCamera: .zero) == nil)
        for frame in 0..<100 {
            clock.learn(camera: .milliseconds(Int64(frame)), arrival: .milliseconds(Int64(frame)))
        }
        // The camera was reset, then loses 5 s, then says something beyond all bounds.
        for camera in [Picoseconds.zero, .seconds(5), Picoseconds(.max), Picoseconds(.min)] {
            let before = clock.restarts
            clock.learn(camera: camera, arrival: .milliseconds(101))
            #expect(clock.restarts >= before)
            #expect(clock.host(atCamera: camera)?.time == .milliseconds(101))
        }
        #expect(clock.restarts >= 2)
    }
}

@Suite struct FrameCounterTests {
    @Test func missingFramesAreCountedThroughTheWrap() {
        let cases: [(FrameCounter.Numbering, [UInt64], [Int64], Int64)] = [
            (
                .sixteenBitsWithoutZero, [65_533, 65_534, 65_535, 1, 2, 5], [0, 0, 0, 0, 0, 2],
                65_540
            ),
            (.thirtyTwoBits, [4_294_967_294, 4_294_967_295, 0, 3], [0, 0, 0, 2], 4_294_967_299),
            (.sixtyFourBits, [9, 10, 12], [0, 0, 1], 12),
        ]
        for (numbering, ids, missing, last) in cases {
            var counter = FrameCounter(numbering)
            #expect(ids.map { counter.count($0) } == missing, "\(numbering)")
            #expect(counter.number == last, "\(numbering)")
            #expect(counter.restarts == 0)
        }
    }

    @Test func aRepeatedOrWildNumberIsARestartAndNoLoss() {
        for wild in [UInt64(10), 1, .max, 1 << 40] {
            var counter = FrameCounter(.sixtyFourBits)
            _ = counter.count(10)
            #expect(counter.count(wild) == 0)
            #expect(counter.number == 11)
            #expect(counter.restarts == 1)
        }
    }
}
