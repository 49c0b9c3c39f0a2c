import Quantities
import Testing
import Tracking

@Suite struct MountSupervisorTests {
    private static let period: Int64 = 50_000_000_000

    /// Feeds readings every 50 ms; `nil` is silence.
    private static func heard(
        _ readings: [SkyDirection?], by supervisor: inout MountSupervisor, from first: Int64 = 0,
        commanded: SkyDirection? = nil
    ) -> [MountHealth] {
        readings.indices.map {
            supervisor.take(
                readings[$0], at: (first + Int64($0)) * period, commanded: commanded)
        }
    }

    /// A mount that turns at 1 degree per second.
    private static func moving(_ count: Int, from first: Int = 0) -> [SkyDirection?] {
        (first..<(first + count)).map {
            SkyDirection(azimuth: 1 + 0.000_873 * Double($0), elevation: 0.5)
        }
    }

    private var supervisor: MountSupervisor { MountSupervisor(mount: quickMount) }

    @Test func aMountThatMovesIsSound() {
        var watch = supervisor
        let health = Self.heard(Self.moving(100), by: &watch)
        #expect(health.allSatisfy { $0 == .sound })
    }

    @Test func silenceIsAFaultOnceAndEndsWithSoundReadings() {
        var watch = supervisor
        var health = Self.heard(Self.moving(10), by: &watch)
        health += Self.heard([SkyDirection?](repeating: nil, count: 20), by: &watch, from: 10)
        #expect(health.filter { $0 == .failed(.silent) }.count == 1)
        #expect(watch.fault == .silent)
        let after = Self.heard(Self.moving(10, from: 30), by: &watch, from: 30)
        #expect(after.filter { $0 == .recovered(.silent) }.count == 1)
        #expect(after.last == .sound)
        #expect(watch.faults == 1)
    }

    @Test func aMountThatNeverAnsweredIsSilent() {
        var watch = supervisor
        let health = Self.heard([SkyDirection?](repeating: nil, count: 20), by: &watch)
        #expect(health.first == .doubtful)
        #expect(health.contains(.failed(.silent)))
        #expect(watch.estimate(at: 0) == nil)
    }

    @Test(arguments: [
        SkyDirection(azimuth: .nan, elevation: 0.5), SkyDirection(azimuth: 1, elevation: .infinity),
        SkyDirection(azimuth: 1e6, elevation: 0.5), SkyDirection(azimuth: 1, elevation: -1),
    ])
    func garbageIsNeverUsedAndSoonAFault(reading: SkyDirection) {
        var watch = supervisor
        _ = Self.heard(Self.moving(10), by: &watch)
        let health = Self.heard([reading, reading, reading, reading], by: &watch, from: 10)
        #expect(health == [.doubtful, .doubtful, .failed(.garbage), .failing(.garbage)])
        #expect(watch.rejected == 4)
        let estimate = watch.estimate(at: 14 * Self.period)
        #expect(abs((estimate?.azimuth ?? 0) - (1 + 0.000_873 * 14)) < 1e-9)
    }

    @Test func oneSlipIsNoFault() {
        var watch = supervisor
        var readings = Self.moving(30)
        readings[12] = SkyDirection(azimuth: 3, elevation: 0.5)
        let health = Self.heard(readings, by: &watch)
        #expect(health[12] == .doubtful)
        #expect(health[13] == .sound)
        #expect(watch.faults == 0)
    }

    @Test func aJumpIsAFaultUntilTheNewPlaceHangsTogether() {
        var watch = supervisor
        _ = Self.heard(Self.moving(10), by: &watch)
        let there = (0..<20).map {
            SkyDirection?.some(SkyDirection(azimuth: 2 + 0.000_873 * Double($0), elevation: 0.5))
        }
        let health = Self.heard(there, by: &watch, from: 10)
        #expect(health[2] == .failed(.jumped))
        #expect(health.contains(.recovered(.jumped)))
        #expect(health.last == .sound)
    }

    @Test func aMountThatDoesNotMoveThoughToldToIsStuck() {
        var watch = supervisor
        let still = [SkyDirection?](
            repeating: SkyDirection(azimuth: 1, elevation: 0.5), count: 60)
        let health = Self.heard(
            still, by: &watch, commanded: SkyDirection(azimuth: 2, elevation: 0.5))
        #expect(health.filter { $0 == .failed(.stuck) }.count == 1)
        var idle = supervisor
        #expect(Self.heard(still, by: &idle).allSatisfy { $0 == .sound })
    }

    @Test func noSequenceOfReadingsEndsTheProgram() {
        var random = TestRandom(11)
        var watch = supervisor
        let odd: [Double] = [0, .nan, .infinity, -.infinity, 1e308, -1, 1, 7, 0.5]
        for index in 0..<5_000 {
            let reading =
                Int.random(in: 0...4, using: &random) == 0
                ? nil
                : SkyDirection(
                    azimuth: odd[Int.random(in: 0...8, using: &random)],
                    elevation: odd[Int.random(in: 0...8, using: &random)])
            let time = index % 100 == 0 ? Int64.min + Int64(index) : Int64(index) << 40
            _ = watch.take(reading, at: time)
            _ = watch.estimate(at: .max)
        }
        #expect(watch.rejected > 0)
    }
}
