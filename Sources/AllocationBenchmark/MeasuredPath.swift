import BoardFile
import CAllocationCounter
import ClockSync
import Crypto
import Foundation
import Sifting
import Simulator
import Station
import TimeTags
import Wire

/// The station's half of a pass with the allocator watched, the other half beside it unwatched.
///
/// Light is 13 dB brighter than in `boards/sim.toml`, so that double clicks are not rare.
struct MeasuredPath: ~Copyable {
    /// What was counted after the warm-up.
    struct Result {
        var batches = 0
        var tags: Int64 = 0
        var announced: Int64 = 0
        var doubles: UInt64 = 0
        var sifted: Int64 = 0
        var byStage: [(String, UInt64)] = []
        var allocations: UInt64 { byStage.reduce(0) { $0 + $1.1 } }
    }

    private static let step: Int64 = 1_000_000_000
    private static let warmUp: Int64 = 15_000_000_000_000
    private static let end: Int64 = 125_000_000_000_000

    private let engine: PassEngine
    private var world: SimulatedWorld
    private var satellite: SatelliteSifter<TranscriptSHA256, StateSequence>
    private var encoder = ReferenceEncoder()
    private let message: UnsafeMutableRawBufferPointer
    private let answer: UnsafeMutableRawBufferPointer
    private let satelliteStorage: UnsafeMutableRawBufferPointer
    private let bytes: UnsafeMutableRawBufferPointer
    private var filled = 0

    init() throws {
        var parameters = WorldParameters()
        parameters.optics.lossDecibels -= 13
        world = SimulatedWorld(parameters)
        let sifting = SiftParameters(
            session: 7, firstSlot: 0, slotsPerEpoch: 125_000_000, keyBasis: 0,
            retry: 60_000_000_000)
        let capacity = SatelliteCapacity()
        satelliteStorage = .allocate(byteCount: capacity.byteCount, alignment: 16)
        satellite = SatelliteSifter(
            parameters: sifting, source: StateSequence(parameters), capacity: capacity,
            storage: satelliteStorage)
        message = .allocate(byteCount: MessageHeader.largestMessage, alignment: 16)
        answer = .allocate(byteCount: MessageHeader.largestMessage, alignment: 16)
        bytes = .allocate(byteCount: 64 * ReferenceEncoder.smallestOutput, alignment: 16)
        engine = try PassEngine(
            board: try Board.load(FileManager.default.currentDirectoryPath + "/boards/sim.toml"),
            prediction: try Self.prediction(parameters), session: 7,
            squashSeed: SymmetricKey(data: [UInt8](repeating: 7, count: 32)))
    }

    deinit {
        satelliteStorage.deallocate()
        message.deallocate()
        answer.deallocate()
        bytes.deallocate()
    }

    /// The light time as the station is told it; its rows live as long as the process.
    private static func prediction(_ parameters: WorldParameters) throws -> LightTimeTable {
        let orbit = parameters.predictedOrbit
        let rows = (-10...Int64(orbit.duration) + 10).map { second in
            let time = second * 1_000_000_000_000
            return LightTimeRow(time: time, lightTime: orbit.lightTime(emittedAt: time))
        }
        let kept = UnsafeMutableBufferPointer<LightTimeRow>.allocate(capacity: rows.count)
        _ = kept.initialize(fromContentsOf: rows)
        guard let table = LightTimeTable(rows: UnsafeBufferPointer(kept)) else {
            throw BoardMissing(description: "the light time has too few rows")
        }
        return table
    }

    /// Runs two minutes of the pass in reads of a millisecond.
    mutating func run() -> Result {
        var result = Result()
        var time: Int64 = 0
        var stages: [UInt64] = [0, 0, 0]
        var before = (tags: Int64(0), announced: Int64(0), doubles: UInt64(0), sifted: Int64(0))
        while time < Self.end {
            time += Self.step
            if time == Self.warmUp {
                before = totals()
                stages = [0, 0, 0]
                result.batches = 0
            }
            world.advance(to: time)
            encode()
            stages[0] += read(isCut: result.batches % 2 == 0, now: time)
            exchange(now: time, into: &stages)
            result.batches += 1
        }
        let after = totals()
        result.tags = after.tags - before.tags
        result.announced = after.announced - before.announced
        result.doubles = after.doubles - before.doubles
        result.sifted = after.sifted - before.sifted
        result.byStage = [
            ("decoder, clock, gate and squashing", stages[0]), ("announcing", stages[1]),
            ("sifting", stages[2]),
        ]
        return result
    }

    private func totals() -> (tags: Int64, announced: Int64, doubles: UInt64, sifted: Int64) {
        let keeper = (engine.keeper.announced, engine.keeper.epochs)
        let doubles = engine.keeper.squasher.doubles
        return (engine.path.counters.records, keeper.0, doubles[0] + doubles[1], keeper.1)
    }

    private mutating func encode() {
        var next = 0
        while next < world.tags.count {
            let room = UnsafeMutableRawBufferPointer(rebasing: bytes[filled...])
            let progress = world.tags.withUnsafeBufferPointer {
                try? encoder.finish(UnsafeBufferPointer(rebasing: $0[next...]), into: room)
            }
            guard let progress, progress.tagsConsumed > 0 else { return }
            filled += progress.bytesWritten
            next += progress.tagsConsumed
        }
    }

    /// Hands the station what there is, every other time all but a torn end.
    private mutating func read(isCut: Bool, now: Int64) -> UInt64 {
        let count = isCut ? max(filled - 29, 0) : filled
        let part = UnsafeRawBufferPointer(rebasing: bytes[..<count])
        let calls = counted { engine.take(part, now: now) }
        let rest = filled - count
        bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[count..<filled]))
        filled = rest
        return calls
    }

    private mutating func exchange(now: Int64, into stages: inout [UInt64]) {
        while true {
            var count = 0
            stages[1] += counted { count = engine.poll(now: now, into: message) }
            if count == 0 { return }
            let sent = UnsafeRawBufferPointer(rebasing: message[..<count])
            let back = satellite.receive(sent, answer: answer)
            let reply = UnsafeRawBufferPointer(rebasing: answer[..<back])
            if back > 0 { stages[2] += counted { engine.receive(reply, now: now) } }
        }
    }
}

/// Allocations that `body` makes.
@inline(__always)
private func counted(_ body: () -> Void) -> UInt64 {
    let before = lodestar_allocations()
    lodestar_count_allocations(1)
    body()
    lodestar_count_allocations(0)
    return lodestar_allocations() - before
}

/// Why the path could not be set up.
struct BoardMissing: Error, CustomStringConvertible {
    /// What is wrong.
    let description: String
}
