public import BoardFile
import Calibration
import Simulator
public import TimeTags

/// A bench of simulated detectors, lamp and laser: sets itself, and knows what it hides.
public final class SimulatedDetectorBench: DetectorBench {
    /// Tags per batch, so that a stop is seen soon.
    private static let tagsPerBatch = 60_000.0

    /// What is to be found.
    public var truth: BenchTruth { scene.truth }
    private let scene: BenchScene
    private let seed: UInt64
    private var bench: Simulator.CalibrationBench
    private var light = BenchLight(.dark)
    /// Tags to be expected per second.
    private var rate = 400.0
    /// Added to the bench's time: what ``overExpose(detector:cycles:_:)`` took.
    private var offset: Int64 = 0
    private var overExposures: UInt64 = 0

    /// It is.
    public let isSimulated = true
    /// The bench with its seed.
    public var summary: String { "simulated bench, seed \(seed)" }
    /// Tagger inputs of H, V, D and A.
    public var channels: SIMD4<UInt8> { scene.inputs.detectors }
    /// Tagger input of the beacon and of the laser's sync output.
    public var syncChannel: UInt8 { scene.inputs.beacon }
    /// It does: the light is part of the bench.
    public let marksLightEnd = true
    /// How far the bench has come, ps.
    public var time: Int64 { bench.time + offset }

    /// The bench of `board`'s world.
    ///
    /// - Throws: ``ProcedureFailure/board(_:)`` if the board lacks a detector or the beacon.
    public init(
        board: Board, seed: UInt64, faults: [BenchTruth.Fault] = []
    ) throws(ProcedureFailure) {
        scene = try BenchScene(board: board, seed: seed, faults: faults)
        self.seed = seed
        bench = Simulator.CalibrationBench(scene.truth.detectors, seed: seed)
    }

    /// Sets itself.
    public func set(
        _ setting: BenchSetting, isCancelled: () -> Bool
    ) throws(ProcedureFailure) {
        (light, rate) = scene.light(for: setting)
    }

    /// Draws the tags of the next `seconds` and hands them out, batch by batch.
    public func take(
        seconds: Double, _ body: (UnsafeBufferPointer<TimeTag>) -> Bool
    ) throws(ProcedureFailure) {
        var rest = Int64((seconds * 1e12).rounded())
        let batch = Int64(min(max(Self.tagsPerBatch / rate, 1e-5), 1) * 1e12)
        while rest > 0 {
            let span = min(rest, batch)
            var tags = bench.run(light, for: span)
            rest -= span
            for index in tags.indices {
                tags[index].time += offset
                tags[index].channel = scene.onBoard(tags[index].channel)
            }
            guard tags.withUnsafeBufferPointer(body) else { return }
        }
    }

    /// Draws over-exposures of one detector.
    public func overExpose(
        detector: Int, cycles: Int, _ body: (UnsafeBufferPointer<TimeTag>) -> Bool
    ) throws(ProcedureFailure) {
        overExposures += 1
        var interlock = InterlockBench(
            truth.detectors[detector & 3], seed: seed &* 16 &+ overExposures)
        interlock.reaction.mean = truth.reaction
        var tags = interlock.run(
            cycles: cycles, on: InterlockResponse.lightOn, cleared: InterlockResponse.cleared)
        let start = time
        for index in tags.indices {
            tags[index].time += start
            tags[index].channel = scene.onBoard(tags[index].channel)
        }
        offset += Int64(cycles) * 2 * interlock.half + interlock.half
        tags.withUnsafeBufferPointer { all in
            var first = 0
            while first < all.count {
                let end = min(first + 20_000, all.count)
                guard body(UnsafeBufferPointer(rebasing: all[first..<end])) else { return }
                first = end
            }
        }
    }

    /// There are no sensors.
    public func temperatures() -> [String: Double] { [:] }

    /// Closes the shutter.
    public func makeSafe() { light = BenchLight(.dark) }
}
