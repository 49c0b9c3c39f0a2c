import ClockSync
import Foundation
import Orbit
import Simulator

/// The clock's error against the truth over whole simulated passes, in three ways at once.
///
/// 500 ps of beacon jitter, 30 % of pulses missed, 1 kHz of false ones, fades of up to 2 s over a
/// quarter of the time, a prediction that is 0.3 s (2.3 km) early, clocks of 1e-11 at 1 s.
struct SyncBenchmark {
    /// How the clock is run.
    enum Way: Int, CaseIterable {
        /// Half a second behind, with the quantum light: the station's own settings.
        case live
        /// Half a second behind, without the quantum light.
        case beaconOnly
        /// After the pass, with all of it.
        case offline

        var name: String { ["live", "beacon_only", "offline"][rawValue] }
    }

    private let seeds: Range<UInt64>
    private let jobs: Int
    private let parameters: WorldParameters
    private let printsEach: Bool

    init(_ options: Options) throws {
        let first = UInt64(options.count("first", 1))
        seeds = first..<(first + UInt64(options.count("seeds", 20)))
        jobs = options.count("jobs", ProcessInfo.processInfo.activeProcessorCount)
        printsEach = options.number("each", 0) > 0
        var parameters = WorldParameters()
        try Self.setDuration(options.number("duration", 400), of: &parameters)
        self.parameters = parameters
    }

    /// Chooses the elevation at which the pass begins so that it lasts `seconds`.
    private static func setDuration(
        _ seconds: Double, of parameters: inout WorldParameters
    ) throws {
        var (low, high) = (0.0, 60.0)
        for _ in 0..<40 {
            parameters.geometry.lowestElevationDegrees = (low + high) / 2
            if parameters.trueOrbit.duration > seconds {
                low = parameters.geometry.lowestElevationDegrees
            } else {
                high = parameters.geometry.lowestElevationDegrees
            }
        }
        guard abs(parameters.trueOrbit.duration - seconds) < 1 else {
            throw BenchmarkError(
                description: "no pass at \(parameters.geometry.altitudeMetres) m "
                    + "lasts \(seconds) s; this one lasts \(parameters.trueOrbit.duration) s")
        }
    }

    func run() throws {
        let results = Results()
        let time = wallSeconds {
            DispatchQueue.concurrentPerform(iterations: jobs) { job in
                for seed in seeds where Int(seed) % jobs == job {
                    var world = parameters
                    world.seed = seed
                    let scores = SyncPass(world).run()
                    if printsEach { report(scores, "sync_pass seed=\(seed)") }
                    results.add(scores)
                }
            }
        }
        report(
            results.total,
            "sync passes=\(seeds.count) duration=\(fixed(parameters.trueOrbit.duration, 1)) "
                + "elapsed=\(fixed(time, 1))")
    }

    private func report(_ scores: [SyncTally], _ head: String) {
        var line = head
        for way in Way.allCases {
            let score = scores[way.rawValue]
            line += " \(way.name)_rms_ps=\(fixed(score.rms, 2))"
            line += " \(way.name)_worst_rms_ps=\(fixed(score.worstPass, 2))"
            line += " \(way.name)_valid=\(fixed(score.validFraction, 4))"
            line += " \(way.name)_lowest_valid=\(fixed(score.lowestValid, 4))"
            line += " \(way.name)_slips=\(score.slips)"
            line += " \(way.name)_passes_with_slips=\(score.passesWithSlips)"
            line += " \(way.name)_max_ps=\(fixed(score.largest, 0))"
            line += " \(way.name)_chi=\(fixed(score.normalised, 3))"
        }
        print(line)
    }
}

/// The sums of all passes, from several threads.
private final class Results: @unchecked Sendable {
    private let lock = NSLock()
    private(set) var total = SyncBenchmark.Way.allCases.map { _ in SyncTally() }

    func add(_ scores: [SyncTally]) {
        lock.withLock {
            for index in total.indices { total[index].add(scores[index]) }
        }
    }
}
