import ClockSync
import TimeTags
import Testing

@testable import Gating

/// Goal: intervals within a detector's own dead time are counted the same by every path and however the
/// stream is cut, and the tally's sums are those of its histogram.
@Suite struct ShortIntervalTests {
    private static let shortest: Int64 = 27_000

    private static func plan() throws -> GatePlan {
        var plan = try GatePlan(slotPeriod: 1_600, gateWidth: 800, deadTime: 50_000)
        for detector in UInt8(0)..<4 {
            try plan.connect(channel: detector + 3, to: ChannelRole(rawValue: detector)!)
        }
        plan.shortestInterval = shortest
        return plan
    }

    /// Ascending tags of four detectors, about one in 40 ns.
    private static func tags(_ count: Int) -> [TimeTag] {
        var state: UInt64 = 9
        func next(_ limit: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % limit
        }
        var time: Int64 = 5_000_000
        return (0..<count).map { _ in
            time += Int64(next(80_000))
            return TimeTag(time: time, channel: UInt8(3 + next(4)))
        }
    }

    /// By looking at the three tags before, whatever lies between.
    private static func counted(_ tags: [TimeTag]) -> SIMD4<Int64> {
        var counts = SIMD4<Int64>(repeating: 0)
        for (index, tag) in tags.enumerated() {
            let before = tags[max(index - 3, 0)..<index]
            let isClose = before.contains {
                $0.channel == tag.channel && tag.time - $0.time < shortest
            }
            if isClose { counts[Int(tag.channel) - 3] += 1 }
        }
        return counts
    }

    private static func gated(
        _ tags: [TimeTag], batch: Int, isPortable: Bool
    ) throws -> GateSums {
        let storage = UnsafeMutableRawBufferPointer.allocate(
            byteCount: GateStage.storageByteCount, alignment: 64)
        defer { storage.deallocate() }
        var stage = GateStage(plan: try plan(), storage: storage, isPortable: isPortable)
        let end = (tags.last?.time ?? 0) + 2_000_000_000
        let clock = stride(from: Int64(0), to: end, by: 1_000_000_000).map {
            ClockSegment(
                tagStart: $0, duration: 1_000_000_000, satelliteStart: $0, rate: 0, sigma: 5,
                isValid: true)
        }
        var clicks = [Click](
            repeating: Click(slot: 0, offset: 0, detector: 0),
            count: batch + GateStage.heldCapacity)
        var start = 0
        while start < tags.count {
            let part = tags[start..<min(start + batch, tags.count)]
            var out = clicks.mutableSpan
            _ = stage.process(Array(part).span, clock: clock.span, into: &out)
            start += batch
        }
        var out = clicks.mutableSpan
        _ = stage.flush(clock: clock.span, into: &out)
        return stage.tally.sums
    }

    @Test(arguments: [1, 7, 64, 4_096], [false, true])
    func theCountIsThatOfThePlainRule(batch: Int, isPortable: Bool) throws {
        let tags = Self.tags(60_000)
        let sums = try Self.gated(tags, batch: batch, isPortable: isPortable)
        let expected = Self.counted(tags)
        #expect(sums.shortIntervals == expected)
        #expect(expected.min() > 500)
        #expect(sums.all.wrappedSum() == Int64(tags.count))
    }

    @Test func placesAreThoseOfTheClicks() throws {
        let tags = Self.tags(20_000)
        let sums = try Self.gated(tags, batch: 512, isPortable: false)
        let none = try Self.gated([], batch: 512, isPortable: false)
        #expect((sums - sums) == none)
        for detector in 0..<4 {
            let number = Double(sums.accepted[detector])
            let mean = Double(sums.places[detector]) / number
            let variance = Double(sums.squaredPlaces[detector]) / number - mean * mean
            // Evenly spread over a gate of half a slot: 64 units of a 128th wide.
            #expect(abs(mean) < 5 * 64 / (12 * number).squareRoot(), "\(mean)")
            #expect(abs(variance / (64 * 64 / 12) - 1) < 0.1, "\(variance)")
        }
    }
}
