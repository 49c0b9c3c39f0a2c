import ClockSync
import Simulator
import TimeTags

/// One simulated pass through clocks of every ``SyncBenchmark/Way``.
struct SyncPass {
    private static let step: Int64 = 10_000_000_000
    private var world: SimulatedWorld
    private let rows: [LightTimeRow]

    init(_ parameters: WorldParameters) {
        world = SimulatedWorld(parameters)
        let orbit = parameters.predictedOrbit
        rows = (-10...Int64(orbit.duration) + 10).map { second in
            let time = second * 1_000_000_000_000
            return LightTimeRow(time: time, lightTime: orbit.lightTime(emittedAt: time))
        }
    }

    /// Runs the pass; one tally per way, in their order.
    consuming func run() -> [SyncTally] {
        let rows = rows
        return rows.withUnsafeBufferPointer { rows in
            guard let prediction = LightTimeTable(rows: rows) else { return [] }
            let runners = SyncBenchmark.Way.allCases.map {
                ClockRunner($0, world: world, prediction: prediction)
            }
            let truth = follow(with: runners)
            return runners.map { $0.finish(truth) }
        }
    }

    /// Runs the world to its end; true satellite times per millisecond of tag time from 0.
    private mutating func follow(with runners: [ClockRunner]) -> [Int64] {
        var truth: [Int64] = []
        truth.reserveCapacity(600_000)
        var time: Int64 = 0
        while time < world.end {
            time += Self.step
            world.advance(to: time)
            world.tags.withUnsafeBufferPointer { tags in
                for runner in runners { runner.take(tags) }
            }
            var next = Int64(truth.count) * BeaconClock.segment
            while next < world.truth.tagRange.upperBound {
                truth.append(world.truth.satelliteTime(atTag: next) ?? .min)
                next += BeaconClock.segment
            }
        }
        return truth
    }
}

/// A clock, its memory and what it said.
final class ClockRunner {
    private static let detectionsPerBlock = 2_000
    private var clock: BeaconClock
    private let storage: UnsafeMutableRawBufferPointer
    private let channels: WorldParameters.Channels
    private let skews: [Int64]
    private let slotPeriod: Int64
    private let emission: ClosedRange<Int64>
    private var segments: [ClockSegment] = []
    private var detections = 0

    init(_ way: SyncBenchmark.Way, world: borrowing SimulatedWorld, prediction: LightTimeTable) {
        let parameters = world.parameters
        channels = parameters.channels
        slotPeriod = parameters.transmitter.slotPeriodPicoseconds
        emission = 0...world.emissionEnd
        var skews = [Int64](repeating: 0, count: 256)
        for channel in [
            channels.pps, channels.beacon, channels.horizontal, channels.vertical,
            channels.diagonal, channels.antidiagonal,
        ] {
            skews[Int(channel.number)] = channel.skewPicoseconds
        }
        self.skews = skews
        let blocks = way == .offline ? Int(world.end / BeaconClock.block) + 100 : 50
        var configuration = BeaconClockConfiguration()
        configuration.usesDetections = way != .beaconOnly
        storage = .allocate(
            byteCount: BeaconClock.storageBytes(lagBlocks: blocks), alignment: 64)
        clock = BeaconClock(
            configuration: configuration, prediction: prediction, lagBlocks: blocks,
            storage: storage)
        segments.reserveCapacity(600_000)
    }

    deinit { storage.deallocate() }

    /// Takes in the next tags, as the station's tag path does.
    func take(_ tags: UnsafeBufferPointer<TimeTag>) {
        for tag in tags {
            let time = tag.time &- skews[Int(tag.channel)]
            while !clock.accepts(time) {
                let before = clock.openBlock
                clock.advance(to: time)
                detections = 0
                drain()
                if clock.openBlock == before { break }
            }
            let isOpen = clock.accepts(time)
            if tag.channel == channels.beacon.number {
                if isOpen { clock.addBeacon(time) }
            } else if tag.channel == channels.pps.number {
                clock.addPulsePerSecond(time)
            } else if isOpen, detections < Self.detectionsPerBlock {
                detections += 1
                clock.addDetection(time)
            }
        }
    }

    private func drain() {
        while let segment = clock.nextSegment() { segments.append(segment) }
    }

    /// Ends the pass and scores every millisecond of it in which light was sent.
    func finish(_ truth: [Int64]) -> SyncTally {
        clock.finish()
        drain()
        var tally = SyncTally()
        var next = 0
        for (index, satellite) in truth.enumerated() where emission.contains(satellite) {
            let tag = Int64(index) * BeaconClock.segment
            while next < segments.count, segments[next].tagStart < tag { next += 1 }
            guard next < segments.count, segments[next].tagStart == tag else {
                tally.miss()
                continue
            }
            tally.score(segments[next], truth: satellite, slotPeriod: slotPeriod)
        }
        tally.closePass()
        return tally
    }
}
