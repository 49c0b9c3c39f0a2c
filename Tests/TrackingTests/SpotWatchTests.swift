import Quantities
import Simulator
import Testing
import Tracking

/// Cameras that misbehave, and lights that are not the satellite.
@Suite struct SpotWatchTests {
    @Test func framesThatNeverCameAreCounted() {
        var watch = FrameWatch()
        _ = watch.take(FrameStamp(number: 10, time: 1_000), digest: 1)
        let next = watch.take(FrameStamp(number: 11, time: 2_000), digest: 2)
        #expect(next.missed == 0)
        let late = watch.take(FrameStamp(number: 15, time: 6_000), digest: 3)
        #expect(late.missed == 3)
        #expect(watch.missed == 3)
        let again = watch.take(FrameStamp(number: 15, time: 7_000), digest: 4)
        #expect(again.isOutOfOrder)
        let still = watch.take(FrameStamp(number: 16, time: 7_000), digest: 5)
        #expect(still.isOutOfOrder)
        #expect(watch.outOfOrder == 2)
    }

    @Test func numbersFromTheEndsOfTheirRangeDoNotTrap() {
        var watch = FrameWatch()
        _ = watch.take(FrameStamp(number: .min, time: .min), digest: 1)
        _ = watch.take(FrameStamp(number: .max, time: .max), digest: 2)
        let back = watch.take(FrameStamp(number: 0, time: 0), digest: 3)
        #expect(back.isOutOfOrder)
    }

    @Test func aCameraThatRepeatsItselfIsFrozen() throws {
        var finder = try SpotFinder(camera: SpotFrames.camera)
        var frames = SpotFrames()
        var watch = FrameWatch()
        let lights = [LightOnSensor(x: 50, y: 30, flux: 1_000)]
        for _ in 0..<200 {
            let report = try frames.look(&finder, lights)
            let verdict = watch.take(report.stamp, digest: report.digest)
            #expect(!verdict.isFrozen)
        }
        var frozen = 0
        for _ in 0..<10 {
            let report = try frames.lookAgain(&finder)
            if watch.take(report.stamp, digest: report.digest).isFrozen { frozen += 1 }
        }
        #expect(frozen == 8)
    }
}
