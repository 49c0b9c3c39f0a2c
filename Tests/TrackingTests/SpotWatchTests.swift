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

    /// Feeds a light that moves at `rate` and shakes by 10 microradian; frames until a verdict.
    private func declare(
        rate: FieldAngle, predicted: FieldAngle = .zero, seen: (Int) -> Bool = { _ in true }
    ) -> (TargetDeclaration.Verdict, frames: Int) {
        var declaration = TargetDeclaration()
        var random = SeededGenerator(seed: 3, stream: 3)
        var verdict = TargetDeclaration.Verdict.waiting(hits: 0)
        for i in 0..<40 {
            let seconds = Double(i) * 0.01
            let angle =
                seconds * rate
                + FieldAngle(x: 10e-6 * random.normal(), y: 10e-6 * random.normal())
            verdict = declaration.take(
                seen(i) ? angle : nil, sigma: 1e-6, flux: 1_000, at: Int64(i) * 10_000_000_000,
                predictedRate: predicted)
            switch verdict {
            case .waiting: continue
            case .declared, .star: return (verdict, i + 1)
            }
        }
        return (verdict, 40)
    }

    @Test func fiveFramesOfEightDeclareTheSatellite() {
        let (verdict, frames) = declare(rate: .zero)
        #expect(verdict == .declared)
        #expect(frames == 5)
        let (again, later) = declare(rate: .zero, seen: { $0 % 3 != 0 })
        #expect(again == .declared)
        #expect(later > 5 && later <= 9)
        let (third, _) = declare(rate: .zero, seen: { $0 % 2 == 0 })
        #expect(third == .waiting(hits: 4))
    }

    @Test func aStarCrossesAtTheTrackRateAndIsCalledOne() {
        let rate = FieldAngle(x: 8e-3, y: -3e-3)
        guard case (.star(let found), _) = declare(rate: rate) else {
            Issue.record("the star was not known")
            return
        }
        #expect((found - rate).length < 0.1 * rate.length)
        // The same motion is right if the mount stands still and the satellite is to move so.
        #expect(declare(rate: rate, predicted: rate).0 == .declared)
    }

    @Test func noiseThatJumpsAboutIsNothing() {
        var declaration = TargetDeclaration()
        var random = SeededGenerator(seed: 8, stream: 8)
        var declared = 0
        for i in 0..<500 {
            let angle = FieldAngle(x: 1e-3 * random.normal(), y: 1e-3 * random.normal())
            let verdict = declaration.take(
                angle, sigma: 1e-6, flux: 1_000, at: Int64(i) * 10_000_000_000)
            if verdict == .declared { declared += 1 }
        }
        #expect(declared == 0)
    }
}
