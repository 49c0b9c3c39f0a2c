import PassControl
import Quantities
import Simulator
import Testing

@testable import Tracking

@Suite struct AcquisitionLadderTests {
    private func firstTime(_ mode: LadderMode, _ world: AcquisitionWorld, after: Double = 0)
        -> Double?
    {
        world.samples.first { $0.mode == mode && $0.time >= after }?.time
    }

    @Test func twoMilliradiansOffItIsInTheFineLoopWithinASecond() throws {
        var world = try AcquisitionWorld(AcquisitionWorld.parameters)
        world.run(seconds: 20)
        let first = try #require(world.samples.first)
        #expect(first.mountError > 1.7e-3)
        #expect(first.mountError < 2.5e-3)
        let fine = try #require(firstTime(.fine, world))
        #expect(fine < 1.0)
        let held = world.samples.filter { $0.time > 5 }
        #expect(held.allSatisfy { $0.mode == .fine })
        let rms = (held.map { $0.residual * $0.residual }.reduce(0, +) / Double(held.count))
            .squareRoot()
        #expect(rms < 15e-6)
        #expect(held.map(\.mountError).max() ?? 1 < 150e-6)
    }

    /// Prints the figures of docs/acquisition.md.
    @Test func theTimesToLockStayWithinTheirBounds() throws {
        var random = TestRandom(44)
        var locks: [Double] = []
        var returns: [Double] = []
        for seed in 1...10 as ClosedRange<UInt64> {
            var world = try AcquisitionWorld(AcquisitionWorld.parameters)
            world.seed = seed
            // 2 milliradians in any direction, at 8 mrad/s along the track.
            let angle = Double.random(in: 0...(2 * .pi), using: &random)
            world.timeError = 0.245 * Elementary.cos(angle)
            world.crossError = 2e-3 * Elementary.sin(angle)
            let fade = 6 + Double.random(in: 0...1, using: &random)
            world.blocked = [fade...(fade + 0.5)]
            world.run(seconds: 9)
            let samples = world.samples
            locks.append(
                try #require(samples.first { $0.mode == .fine && $0.residual < 30e-6 }?.time))
            let back = try #require(
                samples.first { $0.time > fade + 0.5 && $0.mode == .fine && $0.residual < 30e-6 })
            returns.append(back.time - fade - 0.5)
        }
        locks.sort()
        returns.sort()
        print(
            "acquisition: beacon in the coarse field, 2 mrad off, to 30 urad: median "
                + "\(locks[5]) s, worst \(locks[9]) s; after a fade of 0.5 s: median "
                + "\(returns[5]) s, worst \(returns[9]) s; 10 seeds, 250 frames per second")
        #expect(locks[9] < 3)
        #expect(returns[9] < 0.05)
    }

    @Test func theTimeBiasOfThePredictionIsLearnt() throws {
        var world = try AcquisitionWorld(AcquisitionWorld.parameters)
        world.boresight = .zero
        world.run(seconds: 3)
        // 100 microradians of mount model at 9 mrad/s are 11 ms.
        #expect(abs(world.ladder.bias.timeBias - world.timeError) < 0.02)
        #expect(abs(world.ladder.bias.crossTrack - world.crossError) < 0.15e-3)
    }

    @Test func theBoresightIsLearntInTheFineLoop() throws {
        var world = try AcquisitionWorld(AcquisitionWorld.parameters)
        world.run(seconds: 30)
        #expect((world.ladder.boresight - world.boresight).length < 25e-6)
    }

    @Test func aBlockedBeaconOfTwoSecondsIsFoundAgainAtOnce() throws {
        var world = try AcquisitionWorld(AcquisitionWorld.parameters)
        world.blocked = [10...12]
        world.run(seconds: 20)
        let lost = try #require(world.samples.first { $0.time > 9.9 && $0.mode != .fine }?.time)
        #expect(lost > 10)
        #expect(lost < 10.1)
        let back = try #require(firstTime(.fine, world, after: 12))
        #expect(back < 12.05)
        #expect(world.samples.filter { $0.time > 12.5 }.allSatisfy { $0.mode == .fine })
        #expect(
            world.log.map(\.to) == [
                .slew, .acquire, .coarse, .fine, .keyExchange, .fade, .fine, .keyExchange,
            ])
        #expect(world.samples.allSatisfy { $0.phase != .keyExchange || $0.residual < 1e-3 })
    }

    @Test func aStarInTheFieldIsNotFollowed() throws {
        for time in [0.2, 1.0, 11.0, 11.6] {
            var world = try AcquisitionWorld(AcquisitionWorld.parameters)
            world.starTime = time
            world.blocked = [10...12]
            world.run(seconds: 16)
            let fine = try #require(firstTime(.fine, world))
            #expect(fine < 1.5)
            // Not even while the beacon is blocked and the star is all there is to see.
            let blocked = world.samples.filter { $0.time > 11 && $0.time < 12 }
            #expect(blocked.allSatisfy { $0.mode == .coast })
            #expect(blocked.map(\.mountError).max() ?? 1 < 3e-3)
            #expect(world.samples.filter { $0.time > 12.5 }.allSatisfy { $0.mode == .fine })
        }
    }

    @Test func aBeaconOutsideTheCoarseFieldIsFoundByTheLineAlongTheTrack() throws {
        var world = try AcquisitionWorld(AcquisitionWorld.parameters)
        world.timeError = 0.9
        world.run(seconds: 12)
        #expect(world.events.first?.event == .searchStarted)
        #expect(world.events.contains { $0.event == .coarseAcquired })
        let fine = try #require(firstTime(.fine, world))
        #expect(fine < 6)
        #expect(world.samples.last?.mode == .fine)
    }

    @Test func aFineFieldThatStandsElsewhereIsFoundByTheSpiral() throws {
        var world = try AcquisitionWorld(AcquisitionWorld.parameters)
        world.boresight = FieldAngle(x: 1.6e-3, y: 1.1e-3)
        world.run(seconds: 25)
        #expect(world.samples.contains { $0.mode == .fineSearch })
        #expect(world.samples.last?.mode == .fine)
        #expect((world.ladder.boresight - world.boresight).length < 100e-6)
    }

    @Test func withoutABeaconItSearchesForEverAndFindsNothing() throws {
        var world = try AcquisitionWorld(AcquisitionWorld.parameters)
        world.blocked = [-1...1_000]
        world.run(seconds: 60)
        #expect(
            world.samples.allSatisfy { $0.mode == .openLoop || $0.mode == .wideSearch })
        #expect(world.events.contains { $0.event == .searchExhausted })
    }

    @Test func aLongFadeEndsInTheSearchAndStillRecovers() throws {
        var world = try AcquisitionWorld(AcquisitionWorld.parameters)
        world.blocked = [10...45]
        world.run(seconds: 50)
        #expect(world.samples.contains { $0.mode == .wideSearch && $0.time > 30 })
        let back = try #require(firstTime(.fine, world, after: 45))
        #expect(back < 48)
    }

    @Test(arguments: [
        MountPlantFault.silent, .garbage, .slipped(azimuth: 0.2, elevation: 0), .stuck,
    ])
    func aMountThatFailsForASpellCostsThatSpellOnly(fault: MountPlantFault) throws {
        var world = try AcquisitionWorld(AcquisitionWorld.parameters)
        world.faults = [(time: 10...14, fault: fault)]
        world.run(seconds: 30)
        let kinds = world.health.filter {
            if case .failed = $0 { return true }
            return false
        }
        #expect(!kinds.isEmpty)
        #expect(world.log.contains { $0.to == .safe && $0.reason == .mountFailed })
        #expect(world.log.contains { $0.from == .safe && $0.reason == .mountRecovered })
        let ends = world.samples.filter { $0.time > 27 }
        #expect(ends.allSatisfy { $0.phase == .keyExchange && $0.residual < 60e-6 })
        // No key while the mount is off.
        #expect(
            world.samples.allSatisfy { $0.phase != .keyExchange || $0.residual < 1.5e-3 })
    }

    @Test func sightingsThatAreNoNumbersSteerNothing() throws {
        var ladder = try AcquisitionLadder(AcquisitionWorld.parameters)
        let odd = FieldAngle(x: .nan, y: .infinity)
        for index in 0..<1_000 {
            let output = ladder.step(
                LadderInput(
                    time: index % 7 == 0 ? .min : Int64(index) << 30,
                    coarse: index % 3 == 0 ? odd : nil, fine: index % 5 == 0 ? odd : nil,
                    mountError: odd, trackRate: odd))
            #expect(output.offset.length.isFinite)
            #expect(output.mode == .openLoop || output.mode == .wideSearch)
        }
    }

    @Test func whatLeadsAstrayIsDropped() throws {
        var ladder = try AcquisitionLadder(AcquisitionWorld.parameters)
        var events: [LadderEvent] = []
        for index in 0..<10_000 {
            // A spot that always stands a milliradian further on.
            let output = ladder.step(
                LadderInput(
                    time: Int64(index) * 20_000_000_000, coarse: FieldAngle(x: 1e-3, y: 0),
                    fine: nil, mountError: .zero, trackRate: FieldAngle(x: 0, y: 8e-3)))
            if let event = output.event { events.append(event) }
            #expect(output.offset.length < 40e-3)
        }
        #expect(events.contains(.coarseLost))
    }
}
